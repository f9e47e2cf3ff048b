import { lowerBound } from './index-part.js';
import {
  firstVisible,
  isSoftDeleted,
  METASTREAM_METADATA,
  NO_METADATA,
  type StreamMetadata,
} from './stream-metadata.parse.js';
import { hashOfStream, type StreamHash } from './stream-hash.js';
import type { RunHint, StreamRuns } from './stream-runs.js';
import { isSystemStream } from './system-stream.js';

/** Shared by all streams without recent events: never written to. */
const NONE: number[] = [];

/** What is known of all streams. */
export interface StreamSources {
  readonly runs: StreamRuns;
  readonly counts: {
    sealedCount(no: number): number;
    addSealed(no: number, count: number): void;
  };
}

/**
 * One stream as the index holds it, twice over: as written (decisions) and as acknowledged (readers).
 * A write moves the first at once and the second when it is durable. A system stream is filled with
 * the events that it points at when those become visible.
 */
export class StreamEntry {
  /** The ordinals of its events in memory by revision, pending ones included. */
  private recent: number[] = NONE;
  /** How many of these readers may see. */
  private visibleRecent = 0;
  tombstone: number | undefined;
  isVisiblyTombstoned = false;
  metadata: StreamMetadata;
  visibleMetadata: StreamMetadata;
  /** The metadata document of a soft-deleted stream: needed again when the stream is revived. */
  deletedDocument: string | undefined;
  private watching: Set<() => void> | undefined;
  hint: RunHint | undefined;

  constructor(
    readonly no: number,
    readonly name: string,
    private readonly sources: StreamSources,
  ) {
    this.metadata = isMetastream(name) ? METASTREAM_METADATA : NO_METADATA;
    this.visibleMetadata = this.metadata;
  }

  /** How many of its events are known from the parts of the index on disk. */
  get sealedCount(): number {
    return this.sources.counts.sealedCount(this.no);
  }

  /** How many events readers may see. */
  get visibleCount(): number {
    return this.sealedCount + this.visibleRecent;
  }

  /** One more of its events is to be seen. */
  show(): void {
    this.visibleRecent++;
  }

  /** Whether the index on disk knows all there is to know. */
  get isPlain(): boolean {
    const own = isMetastream(this.name) ? METASTREAM_METADATA : NO_METADATA;
    return (
      this.recent.length === 0 &&
      this.tombstone === undefined &&
      this.metadata === own &&
      this.visibleMetadata === own &&
      this.deletedDocument === undefined
    );
  }

  /** Not kept, like whatever follows from the name: there may be millions of streams. */
  get hash(): StreamHash {
    return hashOfStream(this.name);
  }

  get isSystemStream(): boolean {
    return isSystemStream(this.name);
  }

  /** Called when something of this stream became visible. */
  get watchers(): Set<() => void> {
    return (this.watching ??= new Set());
  }

  get isWatched(): boolean {
    return this.watching !== undefined && this.watching.size > 0;
  }

  /** The event at a revision that readers see. */
  ordinalAt(revision: number): number | undefined {
    return revision < this.visibleCount ? this.writtenAt(revision) : undefined;
  }

  /** The event at a revision, whether readers see it yet or not. */
  writtenAt(revision: number): number | undefined {
    if (revision >= this.sealedCount) return this.recent[revision - this.sealedCount];
    return revision < 0 ? undefined : this.sources.runs.ordinalAt(this, revision);
  }

  append(ordinal: number): void {
    // Most streams in memory have one event there: room for more is taken when there are.
    if (this.recent === NONE) this.recent = [ordinal];
    else this.recent.push(ordinal);
  }

  /** Takes back the newest event: it was never written. */
  unappend(): void {
    this.recent.pop();
  }

  /** Those events in memory that come before an ordinal. */
  recentBefore(ordinal: number): readonly number[] {
    const count = lowerBound(this.recent.length, (i) => (this.recent[i] ?? 0) < ordinal);
    return this.recent.slice(0, count);
  }

  /** Whether it has an event at or behind an ordinal, its tombstone included. */
  isRecent(ordinal: number): boolean {
    return (this.recent.at(-1) ?? -1) >= ordinal || (this.tombstone ?? -1) >= ordinal;
  }

  /** Whether an event in memory comes before an ordinal, the tombstone included. */
  hasRecentBefore(ordinal: number): boolean {
    return (this.recent[0] ?? Infinity) < ordinal || (this.tombstone ?? Infinity) < ordinal;
  }

  /** So many of the events in memory, the oldest, are known from the index now. */
  seal(count: number): void {
    this.sources.counts.addSealed(this.no, count);
    this.visibleRecent -= count;
    if (count > 0) this.recent = count === this.recent.length ? NONE : this.recent.slice(count);
  }

  get last(): number {
    return this.sealedCount + this.recent.length - 1;
  }

  get visibleLast(): number {
    return this.visibleCount - 1;
  }

  get isSoftDeleted(): boolean {
    return isSoftDeleted(this.metadata);
  }

  /** The first revision a reader sees; beyond the end if none is visible. */
  get firstVisible(): number {
    return firstVisible(this.visibleMetadata, this.visibleLast);
  }
}

export function isMetastream(name: string): boolean {
  return name.startsWith('$$');
}

export function metastreamOf(name: string): string {
  return `$$${name}`;
}
