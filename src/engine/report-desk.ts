import { decimal, formatDecimal, isPositive, smaller, subtract } from '../domain/kernel/decimal.js';
import type { OrderId } from '../domain/kernel/units.js';
import { isExit, isSettled, judgeFill } from '../domain/order/order-state.js';
import type {
  FillVerdict,
  KnownExit,
  KnownOrder,
  ReportedFill,
} from '../domain/order/order-state.js';
import { exitBy, isFlatAfter } from '../domain/position/position-state.js';
import { bookedAt } from './booked-fill.js';
import type { Desk } from './desk.js';
import type { EntryDesk } from './entry-desk.js';
import { restOf } from './exit-ladder.js';
import type { BrokerReport } from './inputs.js';
import type { OrderDesk } from './order-desk.js';
import type { StopClosing } from './stop-closing.js';
import type { StopSizes } from './stop-sizes.js';

/** A fill with the order that has it: ours, or one of another engine. */
type ExitingFill = ReportedFill & { readonly orderId: OrderId };

/**
 * Turns what brokers report into facts: the order's event first, then what it makes of position and stop. Every step
 * looks at what is already known, so that a report told twice, or a start after a crash, adds only what is missing.
 */
export class ReportDesk {
  constructor(
    private readonly desk: Desk,
    private readonly orders: OrderDesk,
    private readonly entries: EntryDesk,
    private readonly room: { readonly closing: StopClosing; readonly sizes: StopSizes },
  ) {}

  report(report: BrokerReport): void {
    const order = this.desk.registry.orders.get(report.orderId);
    // A report about an order that is not ours belongs to reconciliation with the venue, not to any stop.
    if (!order) return;
    switch (report.kind) {
      case 'acked':
        if (order.status === 'sent' || order.status === 'unknown') this.acked(order, report);
        return;
      case 'unknown':
        if (order.status === 'sent') this.unknown(order, report.unclear);
        return;
      case 'rejected':
        if (isSettled(order) || order.status === 'acked') return;
        this.followUp(order, this.rejected(order, report));
        return;
      case 'denied':
        if (isSettled(order) || order.status === 'acked') return;
        this.followUp(order, this.denied(order, report));
        return;
      case 'cancelled':
      case 'expired':
        if (isSettled(order)) return;
        this.followUp(order, this.ended(order, report));
        return;
      case 'fill':
        if (report.byOrder === undefined) this.filled(order, report);
        else this.filledBeside(order, { ...report.fill, orderId: report.byOrder });
        return;
    }
  }

  /** Adds what a crash kept from following the order's facts. `after` is the decision that they must wait for. */
  followUp(order: KnownOrder, after?: number): void {
    if (isExit(order)) this.followExit(order, after);
    else this.entries.followUp(this.known(order.orderId), after);
  }

  private followExit(order: KnownExit, after?: number): void {
    let newest = after;
    const { orderId } = order;
    for (const fill of order.fills) newest = this.exitPosition(order, { ...fill, orderId }, newest);
    const stop = this.desk.registry.stops.get(order.stopId);
    this.fit(order, newest);
    if (order.insures) return;
    if (stop) newest = this.orders.proceed(stop, order, newest);
    this.room.closing.close(order.stopId, newest);
  }

  /** Stops guard no more than is left: the venue's own stop, or an exit beside ours, has taken something out. */
  private fit({ stamp, fills }: KnownExit, after?: number): void {
    const position = this.desk.registry.positions.get(stamp.positionId);
    if (!position || fills.length === 0) return;
    this.room.sizes.fit(stamp.positionId, decimal(position.quantity), after);
  }

  private acked(order: KnownOrder, report: BrokerReport & { kind: 'acked' }): void {
    this.desk.decide(`order-${order.orderId}`, {
      type: 'OrderAcked',
      version: 1,
      data: {
        ...this.head(order),
        venueOrderId: report.venueOrderId,
        venueTimeMs: report.venueTimeMs,
      },
    });
  }

  private unknown(order: KnownOrder, unclear: string): void {
    this.desk.decide(`order-${order.orderId}`, {
      type: 'OrderUnknown',
      version: 1,
      data: { ...this.head(order), unclear },
    });
  }

  private rejected(order: KnownOrder, report: BrokerReport & { kind: 'rejected' }): number {
    return this.desk.decide(`order-${order.orderId}`, {
      type: 'OrderRejected',
      version: 1,
      data: { ...this.head(order), reason: report.reason, venueText: report.venueText },
    });
  }

  private denied(order: KnownOrder, report: BrokerReport & { kind: 'denied' }): number {
    return this.desk.decide(`order-${order.orderId}`, {
      type: 'OrderDenied',
      version: 1,
      data: { ...this.head(order), reason: report.reason, rule: report.rule },
    });
  }

  private ended(order: KnownOrder, report: BrokerReport & { kind: 'cancelled' | 'expired' }) {
    return this.desk.decide(`order-${order.orderId}`, {
      type: report.kind === 'cancelled' ? 'OrderCancelled' : 'OrderExpired',
      version: 1,
      data: {
        ...this.head(order),
        remainingQuantity: formatDecimal(restOf(order)),
        reason: report.reason,
      },
    });
  }

  private filled(order: KnownOrder, report: BrokerReport & { kind: 'fill' }): void {
    const { fill: reported, byOther = false } = report;
    const { orderId } = order;
    const verdict = this.judge(order, reported);
    switch (verdict.kind) {
      case 'repeated':
        if (byOther) this.takenByOther(order, { ...reported, orderId });
        return;
      case 'disputed': {
        const index = this.disputed(order, reported);
        if (byOther) this.takenByOther(order, { ...reported, orderId }, index);
        return;
      }
      default: {
        const index = this.desk.decide(`order-${orderId}`, {
          type: verdict.kind === 'complete' ? 'OrderFilled' : 'OrderPartiallyFilled',
          version: 1,
          data: { ...this.head(order), ...verdict.fill },
        });
        this.followUp(this.known(order.orderId), index);
      }
    }
  }

  /** Another engine has sent a further exit of the stop: what it took has left, and is no part of the one in hand. */
  private filledBeside(order: KnownOrder, fill: ExitingFill): void {
    const { venueTradeId } = fill;
    const position = this.desk.registry.positions.get(order.stamp.positionId);
    if (position?.venueTradeIds.has(venueTradeId)) return;
    const isTold = order.disputed?.includes(venueTradeId) === true;
    this.takenByOther(order, fill, isTold ? undefined : this.disputed(order, fill));
  }

  private disputed(order: KnownOrder, { venueTradeId, quantity, price }: ReportedFill): number {
    const remainingQuantity = formatDecimal(restOf(order));
    return this.desk.decide(`order-${order.orderId}`, {
      type: 'FillDisputed',
      version: 1,
      data: { ...this.head(order), venueTradeId, quantity, price, remainingQuantity },
    });
  }

  /**
   * A fill from before its own order was decided is another owner's under the same id. It has counted where the venue's
   * book has been followed since, or where it was taken out beside an earlier exit: as a fill of ours it would leave a rest
   * that nothing guards.
   */
  private judge(order: KnownOrder, reported: ReportedFill): FillVerdict {
    const verdict = judgeFill(order, reported);
    if (verdict.kind === 'repeated' || verdict.kind === 'disputed' || !isExit(order))
      return verdict;
    const position = this.desk.registry.positions.get(order.stamp.positionId);
    if (position?.venueTradeIds.has(reported.venueTradeId)) return { kind: 'repeated' };
    const bookedAtMs = position && bookedAt(this.desk.registry, position, reported);
    if (bookedAtMs === undefined || order.stamp.at < bookedAtMs) return verdict;
    return { kind: 'disputed', remainingQuantity: formatDecimal(restOf(order)) };
  }

  /** It does not fit our order, but it has left the position: no exit may take it a second time. */
  private takenByOther(order: KnownOrder, fill: ExitingFill, after?: number): void {
    const { positionId } = order.stamp;
    const open = this.desk.registry.positions.get(positionId)?.quantity;
    if (!isExit(order) || open === undefined || !isPositive(decimal(open))) return;
    const taken = smaller(decimal(fill.quantity), decimal(open));
    const index = this.exitPosition(order, { ...fill, quantity: formatDecimal(taken) }, after);
    if (index !== after) this.room.sizes.fit(positionId, subtract(decimal(open), taken), index);
  }

  private exitPosition(order: KnownOrder, fill: ExitingFill, after?: number): number | undefined {
    const { positionId } = order.stamp;
    const position = this.desk.registry.positions.get(positionId);
    // Isolated at the start: the order's fact is kept, the position cannot be trusted.
    if (!position) return after;
    const { orderId, venueTradeId, quantity, price, feeAmount, feeCurrency } = fill;
    // The venue's position book was faster than its report of the fill: what left was taken out by reconciliation.
    if (bookedAt(this.desk.registry, position, fill) !== undefined) return after;
    // Of what has left beyond it, nothing came in: an alarm names it (`oversold`).
    const counted = smaller(decimal(quantity), decimal(position.quantity));
    if (!isPositive(counted)) return after;
    const exit = exitBy(position, {
      orderId,
      venueTradeId,
      quantity: formatDecimal(counted),
      price,
      feeAmount,
      feeCurrency,
    });
    if (!exit) return after;
    return this.desk.decide(
      `position-${positionId}`,
      {
        type: isFlatAfter(exit) ? 'PositionClosed' : 'PositionReduced',
        version: exit.contract ? 2 : 1,
        data: { ...this.desk.stamp(position.stamp), ...exit },
      },
      after,
    );
  }

  private head(order: KnownOrder) {
    return { ...this.desk.stamp(order.stamp), orderId: order.orderId, stopId: order.stopId };
  }

  private known(orderId: string): KnownOrder {
    const order = this.desk.registry.orders.get(orderId);
    if (!order)
      throw new Error(`Invariant: an order that was reported on is known, found ${orderId}`);
    return order;
  }
}
