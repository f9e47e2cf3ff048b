import { closeSync, existsSync, fdatasyncSync, openSync, readFileSync, writeSync } from 'node:fs';

/** What an exit finds on a disk that is full: at about 500 bytes a line that is 2 000 lines. */
export const RESERVED_BYTES = 1024 * 1024;
const GROWTH_BYTES = 64 * 1024;
// A torn write keeps or loses whole pages.
const PAGE_BYTES = 4096;
const SPACE = 0x20;
const NEWLINE = 0x0a;

/**
 * A file of JSON lines that are on disk before anybody acts on them.
 *
 *     line ⏎ line ⏎ … line ⏎ spaces: room that is there already when the disk is full
 *
 * The last line ends with the last newline: what is behind it was never acknowledged. So that no write of several pages
 * can leave its end without its beginning, the newline of such a line is written once the rest is on disk.
 */
export class LineFile {
  /** Bytes behind the last line that a failed write may have left. */
  private tornBytes = 0;
  private isClosed = false;

  private constructor(
    private readonly file: number,
    /** Where the next line begins. */
    private used: number,
    private size: number,
  ) {}

  /** Opens or makes the file. Throws what the disk throws, and names the line that is not JSON. */
  static open(path: string): { readonly file: LineFile; readonly lines: readonly unknown[] } {
    const bytes = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
    const used = bytes.lastIndexOf(NEWLINE) + 1;
    const lines = bytes
      .toString('utf8', 0, used)
      .split('\n')
      .slice(0, -1)
      .map((line, at) => parseLine(line, { path, at }));
    // Not for appending: such a file is written at its end, wherever one asks for.
    const handle = openSync(path, existsSync(path) ? 'r+' : 'w+', 0o600);
    const file = new LineFile(handle, used, bytes.length);
    file.tornBytes = bytes.subarray(used).every((byte) => byte === SPACE) ? 0 : bytes.length - used;
    // On a full disk there is no reserve, and every line is refused until there is room.
    file.reserve(0, 0);
    return { file, lines };
  }

  /**
   * Adds a line, which is on disk when it returns. What is not urgent leaves the reserved room alone. Throws what the disk
   * throws: then the line is not in the file.
   */
  append(line: unknown, isUrgent: boolean): void {
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
    this.mend();
    const refusal = this.reserve(bytes.length, GROWTH_BYTES);
    const isRoom = this.used + bytes.length <= this.size;
    if (refusal && !(isUrgent && isRoom)) throw refusal;
    this.tornBytes = Math.max(this.tornBytes, bytes.length);
    if (crossesPages(this.used, bytes.length)) {
      this.write(bytes.subarray(0, -1), this.used);
      this.write(bytes.subarray(-1), this.used + bytes.length - 1);
    } else this.write(bytes, this.used);
    this.used += bytes.length;
    this.tornBytes = 0;
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    try {
      this.mend();
    } catch {
      // The next start finds what is left of it behind the last newline.
    } finally {
      closeSync(this.file);
    }
  }

  /** Sees to it that a line fits in front of the reserved room. Returns what the disk says when it cannot be. */
  private reserve(bytes: number, aheadBytes: number): Error | undefined {
    try {
      const wanted = this.used + bytes + RESERVED_BYTES;
      if (wanted <= this.size) return undefined;
      const room = Buffer.alloc(wanted - this.size + aheadBytes, SPACE);
      for (let done = 0; done < room.length;) {
        const written = writeSync(this.file, room, done, room.length - done, this.size);
        done += written;
        this.size += written;
      }
      fdatasyncSync(this.file);
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
    return undefined;
  }

  /** Makes spaces of what a failed write left, so that no line is ever found in it. */
  private mend(): void {
    if (this.tornBytes === 0) return;
    this.write(Buffer.alloc(this.tornBytes, SPACE), this.used);
    this.tornBytes = 0;
  }

  private write(bytes: Buffer, at: number): void {
    for (let done = 0; done < bytes.length;) {
      done += writeSync(this.file, bytes, done, bytes.length - done, at + done);
    }
    fdatasyncSync(this.file);
  }
}

function crossesPages(from: number, bytes: number): boolean {
  return Math.floor(from / PAGE_BYTES) !== Math.floor((from + bytes - 1) / PAGE_BYTES);
}

function parseLine(line: string, { path, at }: { path: string; at: number }): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new Error(`book ${path}: line ${at + 1} is not JSON`, { cause });
  }
}
