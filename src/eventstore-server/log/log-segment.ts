import { fdatasync, fdatasyncSync, writevSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { DamagedLogError } from './damaged-log-error.js';
import { isKillDue, killPoint } from './kill-point.js';
import { prefixBytesOf, type RecordFormat } from './record.codec.js';
import { RoomAhead } from './room-ahead.js';
import { formatOf, SEGMENT_HEADER_BYTES } from './segment-header.codec.js';

/** What is written at once: more goes through a thread, so that readers need not wait for the copying. */
const WRITTEN_AT_ONCE_BYTES_MAX = 1024 * 1024;

/** One open file of the log, which holds the positions from `base` to the next one's. */
export class LogSegment {
  private readers = 0;
  private isRetired = false;
  private readonly room: RoomAhead;
  /** Between the position of an event and its message. */
  private readonly prefixBytes: number;

  private constructor(
    readonly base: number,
    readonly path: string,
    readonly file: FileHandle,
    found: { readonly format: RecordFormat; readonly bytes: number },
  ) {
    this.prefixBytes = prefixBytesOf(found.format);
    this.room = new RoomAhead(file, found.bytes);
  }

  static async open(base: number, path: string): Promise<LogSegment> {
    const file = await open(path, 'r+');
    const header = Buffer.alloc(SEGMENT_HEADER_BYTES);
    await file.read(header, 0, SEGMENT_HEADER_BYTES, 0);
    const format = formatOf(header);
    if (format === undefined) {
      await file.close();
      throw new DamagedLogError(`${path} is not an event log: its first bytes are wrong`);
    }
    const { size } = await file.stat();
    return new LogSegment(base, path, file, { format, bytes: size });
  }

  offsetOf(position: number): number {
    return position - this.base + SEGMENT_HEADER_BYTES;
  }

  /** Forgets what stands at and behind a position. Durable when it resolves. */
  cut(position: number): Promise<void> {
    return this.room.trim(this.offsetOf(position));
  }

  messageOffset(position: number): number {
    return this.offsetOf(position) + this.prefixBytes;
  }

  /** Durable when it resolves; with `isWaiting` nothing else runs until then. */
  async write(records: readonly Buffer[], position: number, isWaiting = false): Promise<void> {
    const offset = this.offsetOf(position);
    const end = offset + bytesOf(records);
    const filling = this.room.clear(end);
    if (filling !== undefined) await filling;
    killPoint('group-before-write');
    if (isKillDue('group-half-written')) {
      const bytes = Buffer.concat(records);
      await this.writeSome([bytes.subarray(0, bytes.length >>> 1)], offset);
      process.kill(process.pid, 'SIGKILL');
    }
    for (let rest = records, at = offset; rest.length > 0;) {
      const some = this.writeSome(rest, at);
      const written = typeof some === 'number' ? some : await some;
      at += written;
      rest = withoutFirst(rest, written);
    }
    killPoint('group-written');
    if (isWaiting) fdatasyncSync(this.file.fd);
    else await this.sync();
    killPoint('group-synced');
    this.room.note(end);
  }

  /** Takes what the disk takes; returns how many bytes that was. */
  writeSome(parts: readonly Buffer[], offset: number): number | Promise<number> {
    if (bytesOf(parts) <= WRITTEN_AT_ONCE_BYTES_MAX) return writevSync(this.file.fd, parts, offset);
    return this.file.writev(parts, offset).then(({ bytesWritten }) => bytesWritten);
  }

  /** By callback: on a fast disk the way through a promise of the file's own takes as long as the disk. */
  private sync(): Promise<void> {
    return new Promise((resolve, reject) => {
      fdatasync(this.file.fd, (error) => (error === null ? resolve() : reject(error)));
    });
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

function bytesOf(parts: readonly Buffer[]): number {
  let bytes = 0;
  for (const part of parts) bytes += part.length;
  return bytes;
}

/** What is left of the parts behind so many bytes. */
function withoutFirst(parts: readonly Buffer[], count: number): readonly Buffer[] {
  const total = bytesOf(parts);
  return count === total ? [] : [Buffer.concat(parts, total).subarray(count)];
}
