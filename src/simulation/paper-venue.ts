import { compare, decimal, formatDecimal, multiply } from '../domain/kernel/decimal.js';
import type { Decimal } from '../domain/kernel/decimal.js';
import type { DecimalText, InstrumentId, OrderSide, UnixMs } from '../domain/kernel/units.js';

/** An order in the venue's book. */
export interface PaperOrder {
  readonly orderId: string;
  readonly venueOrderId: string;
  readonly instrumentId: InstrumentId;
  readonly side: OrderSide;
  readonly quantity: DecimalText;
  /** Of a limit order; a market order has none. */
  readonly limitPrice?: DecimalText;
  readonly acceptedAtMs: UnixMs;
  readonly fill: PaperFill | undefined;
  readonly isCancelled: boolean;
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
  | { readonly kind: 'accepted'; readonly order: Omit<PaperOrder, 'fill' | 'isCancelled'> }
  | { readonly kind: 'cancelled'; readonly orderId: string; readonly at: UnixMs }
  | { readonly kind: 'repeated'; readonly orderId: string; readonly at: UnixMs }
  | { readonly kind: 'filled'; readonly orderId: string; readonly fill: PaperFill };

/** A print of the market, as the venue sees it. */
export interface PaperPrint {
  readonly instrumentId: InstrumentId;
  readonly price: DecimalText;
  readonly at: UnixMs;
}

/**
 * The book of a simulated venue: market orders fill whole at the next print of their instrument, limit orders at the
 * next print that is at their limit or better, as taker.
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
    return [...this.orders.values()].filter((order) => isOpen(order));
  }

  /** What the book makes of an order that comes in. */
  judge(ticket: {
    readonly orderId: string;
    readonly instrumentId: InstrumentId;
    readonly side: OrderSide;
    readonly quantity: DecimalText;
    readonly limitPrice?: DecimalText;
    readonly at: UnixMs;
  }): PaperChange {
    const { orderId, instrumentId, side, quantity, limitPrice, at } = ticket;
    if (this.orders.has(orderId)) return { kind: 'repeated', orderId, at };
    const venueOrderId = `P${this.orders.size + 1}`;
    return {
      kind: 'accepted',
      order: {
        ...{ orderId, venueOrderId, instrumentId, side, quantity },
        ...(limitPrice !== undefined && { limitPrice }),
        acceptedAtMs: at,
      },
    };
  }

  /** What the book makes of a cancellation; undefined when there is nothing to take back. */
  judgeCancel(orderId: string, at: UnixMs): PaperChange | undefined {
    const order = this.orders.get(orderId);
    return order && isOpen(order) ? { kind: 'cancelled', orderId, at } : undefined;
  }

  /** Fills that a print makes. Cost: O(1) when no order is open on the instrument. */
  match(print: PaperPrint): readonly PaperChange[] {
    const waiting = this.open.get(print.instrumentId);
    if (!waiting?.size) return [];
    return [...waiting]
      .filter((orderId) => this.meets(orderId, print))
      .map((orderId) => ({ kind: 'filled', orderId, fill: this.fillOf(orderId, print) }));
  }

  apply(change: PaperChange): void {
    switch (change.kind) {
      case 'accepted': {
        const { order } = change;
        this.orders.set(order.orderId, { ...order, fill: undefined, isCancelled: false });
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
      case 'cancelled': {
        const order = this.orders.get(change.orderId);
        if (!order)
          throw new Error(`Invariant: a cancelled order is in the book, found ${change.orderId}`);
        this.orders.set(order.orderId, { ...order, isCancelled: true });
        this.open.get(order.instrumentId)?.delete(order.orderId);
        return;
      }
      case 'repeated':
        return;
    }
  }

  private meets(orderId: string, print: PaperPrint): boolean {
    const order = this.orders.get(orderId);
    if (order?.limitPrice === undefined) return true;
    const beyond = compare(decimal(print.price), decimal(order.limitPrice));
    return order.side === 'sell' ? beyond >= 0 : beyond <= 0;
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

function isOpen(order: PaperOrder): boolean {
  return !order.fill && !order.isCancelled;
}
