import { ZERO, add, decimal, subtract } from '../domain/kernel/decimal.js';
import type { Decimal } from '../domain/kernel/decimal.js';
import type { DecimalText, InstrumentId, OrderSide, UnixMs } from '../domain/kernel/units.js';

export interface PaperFill {
  readonly venueTradeId: string;
  readonly price: DecimalText;
  readonly quantity: DecimalText;
  readonly feeAmount: DecimalText;
  readonly feeCurrency: string;
  readonly liquidity: 'maker' | 'taker';
  readonly filledAtMs: UnixMs;
}

/** An order as it came in. Fields beyond the first six are missing from books of older builds: market, whole, no cap. */
export interface PaperTicket {
  readonly orderId: string;
  readonly instrumentId: InstrumentId;
  readonly side: OrderSide;
  readonly quantity: DecimalText;
  readonly type?: 'market' | 'limit' | 'stop';
  readonly limitPrice?: DecimalText | undefined;
  readonly stopPrice?: DecimalText | undefined;
  readonly timeInForce?: 'gtc' | 'ioc' | 'fok' | 'day' | undefined;
  readonly reduceOnly?: boolean;
}

export interface AcceptedOrder extends PaperTicket {
  readonly venueOrderId: string;
  readonly acceptedAtMs: UnixMs;
}

export type PaperStatus = 'open' | 'filled' | 'cancelled' | 'expired' | 'rejected';

/** An order in the venue's book. open → filled | cancelled | expired; a stop is dormant until its price trades. */
export interface PaperOrder extends AcceptedOrder {
  readonly status: PaperStatus;
  readonly isTriggered: boolean;
  readonly fills: readonly PaperFill[];
  readonly endReason: string | undefined;
}

/** A change of the book. The book is the fold of its changes: what is not written down has not happened. */
export type PaperChange =
  | { readonly kind: 'accepted'; readonly order: AcceptedOrder }
  | { readonly kind: 'repeated'; readonly orderId: string; readonly at: UnixMs }
  | {
      readonly kind: 'rejected';
      readonly order: AcceptedOrder;
      readonly reason: string;
    }
  | { readonly kind: 'triggered'; readonly orderId: string; readonly at: UnixMs }
  | { readonly kind: 'filled'; readonly orderId: string; readonly fill: PaperFill }
  | { readonly kind: 'cancelled'; readonly orderId: string; readonly at: UnixMs }
  | {
      readonly kind: 'expired';
      readonly orderId: string;
      readonly reason: string;
      readonly at: UnixMs;
    };

export function filledOf(order: { readonly fills: readonly PaperFill[] }): Decimal {
  return order.fills.reduce((sum, { quantity }) => add(sum, decimal(quantity)), ZERO);
}

export function remainingOf(order: PaperOrder): Decimal {
  return subtract(decimal(order.quantity), filledOf(order));
}
