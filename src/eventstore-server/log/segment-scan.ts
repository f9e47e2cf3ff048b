import { fstatSync, readSync } from 'node:fs';
import { DamagedLogError } from './damaged-log-error.js';
import {
  isIntact,
  magicOf,
  readHeader,
  RECORD_HEADER_BYTES,
  type RecordFormat,
} from './record.codec.js';
import { formatOf, SEGMENT_HEADER_BYTES } from './segment-header.codec.js';

/** Larger than any append that is accepted, small enough to be nothing beside a node's heap. */
const WINDOW_BYTES = 8 * 1024 * 1024;

/** A file with a part of the log. Positions count through the whole log, offsets in the file. */
export interface SegmentSource {
  readonly fd: number;
  readonly path: string;
  /** Position of the first record. */
  readonly base: number;
}

export interface LogScan {
  /** Position where the last intact record ends: the next one is written here. */
  readonly end: number;
  /** Bytes behind `end`: the rest of a write that was cut short and never acknowledged. */
  readonly tornBytes: number;
  /** Of the file behind `end`: zeros may follow, which were to be written over. */
  readonly restBytes: number;
  /** Undefined if not even the header of the file is there. */
  readonly format: RecordFormat | undefined;
}

/** An intact record and where it stands. */
export interface ScannedRecord {
  readonly bytes: Buffer;
  readonly format: RecordFormat;
  readonly position: number;
  /** In the file. */
  readonly offset: number;
}

export type RecordVisitor = (record: ScannedRecord) => void;

/**
 * Visits every intact record of a segment from the first to the last and tells where they end.
 *
 * What follows the last intact record was being written when the process or the machine stopped.
 * Throws DamagedLogError if an intact record of a *later* sync group follows a broken one: the broken
 * one had been acknowledged, so cutting there would lose events that somebody relies on.
 */
export function scanSegment(source: SegmentSource, visit: RecordVisitor): LogScan {
  const size = fstatSync(source.fd).size;
  if (size < SEGMENT_HEADER_BYTES) {
    return { end: source.base, tornBytes: size, restBytes: size, format: undefined };
  }
  const window = new SegmentWindow(source, size);
  const { format } = window;
  let position = source.base;
  for (const record of recordsIn(window)) {
    visit(record);
    position += record.bytes.length;
  }
  if (position < window.end) refuseLaterRecords(window, position, source);
  const tornBytes = window.endOfData(position) - position;
  return { end: position, tornBytes, restBytes: window.end - position, format };
}

/** The records of a segment that must be whole. Throws a DamagedLogError where it is not. */
export function* wholeRecords(source: SegmentSource): Iterable<ScannedRecord> {
  const window = new SegmentWindow(source, fstatSync(source.fd).size);
  let position = source.base;
  for (const record of recordsIn(window)) {
    yield record;
    position += record.bytes.length;
  }
  if (position === window.end) return;
  const offset = position - source.base + SEGMENT_HEADER_BYTES;
  throw new DamagedLogError(
    `${source.path} is damaged at offset ${offset}: the record there is broken`,
  );
}

function* recordsIn(window: SegmentWindow): Iterable<ScannedRecord> {
  const { format } = window;
  let position = window.base;
  while (position < window.end) {
    const bytes = window.record(position);
    if (bytes === undefined) return;
    yield { bytes, format, position, offset: position - window.shift };
    position += bytes.length;
  }
}

function refuseLaterRecords(window: SegmentWindow, broken: number, source: SegmentSource): void {
  const offset = (position: number): number => position - source.base + SEGMENT_HEADER_BYTES;
  for (let from = broken + 1; ;) {
    const found = window.find(from);
    if (found === undefined) return;
    const header = readHeader(window.at(found, RECORD_HEADER_BYTES), found, window.format);
    const isLater = header !== undefined && header.groupStart > broken;
    if (isLater && window.record(found) !== undefined) {
      throw new DamagedLogError(
        `${source.path} is damaged at offset ${offset(broken)}: the record there is broken, but intact records follow at ${offset(found)}`,
      );
    }
    from = found + 1;
  }
}

/** Reads a segment through one buffer that moves forwards. Counts in positions of the log. */
class SegmentWindow {
  readonly format: RecordFormat;
  readonly end: number;
  private buffer = Buffer.alloc(0);
  private start = 0;
  /** Positions less offsets. */
  readonly shift: number;
  readonly base: number;

  constructor(
    private readonly source: SegmentSource,
    size: number,
  ) {
    this.base = source.base;
    this.shift = source.base - SEGMENT_HEADER_BYTES;
    this.end = this.shift + size;
    const format = formatOf(this.at(this.shift, SEGMENT_HEADER_BYTES));
    if (format === undefined) {
      throw new DamagedLogError(`${source.path} is not an event log: its first bytes are wrong`);
    }
    this.format = format;
  }

  /** At most `count` bytes from `position`: fewer only at the end of the file. */
  at(position: number, count: number): Buffer {
    const isInside = position >= this.start && position + count <= this.start + this.buffer.length;
    if (!isInside) this.load(position, Math.max(count, WINDOW_BYTES));
    const offset = position - this.start;
    return this.buffer.subarray(offset, offset + count);
  }

  /** The intact record at `position`. */
  record(position: number): Buffer | undefined {
    const header = readHeader(this.at(position, RECORD_HEADER_BYTES), position, this.format);
    if (header === undefined || header.bytes > this.end - position) return undefined;
    const record = this.at(position, header.bytes);
    return isIntact(record, this.format) ? record : undefined;
  }

  /** Where the next thing that looks like the start of a record is. */
  find(from: number): number | undefined {
    const magic = magicOf(this.format);
    for (let position = from; position < this.end;) {
      const part = this.at(position, Math.min(WINDOW_BYTES, this.end - position));
      const found = part.indexOf(magic);
      if (found >= 0) return position + found;
      if (position + part.length >= this.end) return undefined;
      position += part.length - magic.length + 1;
    }
    return undefined;
  }

  /** Behind the last byte that is not zero, of those from a position on. */
  endOfData(from: number): number {
    let end = from;
    for (let position = from; position < this.end;) {
      const part = this.at(position, Math.min(WINDOW_BYTES, this.end - position));
      const last = part.findLastIndex((byte) => byte !== 0);
      if (last >= 0) end = position + last + 1;
      position += part.length;
    }
    return end;
  }

  private load(position: number, count: number): void {
    const wanted = Math.min(count, this.end - position);
    // A fresh buffer each time: visitors may keep views of the old one.
    const buffer = Buffer.allocUnsafe(Math.max(wanted, 0));
    const offset = position - this.shift;
    let filled = 0;
    while (filled < wanted) {
      const got = readSync(this.source.fd, buffer, filled, wanted - filled, offset + filled);
      if (got === 0) break;
      filled += got;
    }
    this.buffer = buffer.subarray(0, filled);
    this.start = position;
  }
}
