import type { Uuid } from '../protocol/uuid.codec.js';
import type { EventColumns } from './event-columns.js';

const SLOTS_FIRST = 16384;

/**
 * Finds the newest events by stream and id: an open-addressing table over the columns.
 *
 * Of several events with one id the first written is found, because slots are filled in log order.
 */
export class EventIdIndex {
  private slots = new Int32Array(SLOTS_FIRST);
  private count = 0;

  constructor(private readonly columns: EventColumns) {}

  insert(): void {
    if ((this.count + 1) * 2 > this.slots.length) this.rebuild(this.slots.length * 2);
    else this.place(this.count++);
  }

  /** The number of the event in the columns, or -1. */
  find(streamNo: number, hash: number, id: Uuid): number {
    const mask = this.slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = this.slots[slot] ?? 0;
      if (entry === 0) return -1;
      const i = entry - 1;
      if (this.columns.hasId(i, id) && this.columns.streamNo(i) === streamNo) return i;
    }
  }

  /** After events were taken out of the columns. */
  refill(): void {
    let slots = SLOTS_FIRST;
    while (slots < this.columns.size * 2) slots *= 2;
    this.rebuild(slots);
  }

  private place(i: number): void {
    const mask = this.slots.length - 1;
    let slot = this.columns.idHash(i) & mask;
    while (this.slots[slot] !== 0) slot = (slot + 1) & mask;
    this.slots[slot] = i + 1;
  }

  private rebuild(slots: number): void {
    this.slots = new Int32Array(slots);
    this.count = 0;
    while (this.count < this.columns.size) this.place(this.count++);
  }
}
