import { crc32 } from './crc32.js';
import { DamagedLogError } from './damaged-log-error.js';
import type { LogSegment } from './log-segment.js';
import { EVENT_PREFIX_BYTES } from './record.codec.js';
import { RecentBytes } from './recent-bytes.js';

const RECENT_BYTES = 16 * 1024 * 1024;
/** Two events of a read that lie closer than this are fetched by one call. */
const READ_GAP_BYTES = 32 * 1024;
const READ_BYTES_MAX = 1024 * 1024;

/** Where the message of an event stands, and what it has to be. */
export interface StoredMessage {
  /** Of the event. */
  readonly position: number;
  /** Of the message in the file of its segment, where the position does not tell. */
  readonly offset?: number;
  readonly length: number;
  readonly crc: number;
}

interface Placed {
  readonly segment: LogSegment;
  /** Of the message in the file. */
  readonly offset: number;
  readonly length: number;
  readonly crc: number;
}

/** Fetches messages: from memory those that were just written, all others from the segments. */
export class LogReader {
  private readonly recent: RecentBytes;

  constructor(
    /** In the order of their positions. */
    private readonly segments: LogSegment[],
    end: number,
  ) {
    this.recent = new RecentBytes(RECENT_BYTES, end);
  }

  /** Takes bytes of the log that were just made durable, and follow the last ones. */
  noteWritten(bytes: Buffer): void {
    this.recent.push(bytes);
  }

  addSegment(segment: LogSegment): void {
    this.segments.push(segment);
  }

  /** The messages if all of them are recent. */
  readRecent(messages: readonly StoredMessage[]): Buffer[] | undefined {
    for (const { position, length } of messages) {
      if (!this.recent.has(position, EVENT_PREFIX_BYTES + length)) return undefined;
    }
    return messages.map(({ position, length }) =>
      this.recent.copy(position + EVENT_PREFIX_BYTES, length),
    );
  }

  /**
   * The messages in the order asked, neighbours fetched together.
   *
   * Rejects with a DamagedLogError that names the place if one is not what was written.
   */
  async read(messages: readonly StoredMessage[]): Promise<Buffer[]> {
    const recent = this.readRecent(messages);
    if (recent !== undefined) return recent;
    const places = messages.map((message) => this.placeOf(message));
    const segments = new Set(places.map(({ segment }) => segment));
    const releases = [...segments].map((segment) => segment.hold());
    try {
      return await readPlaces(places);
    } finally {
      for (const release of releases) release();
    }
  }

  /** Reads go to the rewritten segment from now on; those under way end with the former one. */
  replaceSegment(segment: LogSegment): void {
    const no = this.segments.findIndex(({ base }) => base === segment.base);
    this.segments[no]?.retire();
    this.segments[no] = segment;
  }

  async close(): Promise<void> {
    for (const segment of this.segments) await segment.file.close();
  }

  private placeOf(message: StoredMessage): Placed {
    const segment = this.segmentOf(message.position);
    const offset = message.offset ?? segment.messageOffset(message.position);
    return { segment, offset, length: message.length, crc: message.crc };
  }

  private segmentOf(position: number): LogSegment {
    let low = 0;
    let high = this.segments.length;
    while (low + 1 < high) {
      const middle = (low + high) >>> 1;
      if ((this.segments[middle]?.base ?? 0) <= position) low = middle;
      else high = middle;
    }
    const segment = this.segments[low];
    if (segment === undefined) throw new Error('Invariant: a log has a segment');
    return segment;
  }
}

async function readPlaces(places: readonly Placed[]): Promise<Buffer[]> {
  const out: Buffer[] = [];
  for (let first = 0; first < places.length;) {
    const last = neighboursFrom(places, first);
    out.push(...(await readRun(places.slice(first, last + 1))));
    first = last + 1;
  }
  return out;
}

async function readRun(run: readonly Placed[]): Promise<Buffer[]> {
  const [{ segment } = { segment: undefined }] = run;
  if (segment === undefined) return [];
  const start = Math.min(...run.map(({ offset }) => offset));
  const end = Math.max(...run.map(({ offset, length }) => offset + length));
  const bytes = await segment.read(start, end - start);
  return run.map(({ offset, length, crc }) => {
    const at = offset - start;
    if (crc32(bytes, at, at + length) !== crc) {
      throw new DamagedLogError(
        `${segment.path} is damaged at offset ${offset}: the event there is broken`,
      );
    }
    return bytes.subarray(at, at + length);
  });
}

function neighboursFrom(places: readonly Placed[], first: number): number {
  const from = places[first];
  let last = first;
  let low = from?.offset ?? 0;
  let high = low + (from?.length ?? 0);
  for (let next = first + 1; next < places.length; next++) {
    const place = places[next];
    if (place === undefined || place.segment !== from?.segment) break;
    const isNear =
      place.offset <= high + READ_GAP_BYTES && place.offset + place.length >= low - READ_GAP_BYTES;
    low = Math.min(low, place.offset);
    high = Math.max(high, place.offset + place.length);
    if (!isNear || high - low > READ_BYTES_MAX) break;
    last = next;
  }
  return last;
}
