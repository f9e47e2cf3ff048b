import { ActionHeap } from './action-heap.js';

/**
 * What is to be done at a time, by that time. Of equal times the lower number comes first, so that the order is a
 * function of the content alone: an engine that was restarted does the same as one that was not.
 */
export class Deadlines<Item> {
  private readonly heap = new ActionHeap();
  private readonly items = new Map<number, Item>();

  get size(): number {
    return this.items.size;
  }

  /** Input time at which the next is due, or Infinity. */
  get dueAtMs(): number {
    return this.heap.topKey;
  }

  /** When a number is due; Infinity when it is not. */
  dueOf(number: number): number {
    return this.heap.keyOf(number);
  }

  /** Puts an item at a time, in place of what the number held before; Infinity takes it out. */
  set(number: number, atMs: number, item: Item): void {
    if (atMs === Infinity) {
      this.remove(number);
      return;
    }
    this.items.set(number, item);
    this.heap.set(number, atMs);
  }

  remove(number: number): void {
    if (!this.items.delete(number)) return;
    this.heap.remove(number);
  }

  /** Hands over, and forgets, all that is due at this input time. */
  take(atMs: number, work: (item: Item, dueAtMs: number) => void): void {
    while (this.heap.topKey <= atMs) {
      const { topKey, topSlot } = this.heap;
      const item = this.items.get(topSlot);
      this.remove(topSlot);
      if (item !== undefined) work(item, topKey);
    }
  }
}
