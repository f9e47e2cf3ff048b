import type { DomainEvent, Stamp } from '../kernel/event.js';
import type { Currency, DecimalText, OrderId, OrderSide, StopId, UnixMs } from '../kernel/units.js';
import type { StopPlan } from '../stop/stop-plan.js';
import type { TimeInForce } from './order-terms.js';

interface OrderStamp extends Stamp {
  readonly orderId: OrderId;
  /** Whose exit the order is; null for an entry. */
  readonly stopId: StopId | null;
}

/**
 * We decided to send an exit; its deciding stop event is durable. A further attempt is decided here. Version 3 carries
 * terms that the exit policy of the plan asks for. Version 4 is the stop that rests at the venue behind the engine's own,
 * version 5 the same with the plan's target: the venue lets one of both trade.
 */
export type ExitPlaced = DomainEvent<
  'OrderPlaced',
  1 | 3 | 4 | 5,
  OrderStamp & {
    readonly stopId: StopId;
    readonly side: OrderSide;
    readonly quantity: DecimalText;
    readonly type: 'market' | 'limit' | 'stop';
    /** Of a limit order; of a stop: the limit that it becomes. */
    readonly limitPrice?: DecimalText;
    /** Of a stop. */
    readonly stopPrice?: DecimalText;
    /** Of a stop that rests at the venue: the limit order that rests with it. */
    readonly targetPrice?: DecimalText;
    /** It rests at the venue for the time when the engine is away. */
    readonly insures?: true;
    /** Missing: good till cancelled. */
    readonly timeInForce?: TimeInForce;
    /** The limit is a collar around the market, not the stop's own. */
    readonly isCollared?: true;
    readonly reduceOnly: true;
    readonly ordinal: number;
    readonly attempt: number;
  }
>;

/** We decided to send an entry: what it fills opens its position or adds to it. Source: command. */
export type EntryPlaced = DomainEvent<
  'OrderPlaced',
  2,
  OrderStamp & {
    readonly stopId: null;
    readonly side: OrderSide;
    readonly quantity: DecimalText;
    readonly type: 'market' | 'limit' | 'stop';
    /** Of a limit order; of a stop order: the limit that it becomes. */
    readonly limitPrice?: DecimalText;
    /** Of a stop order: it rests at the venue until this price trades. */
    readonly stopPrice?: DecimalText;
    /** Missing: good till cancelled. */
    readonly timeInForce?: TimeInForce;
    readonly reduceOnly: false;
    /** What guards each fill, settled whole; null: the newest armed stop of the position takes it on. */
    readonly protection: StopPlan | null;
  }
>;

export type OrderPlaced = ExitPlaced | EntryPlaced;

/** We ourselves kept the order back after it was decided: it never left. */
export type OrderDenied = DomainEvent<
  'OrderDenied',
  1,
  OrderStamp & { readonly reason: string; readonly rule: string }
>;

/** The venue has the order. Source: submit reply, report or look-up. */
export type OrderAcked = DomainEvent<
  'OrderAcked',
  1,
  OrderStamp & { readonly venueOrderId: string; readonly venueTimeMs: UnixMs }
>;

/** The venue itself refused this very order. `reason` is a `RefusalKind`; events from before hold other words. */
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

/** Why an order is taken back: its time to fill ran out, somebody asked, its position leaves, its account was
 * stopped, it rests in the wrong place. */
export type CancelReason =
  'unfilled-in-time' | 'requested' | 'position-leaving' | 'killed' | 'moved';

/** We asked the venue to take the order back. */
export type OrderCancelRequested = DomainEvent<
  'OrderCancelRequested',
  1,
  OrderStamp & { readonly reason: CancelReason }
>;

/** The venue says that the order ended with a rest unfilled. */
export type OrderCancelled = DomainEvent<
  'OrderCancelled',
  1,
  OrderStamp & { readonly remainingQuantity: DecimalText; readonly reason: string }
>;

/** The order's time at the venue ran out with a rest unfilled. */
export type OrderExpired = DomainEvent<
  'OrderExpired',
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
  | OrderDenied
  | OrderAcked
  | OrderRejected
  | OrderUnknown
  | OrderPartiallyFilled
  | OrderFilled
  | OrderCancelRequested
  | OrderCancelled
  | OrderExpired
  | FillDisputed;
