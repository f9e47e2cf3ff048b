import { TOMBSTONE_MARK } from './event-columns.js';
import type { EventTable } from './event-table.js';
import type { StreamEntry } from './stream-entry.js';
import {
  ALL_STREAMS,
  categoryStreamOf,
  correlationStreamOf,
  typeStreamOf,
} from './system-stream.js';

interface Names {
  readonly columns: EventTable;
  readonly typeNames: readonly string[];
  entry(name: string): StreamEntry;
  /** Told of every stream that got an event. */
  touch(entry: StreamEntry): void;
}

/**
 * Decides which system streams an event belongs to, and puts it there once readers may see it.
 *
 * Events come in the order of the log and never leave, so a link has the same revision for ever.
 */
export class SystemStreamIndex {
  private readonly categories: (StreamEntry | null)[] = [];
  private readonly types: (StreamEntry | null)[] = [];
  /** Of the events that are not visible yet. */
  private readonly correlations = new Map<number, string>();

  constructor(private readonly names: Names) {}

  /** Notes what has to be known of an event and is not in the columns. */
  add(ordinal: number, metadata: Buffer): void {
    const stream = correlationStreamOf(metadata);
    if (stream !== undefined) this.correlations.set(ordinal, stream);
  }

  /** Forgets the events that never became visible. */
  rollBack(): void {
    this.correlations.clear();
  }

  /** Puts a visible event into its system streams; returns those that somebody watches. */
  publish(ordinal: number, stream: StreamEntry): StreamEntry[] {
    const { columns } = this.names;
    const typeNo = columns.typeNo(ordinal);
    const revision = columns.revision(ordinal);
    this.categories[stream.no] ??= this.entryOf(categoryStreamOf(stream.name));
    const correlation = this.correlations.get(ordinal);
    if (correlation !== undefined) this.correlations.delete(ordinal);
    const entries = [
      this.categories[stream.no],
      revision === TOMBSTONE_MARK ? this.tombstones(typeNo) : this.typeEntry(typeNo),
      revision === 0 ? this.names.entry(ALL_STREAMS) : undefined,
      this.entryOf(correlation),
    ];
    const watched: StreamEntry[] = [];
    for (const entry of entries) {
      if (entry === undefined || entry === null) continue;
      entry.append(ordinal);
      this.names.touch(entry);
      entry.visibleCount++;
      if (entry.isWatched) watched.push(entry);
    }
    return watched;
  }

  private typeEntry(typeNo: number): StreamEntry | null {
    return (this.types[typeNo] ??= this.entryOf(typeStreamOf(this.typeName(typeNo), false)));
  }

  private tombstones(typeNo: number): StreamEntry | null {
    return this.entryOf(typeStreamOf(this.typeName(typeNo), true));
  }

  private typeName(typeNo: number): string {
    return this.names.typeNames[typeNo] ?? '';
  }

  private entryOf(name: string | undefined): StreamEntry | null {
    return name === undefined ? null : this.names.entry(name);
  }
}
