import {
  closeSync,
  existsSync,
  fdatasync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  write,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';

const writeAt = promisify(write);
const sync = promisify(fdatasync);

/**
 * One preallocated file, written over again and again:
 *
 *     slot 0 (512 bytes) · slot 1 (512 bytes) · record ...
 *     slot   = "SLSPOOL1" · u32 generation · u32 crc of these 12 bytes
 *     record = u32 payload length · u32 generation · u32 crc of both and the payload · payload       (all little-endian)
 *
 * To forget all records the next generation is written into the other slot: one small write, torn or whole. The room is
 * filled with zeros when the file is made, so that a disk that is full later has it still.
 */
export const SPOOL_HEADER_BYTES = 1024;
const SLOT_BYTES = 512;
const SLOT_USED_BYTES = 16;
const RECORD_HEADER_BYTES = 12;
const FILL_BYTES = 1024 * 1024;
const MAGIC = Buffer.from('SLSPOOL1', 'latin1');

/** The file is there, but neither of its slots can be read: what it held is not known. */
export class SpoolUnreadable extends Error {}

export class SpoolFile {
  private constructor(
    private readonly fd: number,
    readonly size: number,
    private generation: number,
    private end: number,
  ) {}

  /** Opens or makes the file and tells the payloads that an earlier run left. Throws what the disk throws. */
  static open(path: string, size: number): { file: SpoolFile; payloads: readonly Buffer[] } {
    if (!existsSync(path)) preallocate(path, size);
    let bytes = readFileSync(path);
    if (wasNeverFinished(bytes)) {
      preallocate(path, size);
      bytes = readFileSync(path);
    }
    const generation = generationOf(bytes);
    if (generation === undefined) {
      throw new SpoolUnreadable(`spool ${path} has no readable header`);
    }
    const { payloads, end } = recordsOf(bytes, generation);
    const file = new SpoolFile(openSync(path, 'r+'), bytes.length, generation, end);
    return { file, payloads };
  }

  /** Bytes from the first record to the end of the last one. */
  get used(): number {
    return this.end - SPOOL_HEADER_BYTES;
  }

  static bytesOf(payload: Buffer): number {
    return RECORD_HEADER_BYTES + payload.length;
  }

  /** Writes records behind the last one. They are durable when it resolves. */
  async append(payloads: readonly Buffer[]): Promise<void> {
    const records = Buffer.concat(payloads.map((payload) => this.record(payload)));
    // Written from the same place again after a failure: the zeros behind it end what is left of the failed write.
    const zeros = Math.min(RECORD_HEADER_BYTES, this.size - this.end - records.length);
    const bytes = Buffer.concat([records, Buffer.alloc(Math.max(0, zeros))]);
    await writeAt(this.fd, bytes, 0, bytes.length, this.end);
    await sync(this.fd);
    this.end += records.length;
  }

  /** Forgets every record. */
  async clear(): Promise<void> {
    if (this.end === SPOOL_HEADER_BYTES) return;
    const next = this.generation + 1;
    await writeAt(this.fd, slotBytes(next), 0, SLOT_USED_BYTES, (next % 2) * SLOT_BYTES);
    await sync(this.fd);
    this.generation = next;
    this.end = SPOOL_HEADER_BYTES;
  }

  close(): void {
    closeSync(this.fd);
  }

  private record(payload: Buffer): Buffer {
    const bytes = Buffer.alloc(RECORD_HEADER_BYTES + payload.length);
    bytes.writeUInt32LE(payload.length, 0);
    bytes.writeUInt32LE(this.generation, 4);
    payload.copy(bytes, RECORD_HEADER_BYTES);
    bytes.writeUInt32LE(checksumOf(bytes, payload.length), 8);
    return bytes;
  }
}

/** An older build that met a full disk left zeros without a header: no decision was ever kept in them. */
function wasNeverFinished(bytes: Buffer): boolean {
  return bytes.length > 0 && bytes.every((byte) => byte === 0);
}

/** Under a name of its own until it is whole: a disk that is too small for it leaves nothing that a start would trip on. */
function preallocate(path: string, size: number): void {
  const beside = `${path}.new`;
  try {
    fill(beside, size);
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
  const dir = openSync(dirname(path), 'r');
  fsyncSync(dir);
  closeSync(dir);
}

function fill(path: string, size: number): void {
  const fd = openSync(path, 'w', 0o600);
  try {
    const zeros = Buffer.alloc(FILL_BYTES);
    for (let at = 0; at < size; at += FILL_BYTES) {
      const end = Math.min(at + FILL_BYTES, size);
      // A disk that fills up takes a part, and refuses the rest at the next try.
      for (let done = at; done < end;) done += writeSync(fd, zeros, 0, end - done, done);
    }
    writeSync(fd, slotBytes(0), 0, SLOT_USED_BYTES, 0);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function slotBytes(generation: number): Buffer {
  const slot = Buffer.alloc(SLOT_USED_BYTES);
  MAGIC.copy(slot);
  slot.writeUInt32LE(generation, 8);
  slot.writeUInt32LE(crc32(slot.subarray(0, 12)), 12);
  return slot;
}

/** The newest generation that a slot holds. */
function generationOf(bytes: Buffer): number | undefined {
  const known = [0, SLOT_BYTES]
    .filter((at) => at + SLOT_USED_BYTES <= bytes.length)
    .map((at) => ({ at, generation: bytes.readUInt32LE(at + 8) }))
    .filter(({ at, generation }) =>
      bytes.subarray(at, at + SLOT_USED_BYTES).equals(slotBytes(generation)),
    )
    .map(({ generation }) => generation);
  return known.length === 0 ? undefined : Math.max(...known);
}

/** Every whole record of this generation up to the first that is not: nothing behind that was ever called kept. */
function recordsOf(
  bytes: Buffer,
  generation: number,
): { readonly payloads: readonly Buffer[]; readonly end: number } {
  const payloads: Buffer[] = [];
  let at = SPOOL_HEADER_BYTES;
  while (at + RECORD_HEADER_BYTES <= bytes.length) {
    const length = bytes.readUInt32LE(at);
    const end = at + RECORD_HEADER_BYTES + length;
    if (length === 0 || end > bytes.length || bytes.readUInt32LE(at + 4) !== generation) break;
    const record = bytes.subarray(at, end);
    if (record.readUInt32LE(8) !== checksumOf(record, length)) break;
    payloads.push(Buffer.from(record.subarray(RECORD_HEADER_BYTES)));
    at = end;
  }
  return { payloads, end: at };
}

function checksumOf(record: Buffer, length: number): number {
  const payload = record.subarray(RECORD_HEADER_BYTES, RECORD_HEADER_BYTES + length);
  return crc32(payload, crc32(record.subarray(0, 8)));
}
