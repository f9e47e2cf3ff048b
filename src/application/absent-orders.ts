import type { OrderId } from '../domain/kernel/units.js';

/**
 * Orders that a venue had acknowledged and now says that it does not have. A venue's reading side may be behind its own
 * book: one such answer says nothing, and so does the next.
 */
export class AbsentOrders {
  private readonly sinceMs = new Map<OrderId, number>();

  /** `clock`: monotonic ms. */
  constructor(private readonly clock: () => number) {}

  /** Notes that it is absent. Returns for how long every clear answer has been that, in ms. */
  absentForMs(orderId: OrderId): number {
    const now = this.clock();
    const sinceMs = this.sinceMs.get(orderId) ?? now;
    this.sinceMs.set(orderId, sinceMs);
    return now - sinceMs;
  }

  found(orderId: OrderId): void {
    this.sinceMs.delete(orderId);
  }
}
