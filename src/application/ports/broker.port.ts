import type { ReportedFill } from '../../domain/order/order-state.js';
import type { TimeInForce } from '../../domain/order/order-terms.js';
import type { RefusalKind } from '../../domain/order/refusal.js';
import type {
  AccountId,
  DecimalText,
  InstrumentId,
  OrderId,
  OrderSide,
  UnixMs,
} from '../../domain/kernel/units.js';

/** An order as it leaves the house. `orderId` is the client order id: at most 32 of `[A-Za-z0-9_-]`. */
export interface OrderTicket {
  readonly orderId: OrderId;
  readonly accountId: AccountId;
  readonly instrumentId: InstrumentId;
  readonly side: OrderSide;
  readonly quantity: DecimalText;
  readonly type: 'market' | 'limit' | 'stop';
  /** Of a limit order; of a stop order: the limit that it becomes. */
  readonly limitPrice?: DecimalText | undefined;
  /** Of a stop order: it rests at the venue until this price trades. */
  readonly stopPrice?: DecimalText | undefined;
  /** Of a stop order: a limit order at this price rests with it, and what the one sells the other does not. */
  readonly targetPrice?: DecimalText | undefined;
  /** Missing: good till cancelled. */
  readonly timeInForce?: TimeInForce | undefined;
  /** An exit: it may take from the position and never add to it or turn it round. */
  readonly reduceOnly: boolean;
  /** A stop that only rests for the time when the engine is away: no exit, and less urgent than one. */
  readonly insures?: true | undefined;
}

/** Anything unclear: timeout, dropped socket, 5xx, throttling, unreadable reply. Never "no", never "flat". */
export interface Unknown {
  readonly kind: 'unknown';
  readonly cause: string;
  /** The venue's own word on when to come again. */
  readonly retryAfterMs?: number | undefined;
}

/** A guard of ours (reduce-only, lot, order value) kept the order back: nothing left. */
export interface Denied {
  readonly kind: 'denied';
  readonly reason: DenialReason;
  readonly rule: string;
}

export type DenialReason =
  | 'invalid-ticket'
  | 'nothing-to-reduce'
  /** What is open would be sold twice: an order that is not ours rests for it. */
  | 'locked-by-others'
  /** By our own book: something else has closed it meanwhile. */
  | 'position-closed'
  /** What is open is leaving by other exits of ours that are on their way. */
  | 'leaves-already'
  /** Less than the venue's smallest order. */
  | 'dust'
  /** More than its largest. */
  | 'too-large'
  | 'order-value'
  | 'wrong-mode'
  | 'no-broker';

/** The venue's own word about this very order: nothing is live there. */
export interface Refused {
  readonly kind: 'refused';
  readonly refusal: RefusalKind;
  readonly venueText: string;
}

/**
 * What we know once the call returns. After `refused` and `denied` nothing is live at the venue. All else (an id that the
 * venue knows already, too) is `unknown`: the order may be live, so it is looked up before anything else is done.
 */
export type SubmitOutcome =
  | {
      readonly kind: 'acknowledged';
      readonly venueOrderId: string;
      readonly venueTimeMs: UnixMs;
      /** What the venue took, where an exit was cut down to the open quantity. Missing: all of it. */
      readonly quantity?: DecimalText | undefined;
    }
  | Refused
  | Denied
  | Unknown;

/** `absent` is the venue's own word that it has no such order. */
export type LookUpOutcome =
  | {
      readonly kind: 'found';
      readonly venueOrderId: string;
      readonly venueTimeMs: UnixMs;
      readonly fills: readonly ReportedFill[];
    }
  | { readonly kind: 'absent' }
  | Unknown;

/** At most `permits` calls in any span of `perMs`, of which `reservedForExits` are for exits alone. */
export interface RateLimitTerms {
  readonly name: string;
  readonly permits: number;
  readonly perMs: number;
  readonly reservedForExits: number;
}

export interface FillReport {
  readonly orderId: OrderId;
  readonly fill: ReportedFill;
  /** Of an order that another engine has sent under this id, for more than ours. */
  readonly byOther?: true;
}

/**
 * What we know once a cancellation returns. `cancelled` is told after every fill that the order had; `ended` means that
 * the venue has nothing to take back: the order's fills say what became of it. All else is `unknown`.
 */
export type CancelOutcome =
  { readonly kind: 'cancelled'; readonly reason: string } | { readonly kind: 'ended' } | Unknown;

/** A venue as one account sees it. No call throws for what a venue or a network may do. */
export interface Broker {
  /** How long the venue may still take in an order that was sent: "absent" counts only after this. */
  readonly receiveWindowMs: number;
  /** A resting order locks what it may sell: an exit can only leave once it is cancelled. */
  readonly locksHoldings?: boolean;
  /** What rests goes on when the position is gone, and opens another: the venue never refuses, or cuts, both together. */
  readonly opensBeyond?: boolean;
  /** How the venue counts our calls. Missing: it does not. */
  readonly rateLimits?: readonly RateLimitTerms[];
  submit(ticket: OrderTicket): Promise<SubmitOutcome>;
  /** Takes an order back. The same order may be asked for more than once. */
  cancel(orderId: OrderId): Promise<CancelOutcome>;
  lookUpByClientOrderId(orderId: OrderId): Promise<LookUpOutcome>;
  /** Calls back for every fill from here on; a fill may be told more than once. */
  onFill(handler: (report: FillReport) => void): void;
  close(): Promise<void>;
}

export type VenueOrderStatus = 'open' | 'filled' | 'cancelled' | 'rejected' | 'expired';

/** `status` is the venue's; the fills are those that it could name, which may be fewer than there were. */
export type VenueLookUp =
  | (Extract<LookUpOutcome, { kind: 'found' }> & {
      readonly status: VenueOrderStatus;
      /** What the venue's order is of: less than ours where an exit was cut down. Missing: as much. */
      readonly quantity?: DecimalText | undefined;
    })
  | Exclude<LookUpOutcome, { kind: 'found' }>;

/** `refused`: the order rests as it was. */
export type AmendOutcome =
  | { readonly kind: 'amended' }
  | { readonly kind: 'ended' }
  | { readonly kind: 'refused'; readonly venueText: string }
  | Unknown;

/** An order that can still trade, as the venue shows it. */
export interface VenueOrder {
  /** Undefined: the venue keeps no id of ours with it, or it is none of our orders. */
  readonly orderId: OrderId | undefined;
  readonly venueOrderId: string;
  readonly instrumentId: InstrumentId;
  readonly side: OrderSide;
  readonly quantity: DecimalText;
  /** Undefined where the venue does not tell. */
  readonly filledQuantity: DecimalText | undefined;
  readonly type: 'market' | 'limit' | 'stop';
  readonly limitPrice: DecimalText | undefined;
  readonly stopPrice: DecimalText | undefined;
  /** Of the limit order that rests with a stop as one. */
  readonly targetPrice?: DecimalText | undefined;
  /** Undefined where the venue has no such flag. */
  readonly reduceOnly: boolean | undefined;
}

export type OpenOrdersOutcome =
  { readonly kind: 'known'; readonly orders: readonly VenueOrder[] } | Unknown;

/** `net` where the venue keeps one position an instrument; `long` and `short` where it keeps both apart. */
export interface VenuePosition {
  readonly instrumentId: InstrumentId;
  readonly book: 'net' | 'long' | 'short';
  /** Below zero when sold. */
  readonly quantity: DecimalText;
  readonly entryPrice: DecimalText | undefined;
}

/**
 * `known` is the venue's whole answer, read without a gap: an instrument that it does not name is flat. One row that
 * cannot be read makes all of it `unknown`.
 */
export type PositionsOutcome =
  { readonly kind: 'known'; readonly positions: readonly VenuePosition[] } | Unknown;

export interface VenueFill {
  readonly orderId: OrderId | undefined;
  readonly venueOrderId: string;
  readonly instrumentId: InstrumentId;
  readonly side: OrderSide;
  readonly fill: ReportedFill;
}

export type FillsOutcome =
  { readonly kind: 'known'; readonly fills: readonly VenueFill[] } | Unknown;

/** The order can trade no more. Says nothing of what it has filled: fills are told on their own. */
export interface OrderEndReport {
  readonly orderId: OrderId;
  readonly status: Exclude<VenueOrderStatus, 'open' | 'filled'>;
  readonly venueText: string;
}

/** What a resting order is to ask from now on, whole. */
export type OrderChange = Pick<
  OrderTicket,
  'quantity' | 'type' | 'limitPrice' | 'stopPrice' | 'timeInForce'
>;

/** Undefined: the venue gives none. */
export type AccountNameOutcome =
  { readonly kind: 'known'; readonly name: string | undefined } | Unknown;

/** A broker with its books: what reconciliation, venue insurance and escalation ask for. Every adapter is one. */
export interface VenueBroker extends Broker {
  lookUpByClientOrderId(orderId: OrderId): Promise<VenueLookUp>;
  /** Changes a resting order in place. Missing: the venue cannot; it is cancelled and placed anew. */
  amend?(orderId: OrderId, asked: OrderChange): Promise<AmendOutcome>;
  /** By what name or number the venue knows the account that our key opens. Missing: it tells nothing of it. */
  accountName?(): Promise<AccountNameOutcome>;
  openOrders(): Promise<OpenOrdersOutcome>;
  positions(): Promise<PositionsOutcome>;
  /** Fills of this instrument since then, each once, oldest first. */
  fills(instrumentId: InstrumentId, sinceMs: UnixMs): Promise<FillsOutcome>;
  /** Calls back when an order ended without being filled whole; may be told more than once. */
  onOrderEnd(handler: (report: OrderEndReport) => void): void;
}
