import { subtract, add, decimal, formatDecimal, ZERO } from '../../domain/kernel/decimal.js';
import type { DecimalText } from '../../domain/kernel/units.js';
import { isSettled } from '../../domain/order/order-state.js';
import type { KnownOrder } from '../../domain/order/order-state.js';
import { termsOf } from '../../domain/order/order-terms.js';
import type { KnownSending, OpenAlgoBook } from './openalgo.book.js';

/** What the log knows of an account. */
export interface AccountLog {
  /** Of this run. */
  readonly epoch: () => number;
  readonly order: (orderId: string) => KnownOrder | undefined;
  readonly unsettled: () => Iterable<KnownOrder>;
  /** Open positions of the account. */
  readonly positions: () => Iterable<{
    readonly instrumentId: string;
    readonly side: 'long' | 'short';
    readonly quantity: DecimalText;
  }>;
}

/**
 * Orders of the log that the file of this folder does not hold. One that was decided in an epoch in which this folder has
 * sent orders was never sent; any other may have been sent by the engine that owned the stops then: the venue is
 * searched for it, from what the log says.
 */
export class LoggedOrders {
  constructor(
    private readonly log: AccountLog,
    private readonly book: OpenAlgoBook,
  ) {}

  /** What is known of an order that may have left; undefined when it never did. */
  entryOf(orderId: string): KnownSending | undefined {
    const own = this.book.entries.get(orderId);
    if (own && !(own.byOther && own.state === 'sending')) return own;
    const order = this.log.order(orderId);
    if (!order || isSettled(order)) return own;
    if (!own && this.book.epochs.has(order.stamp.input.epoch)) return undefined;
    return this.adopted(order) ?? own;
  }

  /** Takes up every order that another engine may have sent. Returns one that is still searched for, if there is one. */
  searched(): string | undefined {
    for (const { orderId } of this.log.unsettled()) {
      const entry = this.entryOf(orderId);
      if (entry?.byOther && entry.state === 'sending') return orderId;
    }
    return undefined;
  }

  private adopted(order: KnownOrder): KnownSending | undefined {
    const { orderId, side, quantity, stamp, status } = order;
    const terms = termsOf(order);
    if (!terms) return undefined;
    const { instrumentId } = stamp;
    const ticket = { orderId, instrumentId, side, quantity, terms };
    // An order that was acknowledged cannot be absent, wherever the position stands.
    const position = status === 'acked' ? undefined : this.netOf(instrumentId);
    const baseline = { orderIds: [], position };
    this.book.adopt({ kind: 'sending', ticket, baseline, atMs: stamp.at, byOther: true });
    return this.book.entries.get(orderId);
  }

  private netOf(instrumentId: string): DecimalText {
    let net = ZERO;
    for (const position of this.log.positions()) {
      if (position.instrumentId !== instrumentId) continue;
      const quantity = decimal(position.quantity);
      net = position.side === 'long' ? add(net, quantity) : subtract(net, quantity);
    }
    return formatDecimal(net);
  }
}
