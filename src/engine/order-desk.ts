import { decimal, formatDecimal, isPositive, subtract } from '../domain/kernel/decimal.js';
import { durationMs } from '../domain/kernel/duration.js';
import type { DecimalText, PositionId } from '../domain/kernel/units.js';
import { isExit, isSettled } from '../domain/order/order-state.js';
import type { KnownExit, KnownOrder } from '../domain/order/order-state.js';
import type { CancelReason } from '../domain/order/order.events.js';
import { exitOrderId } from '../domain/stop/stop-state.js';
import type { KnownStop } from '../domain/stop/stop-state.js';
import type { ExitOrder } from '../domain/stop/stop.events.js';
import { Deadlines } from './deadlines.js';
import type { Desk } from './desk.js';

/**
 * Places exits, and follows those that may not fill: a limit order whose time has run out is taken back, and what it
 * left leaves at market, as the next attempt of the same exit.
 */
export class OrderDesk {
  private readonly unfilled = new Deadlines<string>();
  private nextNumber = 0;

  constructor(private readonly desk: Desk) {}

  get dueAtMs(): number {
    return this.unfilled.dueAtMs;
  }

  /** Writes down that an exit is sent. Only once the fact at index `after` is durable may it really leave. */
  place(stop: KnownStop, order: ExitOrder, after?: number): number {
    const { orderId, side, quantity, type, limitPrice, reduceOnly, ordinal, attempt } = order;
    const index = this.desk.decide(
      `order-${orderId}`,
      {
        type: 'OrderPlaced',
        version: 1,
        data: {
          ...this.desk.stamp(stop.stamp),
          orderId,
          stopId: stop.stopId,
          ...{ side, quantity, type },
          ...(limitPrice !== undefined && { limitPrice }),
          ...{ reduceOnly, ordinal, attempt },
        },
      },
      after,
    );
    this.watch(orderId);
    return index;
  }

  /** Waits for the time of an order that the plan of its stop lets fill only so long. */
  watch(orderId: string): void {
    const order = this.desk.registry.orders.get(orderId);
    if (!order || !isExit(order)) return;
    const limit = this.desk.registry.stops.get(order.stopId)?.plan.limit;
    if (order.type !== 'limit' || isSettled(order) || order.isCancelRequested) return;
    if (limit?.unfilledAfter === undefined || limit.then !== 'market') return;
    this.unfilled.set(this.nextNumber, order.stamp.at + durationMs(limit.unfilledAfter), orderId);
    this.nextNumber += 1;
  }

  /** Takes back what has not filled by this input time. */
  onTime(atMs: number): void {
    this.unfilled.take(atMs, (orderId) => {
      const order = this.desk.registry.orders.get(orderId);
      if (order) this.takeBack(order, 'unfilled-in-time');
    });
  }

  /** Asks the venue to take an order back, unless it was asked already or has nothing to take back. */
  takeBack(order: KnownOrder, reason: CancelReason): void {
    if (isSettled(order) || order.isCancelRequested) return;
    const { orderId, stopId, stamp } = order;
    this.desk.decide(`order-${orderId}`, {
      type: 'OrderCancelRequested',
      version: 1,
      data: { ...this.desk.stamp(stamp), orderId, stopId, reason },
    });
  }

  /** Nothing more is to come into a position that leaves. */
  takeBackEntriesOf(positionId: PositionId): void {
    const { orders, entriesOf } = this.desk.registry;
    for (const orderId of [...(entriesOf.get(positionId) ?? [])]) {
      const order = orders.get(orderId);
      if (order) this.takeBack(order, 'position-leaving');
    }
  }

  /**
   * Sends what a cancelled limit order left, at market. Returns the index of the decision; undefined when there is
   * nothing to send, or the next attempt is there already.
   */
  escalate(order: KnownExit, after?: number): number | undefined {
    const stop = this.desk.registry.stops.get(order.stopId);
    if (order.status !== 'cancelled' || !order.isCancelRequested || !stop) return undefined;
    const rest = subtract(decimal(order.quantity), decimal(order.filledQuantity));
    const attempt = order.attempt + 1;
    const orderId = exitOrderId(order.stopId, order.ordinal, attempt);
    if (!isPositive(rest) || this.desk.registry.orders.has(orderId)) return undefined;
    const { side, ordinal } = order;
    const quantity: DecimalText = formatDecimal(rest);
    const exit = { orderId, side, quantity, type: 'market', reduceOnly: true } as const;
    return this.place(stop, { ...exit, ordinal, attempt }, after);
  }
}
