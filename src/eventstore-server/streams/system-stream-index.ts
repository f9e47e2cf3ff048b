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

  /** Puts a visible event into its system streams, and adds to `watched` those that somebody watches. */
  publish(ordinal: number, stream: StreamEntry, watched: Set<StreamEntry>): void {
    const { columns } = this.names;
    const typeNo = columns.typeNo(ordinal);
    const revision = columns.revision(ordinal);
    this.categories[stream.no] ??= this.entryOf(categoryStreamOf(stream.name));
    const put = (entry: StreamEntry | null | undefined): void => {
      if (entry === undefined || entry === null) return;
      entry.append(ordinal);
      this.names.touch(entry);
      entry.show();
      if (entry.isWatched) watched.add(entry);
    };
    put(this.categories[stream.no]);
    put(revision === TOMBSTONE_MARK ? this.tombstones(typeNo) : this.typeEntry(typeNo));
    if (revision === 0) put(this.names.entry(ALL_STREAMS));
    if (this.correlations.size > 0) put(this.entryOf(this.takeCorrelation(ordinal)));
  }

  private takeCorrelation(ordinal: number): string | undefined {
    const correlation = this.correlations.get(ordinal);
    if (correlation !== undefined) this.correlations.delete(ordinal);
    return correlation;
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
