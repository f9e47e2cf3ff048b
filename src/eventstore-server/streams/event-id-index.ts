import type { Uuid } from '../protocol/uuid.codec.js';
import { type EventColumns, hashOfId } from './event-columns.js';

const SLOTS_FIRST = 16384;

/**
 * Finds events by stream and id: an open-addressing table of ordinals over the columns.
 *
 * It is rebuilt from the log at start, so a repeated append is recognised however old the first is.
 * Of several events with one id the first written is found, because slots are filled in log order.
 */
export class EventIdIndex {
  private slots = new Int32Array(SLOTS_FIRST);
  private count = 0;

  constructor(private readonly columns: EventColumns) {}

  insert(ordinal: number): void {
    if (this.count * 2 >= this.slots.length) this.grow();
    this.place(ordinal);
    this.count++;
  }

  /** The ordinal of the event, or -1. */
  find(streamNo: number, id: Uuid): number {
    const mask = this.slots.length - 1;
    let slot = hashOfId(streamNo, id) & mask;
    for (;;) {
      const entry = this.slots[slot] ?? 0;
      if (entry === 0) return -1;
      const ordinal = entry - 1;
      if (this.columns.hasId(ordinal, id) && this.columns.streamNo(ordinal) === streamNo) {
        return ordinal;
      }
      slot = (slot + 1) & mask;
    }
  }

  private place(ordinal: number): void {
    const mask = this.slots.length - 1;
    let slot = this.columns.hashOf(ordinal) & mask;
    while (this.slots[slot] !== 0) slot = (slot + 1) & mask;
    this.slots[slot] = ordinal + 1;
  }

  private grow(): void {
    this.slots = new Int32Array(this.slots.length * 2);
    for (let ordinal = 0; ordinal < this.count; ordinal++) this.place(ordinal);
  }
}
