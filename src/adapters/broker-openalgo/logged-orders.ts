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
 * What this folder's file, which tells which order is which, does not know of the orders of the log. Where no other engine
 * has owned the stops since an order was decided here, or was refused to us, the file's word is the last. Where one has, it
 * may have sent the order: the venue is searched for it, from what the log says.
 */
export class LoggedOrders {
  constructor(
    private readonly log: AccountLog,
    private readonly book: OpenAlgoBook,
  ) {}

  /** What is known of an order that may have left; undefined when it never did. */
  entryOf(orderId: string): KnownSending | undefined {
    const own = this.book.entries.get(orderId);
    const order = this.log.order(orderId);
    if (!order || isSettled(order)) return own;
    const mayBeSentByOther = own ? this.isOpenToOthers(own) : !this.isOurs(order.stamp.input.epoch);
    return mayBeSentByOther ? (this.adopted(order) ?? own) : own;
  }

  private isOpenToOthers({ state, byOther, epoch }: KnownSending): boolean {
    switch (state) {
      case 'sending':
        return byOther;
      case 'placed':
        return false;
      case 'refused':
      case 'absent':
        return !this.isOurs(epoch);
    }
  }

  private isOurs(sinceEpoch: number | undefined): boolean {
    return this.book.isOursThroughout(sinceEpoch, this.log.epoch());
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
