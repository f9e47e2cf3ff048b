import { type FileHandle, open } from 'node:fs/promises';
import { DamagedLogError } from './damaged-log-error.js';
import { isKillDue, killPoint } from './kill-point.js';
import { prefixBytesOf } from './record.codec.js';
import { formatOf, SEGMENT_HEADER_BYTES } from './segment-header.codec.js';

/** One open file of the log, which holds the positions from `base` to the next one's. */
export class LogSegment {
  private readers = 0;
  private isRetired = false;

  private constructor(
    readonly base: number,
    readonly path: string,
    readonly file: FileHandle,
    /** Between the position of an event and its message. */
    private readonly prefixBytes: number,
  ) {}

  static async open(base: number, path: string): Promise<LogSegment> {
    const file = await open(path, 'r+');
    const header = Buffer.alloc(SEGMENT_HEADER_BYTES);
    await file.read(header, 0, SEGMENT_HEADER_BYTES, 0);
    const format = formatOf(header);
    if (format === undefined) {
      await file.close();
      throw new DamagedLogError(`${path} is not an event log: its first bytes are wrong`);
    }
    return new LogSegment(base, path, file, prefixBytesOf(format));
  }

  offsetOf(position: number): number {
    return position - this.base + SEGMENT_HEADER_BYTES;
  }

  /** Forgets what stands at and behind a position. Durable when it resolves. */
  async cut(position: number): Promise<void> {
    await this.file.truncate(this.offsetOf(position));
    await this.file.datasync();
  }

  messageOffset(position: number): number {
    return this.offsetOf(position) + this.prefixBytes;
  }

  /** Durable when it resolves. */
  async write(bytes: Buffer, position: number): Promise<void> {
    let written = 0;
    const offset = this.offsetOf(position);
    killPoint('group-before-write');
    if (isKillDue('group-half-written')) {
      await this.file.write(bytes, 0, bytes.length >>> 1, offset);
      process.kill(process.pid, 'SIGKILL');
    }
    while (written < bytes.length) {
      const rest = bytes.length - written;
      const result = await this.file.write(bytes, written, rest, offset + written);
      written += result.bytesWritten;
    }
    killPoint('group-written');
    await this.file.datasync();
    killPoint('group-synced');
  }

  /** Keeps the file open until what is returned is called. */
  hold(): () => void {
    this.readers++;
    return () => {
      this.readers--;
      if (this.isRetired && this.readers === 0) void this.file.close();
    };
  }

  /** Closes the file once nobody reads it any more. */
  retire(): void {
    this.isRetired = true;
    if (this.readers === 0) void this.file.close();
  }

  async read(offset: number, length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(length);
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await this.file.read(bytes, filled, length - filled, offset + filled);
      if (bytesRead === 0) {
        throw new DamagedLogError(
          `${this.path} is damaged: it ends before offset ${offset + length}`,
        );
      }
      filled += bytesRead;
    }
    return bytes;
  }
}
