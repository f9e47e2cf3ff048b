import { decimal, formatDecimal, multiply } from '../domain/kernel/decimal.js';
import type { Decimal } from '../domain/kernel/decimal.js';
import type { DecimalText, InstrumentId, OrderSide, UnixMs } from '../domain/kernel/units.js';

/** An order in the venue's book. */
export interface PaperOrder {
  readonly orderId: string;
  readonly venueOrderId: string;
  readonly instrumentId: InstrumentId;
  readonly side: OrderSide;
  readonly quantity: DecimalText;
  readonly acceptedAtMs: UnixMs;
  readonly fill: PaperFill | undefined;
}

export interface PaperFill {
  readonly venueTradeId: string;
  readonly price: DecimalText;
  readonly quantity: DecimalText;
  readonly feeAmount: DecimalText;
  readonly feeCurrency: string;
  readonly liquidity: 'taker';
  readonly filledAtMs: UnixMs;
}

/** A change of the book. The book is the fold of its changes: what is not written down has not happened. */
export type PaperChange =
  | { readonly kind: 'accepted'; readonly order: Omit<PaperOrder, 'fill'> }
  | { readonly kind: 'repeated'; readonly orderId: string; readonly at: UnixMs }
  | { readonly kind: 'filled'; readonly orderId: string; readonly fill: PaperFill };

/** A print of the market, as the venue sees it. */
export interface PaperPrint {
  readonly instrumentId: InstrumentId;
  readonly price: DecimalText;
  readonly at: UnixMs;
}

/**
 * The book of a simulated venue: market orders fill whole at the next print of their instrument, as taker.
 * An order id is known for ever: a second order of the same id is written down and refused, whatever became of the first.
 */
export class PaperVenue {
  private readonly orders = new Map<string, PaperOrder>();
  private readonly open = new Map<InstrumentId, Set<string>>();

  constructor(
    private readonly terms: { readonly feeBps: DecimalText; readonly feeCurrency: string },
  ) {}

  order(orderId: string): PaperOrder | undefined {
    return this.orders.get(orderId);
  }

  openOrders(): readonly PaperOrder[] {
    return [...this.orders.values()].filter((order) => !order.fill);
  }

  /** What the book makes of an order that comes in. */
  judge(ticket: {
    readonly orderId: string;
    readonly instrumentId: InstrumentId;
    readonly side: OrderSide;
    readonly quantity: DecimalText;
    readonly at: UnixMs;
  }): PaperChange {
    const { orderId, instrumentId, side, quantity, at } = ticket;
    if (this.orders.has(orderId)) return { kind: 'repeated', orderId, at };
    const venueOrderId = `P${this.orders.size + 1}`;
    return {
      kind: 'accepted',
      order: { orderId, venueOrderId, instrumentId, side, quantity, acceptedAtMs: at },
    };
  }

  /** Fills that a print makes. Cost: O(1) when no order is open on the instrument. */
  match(print: PaperPrint): readonly PaperChange[] {
    const waiting = this.open.get(print.instrumentId);
    if (!waiting?.size) return [];
    return [...waiting].map((orderId) => ({
      kind: 'filled',
      orderId,
      fill: this.fillOf(orderId, print),
    }));
  }

  apply(change: PaperChange): void {
    switch (change.kind) {
      case 'accepted': {
        const { order } = change;
        this.orders.set(order.orderId, { ...order, fill: undefined });
        const waiting = this.open.get(order.instrumentId) ?? new Set();
        this.open.set(order.instrumentId, waiting.add(order.orderId));
        return;
      }
      case 'filled': {
        const order = this.orders.get(change.orderId);
        if (!order)
          throw new Error(`Invariant: a filled order is in the book, found ${change.orderId}`);
        this.orders.set(order.orderId, { ...order, fill: change.fill });
        this.open.get(order.instrumentId)?.delete(order.orderId);
        return;
      }
      case 'repeated':
        return;
    }
  }

  private fillOf(orderId: string, print: PaperPrint): PaperFill {
    const order = this.orders.get(orderId);
    if (!order) throw new Error(`Invariant: an open order is in the book, found ${orderId}`);
    const value = multiply(decimal(print.price), decimal(order.quantity));
    const bps: Decimal = {
      ...decimal(this.terms.feeBps),
      scale: decimal(this.terms.feeBps).scale + 4,
    };
    return {
      venueTradeId: `${order.venueOrderId}-1`,
      price: print.price,
      quantity: order.quantity,
      feeAmount: formatDecimal(multiply(value, bps)),
      feeCurrency: this.terms.feeCurrency,
      liquidity: 'taker',
      filledAtMs: print.at,
    };
  }
}
