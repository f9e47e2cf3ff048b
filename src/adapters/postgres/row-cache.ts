/** Rows that facts are folded into. */
export interface Rows {
  get(key: string): object | undefined;
  set(key: string, row: object): void;
  delete(key: string): void;
}

/** What became of rows since it was told last. */
export interface RowChanges {
  readonly rows: readonly object[];
  /** Keys of those among them that the table holds already, as they were. */
  readonly replaced: readonly string[];
  /** Keys of rows that the table holds and that are no more. */
  readonly gone: readonly string[];
}

interface Entry {
  /** Undefined: there is no such row any more. */
  row: object | undefined;
  /** The table holds a row of this key once everything that was told is written. */
  isStored: boolean;
}

/**
 * Rows of one table, and what became of them since it was told last. What is told is taken to be written: whoever cannot
 * write it throws the cache away.
 *
 * Two generations stand in for an order by use: what is asked for moves to the young one, and `trim` forgets the old one.
 */
export class RowCache implements Rows {
  private young = new Map<string, Entry>();
  private old = new Map<string, Entry>();
  private dirty = new Map<string, Entry>();

  private isWhole: boolean;

  /** `whole`: what is not in here is not in the table either. `appended`: nobody asks for a row again once it is told. */
  constructor(private readonly holds: 'whole' | 'part' | 'appended') {
    this.isWhole = holds !== 'part';
  }

  get size(): number {
    return this.young.size + this.old.size;
  }

  /** Those of the keys whose rows have to be looked up first. */
  unknown(keys: Iterable<string>): readonly string[] {
    if (this.isWhole) return [];
    return [...new Set(keys)].filter((key) => !this.young.has(key) && !this.old.has(key));
  }

  /** Rows as the table holds them. */
  admit(stored: ReadonlyMap<string, object>): void {
    for (const [key, row] of stored) this.young.set(key, { row, isStored: true });
  }

  get(key: string): object | undefined {
    return this.entry(key)?.row;
  }

  set(key: string, row: object): void {
    const entry = this.entry(key);
    if (entry?.row === row) return;
    const changed = entry ?? { row, isStored: false };
    changed.row = row;
    if (!entry) this.young.set(key, changed);
    this.dirty.set(key, changed);
  }

  delete(key: string): void {
    const entry = this.entry(key);
    if (!entry) return;
    entry.row = undefined;
    this.dirty.set(key, entry);
  }

  /** Tells what has changed, once. */
  changes(): RowChanges {
    const [rows, replaced, gone]: [object[], string[], string[]] = [[], [], []];
    for (const [key, entry] of this.dirty) {
      const { row, isStored } = entry;
      if (row) rows.push(row);
      if (isStored) (row ? replaced : gone).push(key);
      entry.isStored = row !== undefined;
    }
    this.dirty = new Map();
    if (this.holds === 'appended') this.young = new Map();
    return { rows, replaced, gone };
  }

  /** Forgets what was not asked for since the last time. What was told must be in the table by now. */
  trim(): void {
    for (const [key, entry] of this.old) {
      if (this.dirty.has(key)) this.young.set(key, entry);
      else if (entry.row) this.isWhole = false;
    }
    this.old = this.young;
    this.young = new Map();
  }

  private entry(key: string): Entry | undefined {
    const young = this.young.get(key);
    if (young) return young;
    const old = this.old.get(key);
    if (!old) return undefined;
    this.old.delete(key);
    this.young.set(key, old);
    return old;
  }
}
