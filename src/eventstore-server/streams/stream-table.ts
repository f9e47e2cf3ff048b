import { NameTable, widened } from './name-table.js';
import { StreamEntry, type StreamSources } from './stream-entry.js';
import type { StreamRuns } from './stream-runs.js';

/**
 * All streams by name and number. Of most of them only the name and how many events the index on disk
 * has is known, in numbers outside of the heap; an entry is made of them for whoever asks, and is the
 * same for everybody who has it. Entries that know more are held.
 */
export class StreamTable {
  readonly names = new NameTable();
  private sealed = new Uint32Array(1024);
  private readonly held = new Map<string, StreamEntry>();
  private readonly heldByNo: (StreamEntry | undefined)[] = [];
  private readonly lent = new Map<number, WeakRef<StreamEntry>>();
  private readonly returned = new FinalizationRegistry<number>((no) => {
    if (this.lent.get(no)?.deref() === undefined) this.lent.delete(no);
  });

  private readonly sources: StreamSources;

  constructor(runs: StreamRuns) {
    this.sources = { runs, counts: this };
  }

  get count(): number {
    return this.names.count;
  }

  find(name: string): StreamEntry | undefined {
    const held = this.held.get(name);
    if (held !== undefined) return held;
    const no = this.names.noOf(name);
    return no < 0 ? undefined : this.at(no, name);
  }

  /** Made if need be. */
  entry(name: string): StreamEntry {
    return this.held.get(name) ?? this.at(this.noOf(name), name);
  }

  /** The number of a stream, which it gets if it has none. */
  noOf(name: string): number {
    const known = this.names.noOf(name);
    if (known >= 0) return known;
    const no = this.names.add(name);
    if (no >= this.sealed.length) this.sealed = widened(this.sealed, 2 * this.sealed.length);
    return no;
  }

  at(no: number, name?: string): StreamEntry {
    const known = this.known(no);
    if (known !== undefined) return known;
    const entry = new StreamEntry(no, name ?? this.names.nameOf(no), this.sources);
    this.lend(entry);
    return entry;
  }

  /** The entry of a stream that is about to know more; made if need be. */
  holdEntry(name: string): StreamEntry {
    const held = this.held.get(name);
    if (held !== undefined) return held;
    const no = this.noOf(name);
    const entry = this.known(no) ?? new StreamEntry(no, name, this.sources);
    this.hold(entry);
    return entry;
  }

  /** Keeps an entry that knows what the index on disk does not. */
  hold(entry: StreamEntry): void {
    if (this.heldByNo[entry.no] === entry) return;
    this.held.set(entry.name, entry);
    while (this.heldByNo.length <= entry.no) this.heldByNo.push(undefined);
    this.heldByNo[entry.no] = entry;
    this.lent.delete(entry.no);
  }

  /** Gives an entry back to those who have it, and to nobody if none does. */
  release(entry: StreamEntry): void {
    this.held.delete(entry.name);
    this.heldByNo[entry.no] = undefined;
    this.lend(entry);
  }

  sealedCount(no: number): number {
    return this.sealed[no] ?? 0;
  }

  /** So many more events of the stream are known from the index on disk. */
  addSealed(no: number, count: number): void {
    this.sealed[no] = this.sealedCount(no) + count;
  }

  private known(no: number): StreamEntry | undefined {
    return this.heldByNo[no] ?? this.lent.get(no)?.deref();
  }

  private lend(entry: StreamEntry): void {
    this.lent.set(entry.no, new WeakRef(entry));
    this.returned.register(entry, entry.no);
  }
}
