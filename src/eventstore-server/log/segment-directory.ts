import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { DamagedLogError } from './damaged-log-error.js';
import { killPoint } from './kill-point.js';
import { manifestText, parseManifest, type SegmentName } from './manifest.codec.js';
import { FIRST_POSITION, SEGMENT_HEADER_BYTES, segmentHeader } from './segment-header.codec.js';

const MANIFEST = 'manifest';
const POSITION_DIGITS = 16;
const FILE_NAME = /^(\d{16})\.(\d+)\.(log|index)$/;
const UNFINISHED = '.new';

/**
 * The files that the log consists of, as the manifest lists them.
 *
 * A segment counts from the moment in which the manifest names it, and a manifest is replaced as a
 * whole by a rename: whatever a crash leaves behind besides is removed at the next start.
 */
export class SegmentDirectory {
  private constructor(
    readonly path: string,
    private names: readonly SegmentName[],
  ) {}

  /** Opens or creates it, takes over a log of format 1 and removes what was never finished. */
  static open(root: string): SegmentDirectory {
    const path = join(root, 'segments');
    mkdirSync(path, { recursive: true });
    const directory = new SegmentDirectory(path, []);
    if (!existsSync(join(path, MANIFEST))) directory.begin(join(root, 'events.log'));
    directory.names = parseManifest(readFileSync(join(path, MANIFEST), 'utf8'), path);
    directory.check();
    return directory;
  }

  /** In the order of the log. */
  get segments(): readonly SegmentName[] {
    return this.names;
  }

  /** The segment that is written. */
  get newest(): SegmentName {
    const name = this.names.at(-1);
    if (name === undefined) throw new DamagedLogError(`the manifest of ${this.path} lists nothing`);
    return name;
  }

  /** Position behind the last record of a segment that is not the newest. */
  endOf(name: SegmentName): number {
    return this.names.find(({ base }) => base > name.base)?.base ?? Infinity;
  }

  /** The same, as the file counts: a rewritten one is smaller than its share of the log. */
  placeEndOf(name: SegmentName): number {
    if (name.bytes === undefined) return this.endOf(name);
    return name.base + name.bytes - SEGMENT_HEADER_BYTES;
  }

  logPath(name: SegmentName): string {
    return join(this.path, segmentFileName(name, 'log'));
  }

  /** Where the index of a segment is, if it has one. */
  indexPath(name: SegmentName): string {
    return join(this.path, segmentFileName(name, 'index'));
  }

  /** Adds an empty segment that begins where the last one ends. Durable when it returns. */
  add(base: number): SegmentName {
    const name = { base, generation: 0 };
    writeFileSync(this.logPath(name), segmentHeader(2), { flush: true });
    killPoint('segment-created');
    this.commit([...this.names, name]);
    return name;
  }

  /** Puts a rewritten segment, whose files are there, in the place of the former one. */
  replace(name: SegmentName): void {
    const former = this.names.find(({ base }) => base === name.base);
    if (former === undefined) throw new Error(`Invariant: a segment begins at ${name.base}`);
    this.commit(this.names.map((other) => (other === former ? name : other)));
    killPoint('scavenge-committed');
    rmSync(this.logPath(former));
    rmSync(this.indexPath(former), { force: true });
  }

  /** Makes these the segments of the log, durably and all at once. */
  private commit(names: readonly SegmentName[]): void {
    const path = join(this.path, MANIFEST);
    writeFileSync(path + UNFINISHED, manifestText(names), { flush: true });
    killPoint('manifest-written');
    renameSync(path + UNFINISHED, path);
    killPoint('manifest-renamed');
    syncDirectory(this.path);
    this.names = names;
  }

  /** The first manifest: of a new log, or of one that format 1 kept in a single file. */
  private begin(formerPath: string): void {
    const first = { base: FIRST_POSITION, generation: 0 };
    const others = readdirSync(this.path).filter((file) => file !== segmentFileName(first, 'log'));
    if (others.some((file) => FILE_NAME.test(file))) {
      throw new DamagedLogError(`${this.path} holds segments, but its manifest is missing`);
    }
    if (existsSync(formerPath)) {
      renameSync(formerPath, this.logPath(first));
      syncDirectory(dirname(formerPath));
    }
    if (existsSync(this.logPath(first))) this.commit([first]);
    else this.add(first.base);
  }

  private check(): void {
    const listed = new Set(this.names.map((name) => segmentFileName(name, 'log')));
    for (const file of listed) {
      if (existsSync(join(this.path, file))) continue;
      throw new DamagedLogError(`${join(this.path, file)} is missing, but the manifest lists it`);
    }
    const last = this.names.at(-1)?.base ?? 0;
    for (const file of readdirSync(this.path)) {
      const path = join(this.path, file);
      const [, base, , kind] = FILE_NAME.exec(file) ?? [];
      const isLater = kind === 'log' && Number(base) > last;
      if (isLater && statSync(path).size > SEGMENT_HEADER_BYTES) {
        throw new DamagedLogError(`${path} holds records, but the manifest does not list it`);
      }
      const isLeftover = kind !== undefined && !listed.has(file.replace(/index$/, 'log'));
      if (isLeftover || file.endsWith(UNFINISHED)) rmSync(path);
    }
  }
}

export function segmentFileName({ base, generation }: SegmentName, kind: 'log' | 'index'): string {
  return `${String(base).padStart(POSITION_DIGITS, '0')}.${generation}.${kind}`;
}

/** Makes new names in a directory durable. Windows has no such call and needs none. */
export function syncDirectory(path: string): void {
  if (process.platform === 'win32') return;
  const fd = openSync(path, 'r');
  fsyncSync(fd);
  closeSync(fd);
}
