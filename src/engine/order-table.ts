import type { OrderId } from '../domain/kernel/units.js';
import { isSettled } from '../domain/order/order-state.js';
import type { KnownOrder } from '../domain/order/order-state.js';

/** Every order of the log, and apart those that may still need something of their venue: these are asked for all the time. */
export class OrderTable {
  private readonly all = new Map<OrderId, KnownOrder>();
  private readonly open = new Map<OrderId, KnownOrder>();

  get size(): number {
    return this.all.size;
  }

  has(orderId: OrderId): boolean {
    return this.all.has(orderId);
  }

  get(orderId: OrderId): KnownOrder | undefined {
    return this.all.get(orderId);
  }

  set(orderId: OrderId, order: KnownOrder): void {
    this.all.set(orderId, order);
    if (isSettled(order)) this.open.delete(orderId);
    else this.open.set(orderId, order);
  }

  /** In the order in which they were placed. */
  keys(): IterableIterator<OrderId> {
    return this.all.keys();
  }

  /** In the order in which they were placed. */
  values(): IterableIterator<KnownOrder> {
    return this.all.values();
  }

  /** In the order in which they were placed. Cost: that of the unsettled, however many have settled. */
  unsettled(): IterableIterator<KnownOrder> {
    return this.open.values();
  }
}
