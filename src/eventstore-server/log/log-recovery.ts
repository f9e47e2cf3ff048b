import { fstatSync, readSync } from 'node:fs';
import { isIntact, readHeader, RECORD_HEADER_BYTES, RECORD_MAGIC } from './record.codec.js';

/** A log whose middle is damaged. Nothing was changed: someone has to decide what to do with it. */
export class DamagedLogError extends Error {
  override readonly name = 'DamagedLogError';
}

export const LOG_HEADER = Buffer.from('EVENTLOG\0\0\0\0\0\0\0\x01', 'latin1');

/** Larger than any append that is accepted, small enough to be nothing beside a node's heap. */
const WINDOW_BYTES = 8 * 1024 * 1024;

export interface LogScan {
  /** Where the last intact record ends: the next one is written here. */
  readonly end: number;
  /** Bytes behind `end`: the rest of a write that was cut short and never acknowledged. */
  readonly tornBytes: number;
}

/**
 * Visits every intact record of an open log from the first to the last and tells where they end.
 *
 * What follows the last intact record was being written when the process or the machine stopped.
 * Throws DamagedLogError if an intact record of a *later* sync group follows a broken one: the broken
 * one had been acknowledged, so cutting there would lose events that somebody relies on.
 */
export function scanLog(
  file: { readonly fd: number; readonly path: string },
  visit: (position: number, record: Buffer) => void,
): LogScan {
  const size = fstatSync(file.fd).size;
  if (size < LOG_HEADER.length) return { end: 0, tornBytes: size };
  const window = new FileWindow(file.fd, size);
  if (!window.at(0, LOG_HEADER.length).equals(LOG_HEADER)) {
    throw new DamagedLogError(`${file.path} is not an event log: its first bytes are wrong`);
  }
  let position = LOG_HEADER.length;
  while (position < size) {
    const record = window.record(position);
    if (record === undefined) break;
    visit(position, record);
    position += record.length;
  }
  if (position < size) refuseLaterRecords(window, position, file.path);
  return { end: position, tornBytes: size - position };
}

function refuseLaterRecords(window: FileWindow, broken: number, path: string): void {
  for (let from = broken + 1; ;) {
    const found = window.find(from);
    if (found === undefined) return;
    const header = readHeader(window.at(found, RECORD_HEADER_BYTES), 0, found);
    const isLater = header !== undefined && header.groupStart > broken;
    if (isLater && window.record(found) !== undefined) {
      throw new DamagedLogError(
        `${path} is damaged at offset ${broken}: the record there is broken, but intact records follow at ${found}`,
      );
    }
    from = found + 1;
  }
}

/** Reads a file through one buffer that moves forwards. */
class FileWindow {
  private buffer = Buffer.alloc(0);
  private start = 0;

  constructor(
    private readonly fd: number,
    private readonly size: number,
  ) {}

  /** At most `count` bytes from `position`: fewer only at the end of the file. */
  at(position: number, count: number): Buffer {
    const isInside = position >= this.start && position + count <= this.start + this.buffer.length;
    if (!isInside) this.load(position, Math.max(count, WINDOW_BYTES));
    const offset = position - this.start;
    return this.buffer.subarray(offset, offset + count);
  }

  /** The intact record at `position`. */
  record(position: number): Buffer | undefined {
    const header = readHeader(this.at(position, RECORD_HEADER_BYTES), 0, position);
    if (header === undefined) return undefined;
    const length = RECORD_HEADER_BYTES + header.payloadBytes;
    if (length > this.size - position) return undefined;
    const record = this.at(position, length);
    return isIntact(record, 0, header) ? record : undefined;
  }

  /** Where the next thing that looks like the start of a record is. */
  find(from: number): number | undefined {
    const magic = Buffer.alloc(4);
    magic.writeUInt32LE(RECORD_MAGIC);
    for (let position = from; position < this.size;) {
      const part = this.at(position, Math.min(WINDOW_BYTES, this.size - position));
      const found = part.indexOf(magic);
      if (found >= 0) return position + found;
      if (position + part.length >= this.size) return undefined;
      position += part.length - magic.length + 1;
    }
    return undefined;
  }

  private load(position: number, count: number): void {
    const wanted = Math.min(count, this.size - position);
    // A fresh buffer each time: visitors may keep views of the old one.
    const buffer = Buffer.allocUnsafe(Math.max(wanted, 0));
    let filled = 0;
    while (filled < wanted) {
      const got = readSync(this.fd, buffer, filled, wanted - filled, position + filled);
      if (got === 0) break;
      filled += got;
    }
    this.buffer = buffer.subarray(0, filled);
    this.start = position;
  }
}
