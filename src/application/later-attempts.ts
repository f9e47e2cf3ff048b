import { isLaterAttempt, isOtherExit } from '../domain/stop/stop-state.js';
import { isSettled } from '../domain/order/order-state.js';
import type { KnownOrder } from '../domain/order/order-state.js';
import type { OrderId, UnixMs } from '../domain/kernel/units.js';
import type { OrderTicket, Unknown, VenueBroker } from './ports/broker.port.js';
import { UnloggedExits } from './unlogged-exits.js';
import type { UnloggedExitsOptions } from './unlogged-exits.js';

export interface LaterAttemptsOptions extends UnloggedExitsOptions {
  readonly brokerOf: (accountId: string) => VenueBroker | undefined;
  /** Since when another engine may have sent attempts of this order's exit without the log knowing; wall clock. */
  readonly sinceMs: (orderId: OrderId) => UnixMs;
  /** An order as the log has it. */
  readonly orderOf: (orderId: OrderId) => Pick<KnownOrder, 'status'> | undefined;
}

/** `found`: another engine has gone on to this attempt, which the venue has taken. `fired`: it has let the stop fire. */
export type LaterAttempt =
  | { readonly kind: 'none' }
  | { readonly kind: 'found' | 'fired'; readonly orderId: OrderId }
  | Unknown;

type Listed = { readonly kind: 'known'; readonly orderIds: readonly OrderId[] } | Unknown;

type ExitTicket = Pick<OrderTicket, 'orderId' | 'accountId' | 'instrumentId' | 'insures'>;

/**
 * Finds attempts of an exit that another engine has sent after the one in hand. The venue keeps nothing of an order that
 * it has refused: by its own id such an order is absent, whatever has left after it. And of a stop that is to rest at the
 * venue it finds that the other engine's exit has left already what it would guard. Where none was sent after it, other
 * exits of its stop that the log does not have are settled: what they took is not there any more to leave.
 *
 * A venue's lists are read once for each instrument, when its receive window has run out: by then nobody else sends.
 */
export class LaterAttempts {
  private readonly lists = new Map<string, Promise<Listed>>();
  private readonly unlogged: UnloggedExits;

  constructor(private readonly options: LaterAttemptsOptions) {
    this.unlogged = new UnloggedExits(options);
  }

  async after(ticket: ExitTicket): Promise<LaterAttempt> {
    const broker = this.options.brokerOf(ticket.accountId);
    if (!broker) return { kind: 'none' };
    const key = `${ticket.accountId} ${ticket.instrumentId}`;
    const reading = this.lists.get(key) ?? this.list(broker, ticket);
    this.lists.set(key, reading);
    const listed = await reading;
    if (listed.kind === 'unknown') {
      this.lists.delete(key);
      return listed;
    }
    const later = listed.orderIds.find((id) => isLaterAttempt(id, ticket.orderId));
    if (later !== undefined) return { kind: 'found', orderId: later };
    const exits = [...new Set(listed.orderIds.filter((id) => isOtherExit(id, ticket.orderId)))];
    if (ticket.insures) {
      // What the log has of an exit that is not settled may be less than has left by it.
      const fired = exits.find((id) => !this.isSettled(id));
      return fired === undefined ? { kind: 'none' } : { kind: 'fired', orderId: fired };
    }
    const unlogged = exits.filter((id) => this.options.orderOf(id) === undefined);
    if (unlogged.length === 0) return { kind: 'none' };
    const settlement = await this.unlogged.settle(broker, unlogged, ticket);
    return settlement.kind === 'unknown' ? settlement : { kind: 'none' };
  }

  private isSettled(orderId: OrderId): boolean {
    const order = this.options.orderOf(orderId);
    return order !== undefined && isSettled(order);
  }

  /** Open orders first: what fills between the two readings is in one of them. */
  private async list(broker: VenueBroker, { orderId, instrumentId }: ExitTicket): Promise<Listed> {
    const open = await broker.openOrders();
    if (open.kind === 'unknown') return open;
    const filled = await broker.fills(instrumentId, this.options.sinceMs(orderId));
    if (filled.kind === 'unknown') return filled;
    const ids = [...open.orders, ...filled.fills].map((one) => one.orderId);
    return { kind: 'known', orderIds: ids.filter((id) => id !== undefined) };
  }
}
