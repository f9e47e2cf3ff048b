import { type FileHandle, open } from 'node:fs/promises';
import { packedMessageOffsets, packRecord } from './record.codec.js';
import { SEGMENT_HEADER_BYTES, segmentHeader } from './segment-header.codec.js';

/** Large enough to compress well, small enough to hold nobody up. */
const RECORD_EVENTS_MAX = 1000;
const RECORD_BYTES_MAX = 256 * 1024;

export interface RewrittenEvent {
  readonly position: number;
  readonly message: Buffer;
}

/** Collects events until a record is full. */
class OpenRecord {
  events: RewrittenEvent[] = [];
  private bytes = 0;

  add(event: RewrittenEvent): void {
    this.events.push(event);
    this.bytes += event.message.length;
  }

  get isFull(): boolean {
    return this.events.length >= RECORD_EVENTS_MAX || this.bytes >= RECORD_BYTES_MAX;
  }

  take(): RewrittenEvent[] {
    const { events } = this;
    this.events = [];
    this.bytes = 0;
    return events;
  }
}

/** Writes a segment anew, what is kept and what is left of the rest, beside the one that it replaces. */
export class SegmentRewriter {
  private readonly kept = new OpenRecord();
  private readonly removed = new OpenRecord();
  private end = SEGMENT_HEADER_BYTES;

  private constructor(
    private readonly file: FileHandle,
    private readonly base: number,
    /** Told where the message of a kept event stands in the file. */
    private readonly onPlaced: (position: number, offset: number) => void,
  ) {}

  static async create(
    path: string,
    base: number,
    onPlaced: (position: number, offset: number) => void,
  ): Promise<SegmentRewriter> {
    const file = await open(path, 'w');
    const rewriter = new SegmentRewriter(file, base, onPlaced);
    await rewriter.write(segmentHeader(3), 0);
    return rewriter;
  }

  async add(event: RewrittenEvent, isRemoved: boolean): Promise<void> {
    const record = isRemoved ? this.removed : this.kept;
    record.add(event);
    if (record.isFull) await this.flush(record);
  }

  /** Makes all of it durable; returns the size of the file. */
  async finish(): Promise<number> {
    for (const record of [this.kept, this.removed]) {
      if (record.events.length > 0) await this.flush(record);
    }
    await this.file.sync();
    await this.file.close();
    return this.end;
  }

  async abandon(): Promise<void> {
    await this.file.close();
  }

  private async flush(record: OpenRecord): Promise<void> {
    const isRemoved = record === this.removed;
    const events = record.take();
    const place = this.base + this.end - SEGMENT_HEADER_BYTES;
    const bytes = packRecord(place, events, isRemoved);
    if (!isRemoved) {
      const offsets = packedMessageOffsets(events);
      for (const [i, { position }] of events.entries()) {
        this.onPlaced(position, this.end + (offsets[i] ?? 0));
      }
    }
    await this.write(bytes, this.end);
    this.end += bytes.length;
  }

  private async write(bytes: Buffer, offset: number): Promise<void> {
    let written = 0;
    while (written < bytes.length) {
      const rest = bytes.length - written;
      const result = await this.file.write(bytes, written, rest, offset + written);
      written += result.bytesWritten;
    }
  }
}
