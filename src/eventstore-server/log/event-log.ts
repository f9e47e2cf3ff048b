import { DiskPace } from './disk-pace.js';
import type { LogTail } from './log-recovery.js';
import { killPoint } from './kill-point.js';
import { LogReader, type StoredMessage } from './log-reader.js';
import { LogSegment } from './log-segment.js';
import { isOutOfSpace, OutOfSpaceError } from './out-of-space-error.js';
import type { SegmentName } from './manifest.codec.js';
import { eventCountOf, positionOf, sealRecord } from './record.codec.js';
import type { SegmentDirectory } from './segment-directory.js';

/** A segment that has grown to this takes no further record. */
export interface SegmentSize {
  readonly bytesMax: number;
  /** Bounds what is known of the newest segment in memory, and what a start has to read of it. */
  readonly eventsMax: number;
}

export const DEFAULT_SEGMENT_SIZE: SegmentSize = {
  bytesMax: 128 * 1024 * 1024,
  eventsMax: 262_144,
};

export interface EventLogOptions {
  readonly size: SegmentSize;
  readonly onFailure: (error: Error) => void;
  /** Told when a segment takes no more records, and all of them are acknowledged. */
  readonly onFull: (name: SegmentName) => void;
  /** Told that nothing of what is not acknowledged was written: before those who wait hear of it. */
  readonly onRefused: () => void;
  /** For proofs of what a failing disk does. */
  readonly openSegment?: typeof openOnDisk;
}

/** Called once: when everything is on the disk, or with the reason why nothing of it will ever be. */
export type Acknowledge = (refusal?: OutOfSpaceError) => void;

function openOnDisk(base: number, path: string): Promise<LogSegment> {
  return LogSegment.open(base, path);
}

interface Staged {
  readonly record: Buffer | undefined;
  /** Where the segment begins that was the newest when this was staged. */
  readonly base: number;
  readonly done: Acknowledge;
}

/**
 * The append-only log behind the store: a chain of segments, with group commit.
 *
 * idle → flushing: the first staged record starts a flush at the end of the running callback.
 * flushing → flushing: what was staged meanwhile is written and synced as the next group.
 * refused: the disk is full. What was staged is taken back, the file cut to what was acknowledged, and
 * the next append tries again. → idle
 * failed: a write or sync did not succeed for another reason. Nothing is acknowledged any more, because what the file
 * holds is unknown; the owner is told once and has to stop.
 *
 * A record that finds the newest segment full begins the next one. No group spans two.
 */
export class EventLog {
  private staged: Staged[] = [];
  private groupStart: number;
  private isGroupOpen = false;
  private isFlushing = false;
  private isFailed = false;
  private idle: (() => void)[] = [];
  private readonly pace = new DiskPace();
  /** Where the next record goes. */
  end: number;
  /** Where the segment begins that it goes to. */
  private base: number;
  private eventCount: number;
  /** Where the last acknowledged record ends, and how many events the newest segment has up to there. */
  private readonly durable: { end: number; events: number };
  /** Staged but not yet acknowledged: the measure of back-pressure. */
  pendingBytes = 0;

  private constructor(
    private readonly directory: SegmentDirectory,
    private readonly reader: LogReader,
    private newest: LogSegment,
    private readonly options: EventLogOptions & { readonly tail: LogTail },
  ) {
    const { end, events } = options.tail;
    this.end = end;
    this.groupStart = end;
    this.base = newest.base;
    this.eventCount = events;
    this.durable = { end, events };
  }

  /** Opens a log whose tail was recovered. */
  static async open(
    directory: SegmentDirectory,
    tail: LogTail,
    options: EventLogOptions,
  ): Promise<EventLog> {
    const segments: LogSegment[] = [];
    const { openSegment = openOnDisk } = options;
    for (const name of directory.segments) {
      segments.push(await openSegment(name.base, directory.logPath(name)));
    }
    const newest = segments.at(-1);
    if (newest === undefined) throw new Error('Invariant: a log has a segment');
    const reader = new LogReader(segments, tail.end);
    return new EventLog(directory, reader, newest, { ...options, tail });
  }

  /** Takes a record whose bytes were laid out for `end`, and calls `done` once it is on the disk. */
  stage(record: Buffer, eventCount: number, done: Acknowledge): void {
    if (this.isFull) this.beginSegment();
    if (!this.isGroupOpen) this.groupStart = this.end;
    this.isGroupOpen = true;
    sealRecord(record, { position: this.end, groupStart: this.groupStart }, eventCount);
    this.end += record.length;
    this.eventCount += eventCount;
    this.pendingBytes += record.length;
    this.enqueue(record, done);
  }

  /** Calls `done` once everything staged before is on the disk: at once if it is. */
  afterStaged(done: Acknowledge): void {
    if (this.staged.length === 0 && !this.isFlushing) done();
    else this.enqueue(undefined, done);
  }

  /** Ends the newest segment, if it holds anything. Resolves when the next one is there. */
  async startSegment(): Promise<void> {
    if (this.end > this.base) this.beginSegment();
    await new Promise<void>((resolve, reject) => {
      this.enqueue(undefined, (refusal) => (refusal === undefined ? resolve() : reject(refusal)));
    });
  }

  /** Puts a rewritten segment in the place of the former one. */
  replaceSegment(segment: LogSegment): void {
    this.reader.replaceSegment(segment);
  }

  readRecent(messages: readonly StoredMessage[]): Buffer[] | undefined {
    return this.reader.readRecent(messages);
  }

  read(messages: readonly StoredMessage[]): Promise<Buffer[]> {
    return this.reader.read(messages);
  }

  /** Waits for what is staged and closes the files. */
  async close(): Promise<void> {
    if (this.isFlushing || this.staged.length > 0) {
      await new Promise<void>((resolve) => this.idle.push(resolve));
    }
    if (!this.isFailed) await this.newest.cut(this.durable.end);
    await this.reader.close();
  }

  private get isFull(): boolean {
    const { bytesMax, eventsMax } = this.options.size;
    return this.end - this.base >= bytesMax || this.eventCount >= eventsMax;
  }

  private beginSegment(): void {
    this.base = this.end;
    this.eventCount = 0;
    this.isGroupOpen = false;
  }

  private enqueue(record: Buffer | undefined, done: Acknowledge): void {
    if (this.isFailed) return;
    this.staged.push({ record, base: this.base, done });
    if (this.isFlushing) return;
    this.isFlushing = true;
    // At the end of the running callback: all appends of one network packet share one sync.
    process.nextTick(() => void this.flush());
  }

  private async flush(): Promise<void> {
    try {
      while (this.staged.length > 0) await this.flushGroup();
    } catch (error) {
      this.isFailed = true;
      this.options.onFailure(error instanceof Error ? error : new Error(String(error)));
    }
    this.isFlushing = false;
    for (const resolve of this.idle.splice(0)) resolve();
  }

  private async flushGroup(): Promise<void> {
    const group = this.takeGroup();
    try {
      const base = group[0]?.base ?? 0;
      if (base !== this.newest.base) await this.openSegment(base);
      await this.writeGroup(group);
    } catch (error) {
      if (!isOutOfSpace(error)) throw error;
      await this.refuse(group, error);
      return;
    }
    for (const item of group) item.done();
  }

  /** Takes back what is not acknowledged, in the file and in what is known of it. */
  private async refuse(group: readonly Staged[], cause: Error): Promise<void> {
    await this.newest.cut(this.durable.end);
    const refused = [...group, ...this.staged];
    this.staged = [];
    this.end = this.durable.end;
    this.base = this.newest.base;
    this.eventCount = this.durable.events;
    this.isGroupOpen = false;
    this.pendingBytes = 0;
    this.options.onRefused();
    const refusal = new OutOfSpaceError(cause);
    for (const item of refused) item.done(refusal);
  }

  /** What is staged for one segment. */
  private takeGroup(): Staged[] {
    const base = this.staged[0]?.base;
    const count = this.staged.findIndex((item) => item.base !== base);
    if (count >= 0) return this.staged.splice(0, count);
    const group = this.staged;
    this.staged = [];
    this.isGroupOpen = false;
    return group;
  }

  private async openSegment(base: number): Promise<void> {
    const full = this.directory.newest;
    // Before another one follows: behind the records of a full segment nothing may stand.
    await this.newest.cut(this.durable.end);
    killPoint('segment-trimmed');
    const name = this.directory.add(base);
    const { openSegment = openOnDisk } = this.options;
    this.newest = await openSegment(base, this.directory.logPath(name));
    this.durable.events = 0;
    this.reader.addSegment(this.newest);
    this.options.onFull(full);
  }

  private async writeGroup(group: readonly Staged[]): Promise<void> {
    const records = group.flatMap((item) => (item.record === undefined ? [] : [item.record]));
    const [first] = records;
    if (first === undefined) return;
    // Behind one record nothing waits that could share its sync.
    const isWaiting = group.length === 1 && this.pace.takeWait();
    const startMs = performance.now();
    await this.newest.write(records, positionOf(first), isWaiting);
    this.pace.note(performance.now() - startMs);
    for (const record of records) {
      this.durable.end += record.length;
      this.durable.events += eventCountOf(record);
      this.pendingBytes -= record.length;
      this.reader.noteWritten(record);
    }
  }
}
