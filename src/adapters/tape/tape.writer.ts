import {
  closeSync,
  fdatasync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import type { TapeRecord, TapeWriterPort } from '../../application/ports/tape.port.js';
import { crc32 } from './crc32.js';
import { BlockEncoder, recordBytesMax } from './tape-block.codec.js';
import {
  BLOCK_HEADER_BYTES,
  BLOCK_PAYLOAD_BYTES_MAX,
  SEGMENT_HEADER_BYTES,
  firstOffset,
  listSegments,
  nextOffset,
  segmentHeader,
  segmentPath,
} from './tape-segment.js';

export interface TapeWriterOptions {
  /** A segment that has reached this is followed by a new one. */
  readonly segmentBytesMax: number;
  /** How often what was written is forced to the disk; 0: only at the end of a segment. */
  readonly fsyncIntervalMs: number;
  /** The oldest segments are deleted when all together take more, never the one being written; left out: all are kept. */
  readonly keptBytesMax?: number;
  /** Segments to which nothing was written for longer are deleted, never the one being written; left out: all are kept. */
  readonly keptMsMax?: number;
  /** Told once when writing fails, with the reason, and with undefined once it works again. */
  readonly onTrouble?: (reason: string | undefined) => void;
}

/** What a full disk leaves in memory before the newest records are given up and counted. */
const BUFFERED_BYTES_MAX = 64 * 1024 * 1024;
// What was read last must be readable without what came before it being megabytes long.
const BLOCK_BYTES_MAX = 32 * 1024;
// A tick takes about ten bytes: thousands between two flushes fit without growing.
const BUFFER_BYTES_FIRST = 1024 * 1024;

interface OpenSegment {
  readonly file: number;
  readonly epoch: number;
  readonly encoder: BlockEncoder;
  bytes: number;
}

/**
 * Appends records to a folder of segments. Opening cuts a torn end of the newest segment and says how long it was;
 * every opening begins a new segment, so that what an earlier run wrote is never written to again.
 */
export class TapeWriter implements TapeWriterPort {
  /** Records that could not be kept because the disk took nothing and the memory for them was full. */
  recordsLost = 0;
  private buffer = Buffer.allocUnsafe(BUFFER_BYTES_FIRST);
  private buffered = 0;
  /** Where the block that is being filled begins; undefined while there is none. */
  private blockStart: number | undefined;
  private segment: OpenSegment | undefined;
  private isDirty = false;
  private isSyncing = false;
  private hasTrouble = false;
  private readonly ending = new Set<Promise<void>>();
  private readonly timer: NodeJS.Timeout | undefined;

  private constructor(
    private readonly dir: string,
    private readonly options: TapeWriterOptions,
    /** Bytes of a write that was cut short, found and cut when the tape was opened. */
    readonly bytesLost: number,
  ) {
    if (options.fsyncIntervalMs > 0) {
      this.timer = setInterval(() => this.sync(), options.fsyncIntervalMs).unref();
    }
  }

  /** Throws TapeCorrupt for damage that is not a torn end, and what the file system says when it cannot be used. */
  static open(dir: string, options: TapeWriterOptions): TapeWriter {
    mkdirSync(dir, { recursive: true });
    return new TapeWriter(dir, options, cutTornEnd(dir));
  }

  append(record: TapeRecord): void {
    const bytes = BLOCK_HEADER_BYTES + recordBytesMax(record);
    if (!this.reserve(bytes) || !this.enterEpoch(record.epoch) || !this.segment) {
      this.recordsLost += 1;
      return;
    }
    if (this.blockStart === undefined) {
      this.blockStart = this.buffered;
      this.buffered += BLOCK_HEADER_BYTES;
    }
    this.buffered = this.segment.encoder.write(this.buffer, this.buffered, record);
    if (this.buffered - this.blockStart > BLOCK_BYTES_MAX) this.seal();
  }

  flush(): void {
    const { segment } = this;
    if (!segment || this.buffered === 0) return;
    this.seal();
    if (!this.write(segment)) return;
    if (segment.bytes >= this.options.segmentBytesMax) this.endSegment(segment);
  }

  /** Ends the block that records go to: its length and checksum stand before it. */
  private seal(): void {
    const { buffer, buffered, blockStart } = this;
    if (blockStart === undefined) return;
    const start = blockStart + BLOCK_HEADER_BYTES;
    const length = buffered - start;
    if (length > BLOCK_PAYLOAD_BYTES_MAX) {
      throw new Error('Invariant: an input fits into a block of the tape');
    }
    buffer.writeUInt32LE(length, blockStart);
    buffer.writeUInt32LE(crc32(buffer, start, buffered), blockStart + 4);
    this.blockStart = undefined;
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    this.flush();
    if (this.segment) this.endSegment(this.segment);
    await Promise.all(this.ending);
  }

  /** Records of another epoch go to a segment of their own. */
  private enterEpoch(epoch: number): boolean {
    if (this.segment?.epoch === epoch) return true;
    this.flush();
    if (this.buffered > 0) return false;
    if (this.segment) this.endSegment(this.segment);
    return this.attempt(() => this.beginSegment(epoch));
  }

  private beginSegment(epoch: number): void {
    const ordinals = listSegments(this.dir)
      .filter((segment) => segment.epoch === epoch)
      .map(({ ordinal }) => ordinal);
    const ordinal = Math.max(-1, ...ordinals) + 1;
    const file = openSync(segmentPath(this.dir, epoch, ordinal), 'ax');
    const header = segmentHeader(epoch);
    let written = 0;
    while (written < header.length) written += writeSync(file, header, written);
    this.segment = { file, epoch, encoder: new BlockEncoder(), bytes: SEGMENT_HEADER_BYTES };
    this.isDirty = true;
    this.dropOldest();
  }

  /** Judged when a segment begins: both limits are passed by one segment at most. */
  private dropOldest(): void {
    const { keptBytesMax = Infinity, keptMsMax = Infinity } = this.options;
    if (keptBytesMax === Infinity && keptMsMax === Infinity) return;
    const [newest, ...older] = listSegments(this.dir)
      .map(({ path }) => ({ path, kept: statSync(path) }))
      .reverse();
    if (!newest) return;
    let bytes = newest.kept.size;
    for (const { path, kept } of older) {
      bytes += kept.size;
      // The file system's own clock on both sides: it may not be that of this machine.
      if (bytes > keptBytesMax || newest.kept.mtimeMs - kept.mtimeMs > keptMsMax) rmSync(path);
    }
  }

  /** Not waited for: forcing a large segment to the disk may take long, and the engine stands still meanwhile. */
  private endSegment(segment: OpenSegment): void {
    this.segment = undefined;
    this.isDirty = false;
    const ended = new Promise<void>((resolve) => {
      fdatasync(segment.file, (error) => {
        if (error) this.tell(error);
        closeSync(segment.file);
        resolve();
      });
    });
    this.ending.add(ended);
    void ended.then(() => this.ending.delete(ended));
  }

  private write(segment: OpenSegment): boolean {
    let written = 0;
    const isWritten = this.attempt(() => {
      while (written < this.buffered) {
        written += writeSync(segment.file, this.buffer, written, this.buffered - written);
      }
    });
    // A disk that fills up takes a part: the rest follows where that ended, once it takes more.
    this.buffer.copyWithin(0, written, this.buffered);
    this.buffered -= written;
    segment.bytes += written;
    if (written > 0) this.isDirty = true;
    return isWritten;
  }

  private reserve(bytes: number): boolean {
    const needed = this.buffered + bytes;
    if (needed <= this.buffer.length) return true;
    this.flush();
    if (this.buffered + bytes <= this.buffer.length) return true;
    if (this.buffered + bytes > BUFFERED_BYTES_MAX) return false;
    const larger = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.buffered + bytes));
    this.buffer.copy(larger, 0, 0, this.buffered);
    this.buffer = larger;
    return true;
  }

  private sync(): void {
    const { segment } = this;
    if (!segment || !this.isDirty || this.isSyncing) return;
    this.isDirty = false;
    this.isSyncing = true;
    fdatasync(segment.file, (error) => {
      this.isSyncing = false;
      // The segment may have been ended, and so synced and closed, in the meantime.
      if (error && this.segment === segment) this.tell(error);
    });
  }

  private attempt(act: () => void): boolean {
    try {
      act();
    } catch (error) {
      this.tell(error);
      return false;
    }
    if (this.hasTrouble) this.options.onTrouble?.(undefined);
    this.hasTrouble = false;
    return true;
  }

  private tell(error: unknown): void {
    if (!this.hasTrouble) this.options.onTrouble?.(String(error));
    this.hasTrouble = true;
  }
}

/** Returns how many bytes were cut. */
function cutTornEnd(dir: string): number {
  const newest = listSegments(dir).at(-1);
  if (!newest) return 0;
  const bytes = readFileSync(newest.path);
  let whole = 0;
  let offset = firstOffset(bytes, newest);
  while (offset !== undefined) {
    whole = offset;
    offset = nextOffset(bytes, offset, newest.path);
  }
  // Without a whole header nothing was ever in it.
  if (whole === 0) rmSync(newest.path);
  else if (whole < bytes.length) truncateSync(newest.path, whole);
  return bytes.length - whole;
}
