import { ActionHeap } from './action-heap.js';

const NONE = -1;

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
  private readonly rows = new Map<number, number>();
  private readonly order = new ActionHeap();
  private readonly freeRows: number[] = [];
  private keys = new Float64Array(4);
  /** By row: its first slot. */
  private first = new Int32Array(4);
  /** By slot: its row, and its neighbours in it. */
  private rowOf = new Int32Array(0);
  private next = new Int32Array(0);
  private before = new Int32Array(0);
  /** Where the newest slot went: the next mostly goes there too. */
  private newestRow = NONE;

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
    if (slot >= this.rowOf.length) this.growSlots(slot);
    this.enter(slot, this.rowFor(key));
  }

  remove(slot: number): void {
    const row = this.rowAt(slot);
    if (row !== NONE) this.leave(slot, row);
  }

  /** Takes out every slot whose key is not above the probe. */
  take(probe: number, into: number[]): void {
    while (this.order.count > 0 && this.order.topKey <= probe) {
      const row = this.order.topSlot;
      for (let slot = this.first[row] ?? NONE; slot !== NONE; slot = this.next[slot] ?? NONE) {
        this.rowOf[slot] = NONE;
        into.push(slot);
      }
      this.endRow(row);
    }
  }

  private rowAt(slot: number): number {
    return slot < this.rowOf.length ? (this.rowOf[slot] ?? NONE) : NONE;
  }

  private enter(slot: number, row: number): void {
    const second = this.first[row] ?? NONE;
    this.rowOf[slot] = row;
    this.before[slot] = NONE;
    this.next[slot] = second;
    if (second !== NONE) this.before[second] = slot;
    this.first[row] = slot;
    this.newestRow = row;
  }

  private leave(slot: number, row: number): void {
    const [before, next] = [this.before[slot] ?? NONE, this.next[slot] ?? NONE];
    this.rowOf[slot] = NONE;
    if (next !== NONE) this.before[next] = before;
    if (before !== NONE) this.next[before] = next;
    else if (next !== NONE) this.first[row] = next;
    else this.endRow(row);
  }

  private rowFor(key: number): number {
    if (this.newestRow !== NONE && this.keys[this.newestRow] === key) return this.newestRow;
    const found = this.rows.get(key);
    if (found !== undefined) return found;
    const row = this.freeRows.pop() ?? this.rows.size;
    if (row >= this.first.length) this.growRows();
    this.keys[row] = key;
    this.first[row] = NONE;
    this.rows.set(key, row);
    this.order.set(row, key);
    return row;
  }

  private endRow(row: number): void {
    this.rows.delete(this.keys[row] ?? NaN);
    this.order.remove(row);
    this.freeRows.push(row);
    if (this.newestRow === row) this.newestRow = NONE;
  }

  private growRows(): void {
    const count = this.first.length * 2;
    this.keys = widened(this.keys, new Float64Array(count));
    this.first = widened(this.first, new Int32Array(count));
  }

  private growSlots(slot: number): void {
    const count = Math.max(slot + 1, this.rowOf.length * 2);
    this.rowOf = widened(this.rowOf, new Int32Array(count).fill(NONE));
    this.next = widened(this.next, new Int32Array(count));
    this.before = widened(this.before, new Int32Array(count));
  }
}

function widened<T extends Float64Array | Int32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
