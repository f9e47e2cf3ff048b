import { compare } from '../domain/kernel/decimal.js';
import type { Decimal } from '../domain/kernel/decimal.js';

/** How soon something is done: exits that leave, what else concerns exits, the rest; then the larger value, then the older. */
export interface Urgency {
  readonly isExit: boolean;
  /** An exit is sent, not only asked about. */
  readonly leaves?: boolean;
  /** What is unprotected meanwhile, in the instrument's quote currency. */
  readonly value: Decimal;
  /** As how many the venue counts it. Missing: one. */
  readonly permits?: number;
}

interface Place<Item> extends Required<Urgency> {
  readonly item: Item;
  readonly ordinal: number;
}

/** A heap by urgency: the exit that comes last behind any number of entries leaves first, at O(log n). */
export class TurnQueue<Item> {
  private readonly places: Place<Item>[] = [];
  private ordinal = 0;

  get length(): number {
    return this.places.length;
  }

  push(item: Item, { isExit, value, leaves = false, permits = 1 }: Urgency): void {
    this.ordinal += 1;
    this.places.push({ item, isExit, leaves, value, permits, ordinal: this.ordinal });
    this.rise(this.places.length - 1);
  }

  /** The most urgent; undefined when the queue is empty. */
  peek(): (Required<Urgency> & { readonly item: Item }) | undefined {
    return this.places[0];
  }

  pop(): Item | undefined {
    const [top] = this.places;
    const last = this.places.pop();
    if (this.places.length > 0 && last) {
      this.places[0] = last;
      this.sink(0);
    }
    return top?.item;
  }

  private rise(from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.goesBefore(at, parent)) return;
      this.swap(at, parent);
      at = parent;
    }
  }

  private sink(from: number): void {
    let at = from;
    for (;;) {
      const left = 2 * at + 1;
      const right = left + 1;
      let first = at;
      if (left < this.places.length && this.goesBefore(left, first)) first = left;
      if (right < this.places.length && this.goesBefore(right, first)) first = right;
      if (first === at) return;
      this.swap(at, first);
      at = first;
    }
  }

  private goesBefore(left: number, right: number): boolean {
    const [a, b] = [this.places[left], this.places[right]];
    if (!a || !b) throw new Error('Invariant: both places are taken');
    if (a.isExit !== b.isExit) return a.isExit;
    if (a.leaves !== b.leaves) return a.leaves;
    const byValue = compare(b.value, a.value);
    return byValue === 0 ? a.ordinal < b.ordinal : byValue < 0;
  }

  private swap(left: number, right: number): void {
    const [a, b] = [this.places[left], this.places[right]];
    if (!a || !b) throw new Error('Invariant: both places are taken');
    this.places[left] = b;
    this.places[right] = a;
  }
}
