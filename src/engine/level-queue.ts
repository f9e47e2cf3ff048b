import { ActionHeap } from './action-heap.js';

const NONE = -1;
const NO_KEYS = new Float64Array(0);
const NO_PLACES = new Int32Array(0);
const SIZE_MIN = 4;
const FEW_ROWS = 64;
/** What is known of a slot: its row, and its neighbours in it. */
const WIDTH = 3;
const NEXT = 1;
const BEFORE = 2;

/**
 * Slots by the next price at which something happens to them, where many wait for the same price: a new extreme of an
 * instrument is one for every stop behind it, and levels on a grid are few. Those of one key stand in one row, and only
 * the rows are in a heap.
 *
 * A row is a list through `next` and `before`, so that nothing is searched. Cost: looking at the smallest key is O(1); a
 * change is O(1) while its rows go on, and O(log rows) where one begins or ends; nothing is allocated but on growth and
 * by the map of the keys.
 */
export class LevelQueue {
  /** Rows by their key; undefined while there are so few that looking at each costs less memory, and no more time. */
  private byKey: Map<number, number> | undefined;
  /** So many rows have been used. */
  private rowCount = 0;
  private readonly order = new ActionHeap();
  private readonly freeRows: number[] = [];
  // Shared until something comes in: an engine of many instruments has many queues in which nothing waits.
  /** By row: where its slots wait; NaN where the row is free. */
  private keys = NO_KEYS;
  /** By row: its first slot. */
  private first = NO_PLACES;
  /** `WIDTH` numbers for each slot, side by side: whoever looks at one mostly looks at the others. */
  private places = NO_PLACES;
  /** Where the newest slot went: the next mostly goes there too. */
  private newestRow = NONE;

  /** `fewRows`: how many rows are looked through one by one. */
  constructor(private readonly fewRows = FEW_ROWS) {}

  /** The smallest key, or Infinity when nothing waits. */
  get topKey(): number {
    return this.order.topKey;
  }

  /** Where a slot waits, or Infinity when it does not. */
  keyOf(slot: number): number {
    const row = this.rowAt(slot);
    return row === NONE ? Infinity : (this.keys[row] ?? Infinity);
  }

  /** Puts a slot at a key, wherever it stood before. An infinite key takes it out. */
  set(slot: number, key: number): void {
    const row = this.rowAt(slot);
    if (row !== NONE) {
      if (this.keys[row] === key) return;
      this.leave(slot, row);
    }
    if (key === Infinity) return;
    if (slot * WIDTH >= this.places.length) this.growSlots(slot);
    this.enter(slot, this.rowFor(key));
  }

  remove(slot: number): void {
    const row = this.rowAt(slot);
    if (row !== NONE) this.leave(slot, row);
  }

  /** Takes out every slot whose key is not above the probe. */
  take(probe: number, into: number[]): void {
    const { places } = this;
    while (this.order.count > 0 && this.order.topKey <= probe) {
      const row = this.order.topSlot;
      for (let slot = this.first[row] ?? NONE; slot !== NONE;) {
        const at = slot * WIDTH;
        places[at] = NONE;
        into.push(slot);
        slot = places[at + NEXT] ?? NONE;
      }
      this.endRow(row);
    }
  }

  private rowAt(slot: number): number {
    return this.places[slot * WIDTH] ?? NONE;
  }

  private enter(slot: number, row: number): void {
    const { places } = this;
    const second = this.first[row] ?? NONE;
    const at = slot * WIDTH;
    places[at] = row;
    places[at + NEXT] = second;
    places[at + BEFORE] = NONE;
    if (second !== NONE) places[second * WIDTH + BEFORE] = slot;
    this.first[row] = slot;
    this.newestRow = row;
  }

  private leave(slot: number, row: number): void {
    const { places } = this;
    const at = slot * WIDTH;
    const [next, before] = [places[at + NEXT] ?? NONE, places[at + BEFORE] ?? NONE];
    places[at] = NONE;
    if (next !== NONE) places[next * WIDTH + BEFORE] = before;
    if (before !== NONE) places[before * WIDTH + NEXT] = next;
    else if (next !== NONE) this.first[row] = next;
    else this.endRow(row);
  }

  private rowFor(key: number): number {
    if (this.newestRow !== NONE && this.keys[this.newestRow] === key) return this.newestRow;
    const found = this.rowWith(key);
    if (found !== NONE) return found;
    const row = this.freeRows.pop() ?? this.rowCount;
    if (row === this.rowCount) this.rowCount += 1;
    if (row >= this.first.length) this.growRows();
    this.keys[row] = key;
    this.first[row] = NONE;
    this.byKey?.set(key, row);
    this.order.set(row, key);
    return row;
  }

  private rowWith(key: number): number {
    if (this.byKey) return this.byKey.get(key) ?? NONE;
    const { keys, rowCount } = this;
    for (let row = 0; row < rowCount; row += 1) if (keys[row] === key) return row;
    if (rowCount < this.fewRows) return NONE;
    this.byKey = new Map();
    for (let row = 0; row < rowCount; row += 1) {
      const held = keys[row] ?? NaN;
      if (!Number.isNaN(held)) this.byKey.set(held, row);
    }
    return NONE;
  }

  private endRow(row: number): void {
    this.byKey?.delete(this.keys[row] ?? NaN);
    this.keys[row] = NaN;
    this.order.remove(row);
    this.freeRows.push(row);
  }

  private growRows(): void {
    const count = Math.max(SIZE_MIN, this.first.length * 2);
    this.keys = widened(this.keys, new Float64Array(count));
    this.first = widened(this.first, new Int32Array(count));
  }

  private growSlots(slot: number): void {
    const count = Math.max(SIZE_MIN * WIDTH, (slot + 1) * WIDTH, this.places.length * 2);
    this.places = widened(this.places, new Int32Array(count).fill(NONE));
  }
}

function widened<T extends Float64Array | Int32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
