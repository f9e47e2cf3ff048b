import { closeSync, fdatasyncSync, fsyncSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LOG_HEADER, scanLog } from './log-recovery.js';
import { RecentBytes } from './recent-bytes.js';
import { sealRecord } from './record.codec.js';

const RECENT_BYTES = 16 * 1024 * 1024;
/** Two events of a read that lie closer than this are fetched by one call. */
const READ_GAP_BYTES = 32 * 1024;
const READ_BYTES_MAX = 1024 * 1024;

interface Staged {
  readonly record: Buffer | undefined;
  readonly done: () => void;
}

export interface ByteRange {
  readonly position: number;
  readonly length: number;
}

/**
 * The append-only file behind the store, with group commit.
 *
 * idle → flushing: the first staged record starts a flush at the end of the running callback.
 * flushing → flushing: what was staged meanwhile is written and synced as the next group.
 * failed: a write or sync did not succeed. Nothing is acknowledged any more, because what the file
 * holds is unknown; the owner is told once and has to stop.
 */
export class EventLog {
  private staged: Staged[] = [];
  private groupStart: number;
  private isGroupOpen = false;
  private isFlushing = false;
  private isFailed = false;
  private idle: (() => void)[] = [];
  private readonly recent: RecentBytes;
  /** Staged but not yet acknowledged: the measure of back-pressure. */
  pendingBytes = 0;

  private constructor(
    private readonly file: FileHandle,
    private readonly onFailure: (error: Error) => void,
    /** Where the next record goes. */
    public end: number,
  ) {
    this.groupStart = end;
    this.recent = new RecentBytes(RECENT_BYTES, end);
  }

  /** Opens or creates the log, visits what it holds and cuts off a write that was never finished. */
  static async open(
    path: string,
    visit: (position: number, record: Buffer) => void,
    onFailure: (error: Error) => void,
  ): Promise<{ log: EventLog; tornBytes: number }> {
    const fd = openSync(path, 'a+');
    let scan;
    try {
      scan = scanLog({ fd, path }, visit);
    } finally {
      closeSync(fd);
    }
    const end = Math.max(scan.end, LOG_HEADER.length);
    repair(path, scan.end, scan.tornBytes);
    const file = await open(path, 'r+');
    return { log: new EventLog(file, onFailure, end), tornBytes: scan.tornBytes };
  }

  /** Takes a record whose bytes were laid out for `end`, and calls `done` once it is on the disk. */
  stage(record: Buffer, eventCount: number, done: () => void): void {
    if (!this.isGroupOpen) this.groupStart = this.end;
    this.isGroupOpen = true;
    sealRecord(record, { position: this.end, groupStart: this.groupStart }, eventCount);
    this.end += record.length;
    this.pendingBytes += record.length;
    this.enqueue({ record, done });
  }

  /** Calls `done` once everything staged before is on the disk: at once if it is. */
  afterStaged(done: () => void): void {
    if (this.staged.length === 0 && !this.isFlushing) done();
    else this.enqueue({ record: undefined, done });
  }

  /** The bytes of each range if all of them are recent. */
  readRecent(ranges: readonly ByteRange[]): Buffer[] | undefined {
    for (const range of ranges)
      if (!this.recent.has(range.position, range.length)) return undefined;
    return ranges.map((range) => this.recent.copy(range.position, range.length));
  }

  /** The bytes of each range, neighbours fetched together. */
  async read(ranges: readonly ByteRange[]): Promise<Buffer[]> {
    const recent = this.readRecent(ranges);
    if (recent !== undefined) return recent;
    const out: Buffer[] = [];
    for (let first = 0; first < ranges.length;) {
      const last = neighboursFrom(ranges, first);
      const run = ranges.slice(first, last + 1);
      const start = Math.min(...run.map((range) => range.position));
      const end = Math.max(...run.map((range) => range.position + range.length));
      const bytes = await this.readSpan(start, end - start);
      for (const { position, length } of run) {
        out.push(bytes.subarray(position - start, position - start + length));
      }
      first = last + 1;
    }
    return out;
  }

  /** Waits for what is staged and closes the file. */
  async close(): Promise<void> {
    if (this.isFlushing || this.staged.length > 0) {
      await new Promise<void>((resolve) => this.idle.push(resolve));
    }
    await this.file.close();
  }

  private async readSpan(position: number, length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(length);
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await this.file.read(bytes, filled, length - filled, position + filled);
      if (bytesRead === 0) throw new Error(`Invariant: the log holds offset ${position + filled}`);
      filled += bytesRead;
    }
    return bytes;
  }

  private enqueue(item: Staged): void {
    if (this.isFailed) return;
    this.staged.push(item);
    if (this.isFlushing) return;
    this.isFlushing = true;
    // At the end of the running callback: all appends of one network packet share one sync.
    process.nextTick(() => void this.flush());
  }

  private async flush(): Promise<void> {
    try {
      while (this.staged.length > 0) {
        const group = this.staged;
        const start = this.groupStart;
        this.staged = [];
        this.isGroupOpen = false;
        await this.writeGroup(group, start);
        for (const item of group) item.done();
      }
    } catch (error) {
      this.isFailed = true;
      this.onFailure(error instanceof Error ? error : new Error(String(error)));
    }
    this.isFlushing = false;
    for (const resolve of this.idle.splice(0)) resolve();
  }

  private async writeGroup(group: readonly Staged[], start: number): Promise<void> {
    const records = group.flatMap((item) => (item.record === undefined ? [] : [item.record]));
    const [only] = records;
    if (only === undefined) return;
    const bytes = records.length === 1 ? only : Buffer.concat(records);
    let written = 0;
    while (written < bytes.length) {
      const rest = bytes.length - written;
      const result = await this.file.write(bytes, written, rest, start + written);
      written += result.bytesWritten;
    }
    await this.file.datasync();
    this.recent.push(bytes);
    this.pendingBytes -= bytes.length;
  }
}

function neighboursFrom(ranges: readonly ByteRange[], first: number): number {
  let last = first;
  let low = ranges[first]?.position ?? 0;
  let high = low + (ranges[first]?.length ?? 0);
  for (let next = first + 1; next < ranges.length; next++) {
    const range = ranges[next];
    if (range === undefined) break;
    const isNear =
      range.position <= high + READ_GAP_BYTES &&
      range.position + range.length >= low - READ_GAP_BYTES;
    low = Math.min(low, range.position);
    high = Math.max(high, range.position + range.length);
    if (!isNear || high - low > READ_BYTES_MAX) break;
    last = next;
  }
  return last;
}

/** Writes the header of a new log, or cuts the torn tail; durable before anything else happens. */
function repair(path: string, end: number, tornBytes: number): void {
  if (end > 0 && tornBytes === 0) return;
  const fd = openSync(path, 'r+');
  ftruncateSync(fd, end);
  if (end === 0) writeSync(fd, LOG_HEADER, 0, LOG_HEADER.length, 0);
  fdatasyncSync(fd);
  closeSync(fd);
  syncDirectory(dirname(path));
}

/** Makes new names in a directory durable. Windows has no such call and needs none. */
export function syncDirectory(path: string): void {
  if (process.platform === 'win32') return;
  const fd = openSync(path, 'r');
  fsyncSync(fd);
  closeSync(fd);
}
