import type { DomainEvent, Stamp } from '../kernel/event.js';
import type { Currency, DecimalText, OrderId, OrderSide, StopId, UnixMs } from '../kernel/units.js';

interface OrderStamp extends Stamp {
  readonly orderId: OrderId;
  readonly stopId: StopId;
}

/** We decided to send the order; its deciding stop event is durable. */
export type OrderPlaced = DomainEvent<
  'OrderPlaced',
  1,
  OrderStamp & {
    readonly side: OrderSide;
    readonly quantity: DecimalText;
    readonly type: 'market' | 'limit';
    /** Of a limit order. */
    readonly limitPrice?: DecimalText;
    readonly reduceOnly: true;
    readonly ordinal: number;
    readonly attempt: number;
  }
>;

/** The venue has the order. Source: submit reply, report or look-up. */
export type OrderAcked = DomainEvent<
  'OrderAcked',
  1,
  OrderStamp & { readonly venueOrderId: string; readonly venueTimeMs: UnixMs }
>;

/** The venue itself refused this very order. */
export type OrderRejected = DomainEvent<
  'OrderRejected',
  1,
  OrderStamp & { readonly reason: string; readonly venueText: string }
>;

/** The outcome of a submit is not known: looked up before anything else is done. */
export type OrderUnknown = DomainEvent<
  'OrderUnknown',
  1,
  OrderStamp & { readonly unclear: string }
>;

export interface OrderFill {
  /** The idempotency key of a fill. */
  readonly venueTradeId: string;
  readonly quantity: DecimalText;
  readonly price: DecimalText;
  readonly feeAmount: DecimalText;
  readonly feeCurrency: Currency;
  readonly liquidity: 'maker' | 'taker';
  readonly filledAtMs: UnixMs;
  /** All fills so far, this one included. */
  readonly filledQuantity: DecimalText;
  readonly remainingQuantity: DecimalText;
}

/** The venue traded part of the order; one event per `venueTradeId`. Source: venue execution report. */
export type OrderPartiallyFilled = DomainEvent<'OrderPartiallyFilled', 1, OrderStamp & OrderFill>;

/** The venue traded what was left of the order. Source: venue execution report. */
export type OrderFilled = DomainEvent<'OrderFilled', 1, OrderStamp & OrderFill>;

/** We asked the venue to take the order back: its time to fill has run out. */
export type OrderCancelRequested = DomainEvent<
  'OrderCancelRequested',
  1,
  OrderStamp & { readonly reason: 'unfilled-in-time' }
>;

/** The venue says that the order ended with a rest unfilled. */
export type OrderCancelled = DomainEvent<
  'OrderCancelled',
  1,
  OrderStamp & { readonly remainingQuantity: DecimalText; readonly reason: string }
>;

/** The venue reported a fill that does not fit the order. Kept for reconciliation; moves no position. */
export type FillDisputed = DomainEvent<
  'FillDisputed',
  1,
  OrderStamp & {
    readonly venueTradeId: string;
    readonly quantity: DecimalText;
    readonly price: DecimalText;
    readonly remainingQuantity: DecimalText;
  }
>;

export type OrderEvent =
  | OrderPlaced
  | OrderAcked
  | OrderRejected
  | OrderUnknown
  | OrderPartiallyFilled
  | OrderFilled
  | OrderCancelRequested
  | OrderCancelled
  | FillDisputed;
