import type { Fold } from '../kernel/decider.js';
import { ZERO, add, compare, decimal, formatDecimal, isZero, subtract } from '../kernel/decimal.js';
import type { Decimal } from '../kernel/decimal.js';
import type { Stamp } from '../kernel/event.js';
import type { DecimalText, OrderId, OrderSide, StopId, UnixMs } from '../kernel/units.js';
import type { StopPlan } from '../stop/stop-plan.js';
import type { TimeInForce } from './order-terms.js';
import type {
  CancelReason,
  EntryPlaced,
  ExitPlaced,
  OrderEvent,
  OrderFill,
  OrderPlaced,
  OrderRejected,
} from './order.events.js';
import { isRefusalKind } from './refusal.js';

/**
 * sent → acked → filled | cancelled | expired; sent | unknown → rejected (by the venue) | denied (by us).
 * `unknown` means looked up before anything else is done.
 * A fill counts in every status: venues report fills before their acknowledgement and after a cancellation.
 */
export type OrderStatus =
  'sent' | 'unknown' | 'acked' | 'filled' | 'rejected' | 'denied' | 'cancelled' | 'expired';

export interface KnownOrder {
  readonly status: OrderStatus;
  readonly orderId: OrderId;
  /** Whose exit it is; null for an entry. */
  readonly stopId: StopId | null;
  readonly stamp: Stamp;
  readonly side: OrderSide;
  readonly quantity: DecimalText;
  readonly type: 'market' | 'limit' | 'stop';
  readonly limitPrice?: DecimalText;
  readonly stopPrice?: DecimalText;
  /** Of a limit order that rests at the venue together with it. */
  readonly targetPrice?: DecimalText;
  readonly timeInForce?: TimeInForce;
  /** Of a limit exit: its price is a collar around the market, not the stop's own limit. */
  readonly isCollared?: true;
  /** It rests at the venue for the time when the engine is away. */
  readonly insures?: true;
  /** Of an exit; 0 for an entry. */
  readonly ordinal: number;
  readonly attempt: number;
  /** What guards each fill of an entry. */
  readonly protection: StopPlan | null;
  readonly isCancelRequested: boolean;
  /** Why we wanted it back, and since when. */
  readonly cancelReason?: CancelReason;
  readonly wantedBackAtMs?: UnixMs;
  /** Of one that was rejected or denied: a `RefusalKind`, or the word of our own guard. */
  readonly refusal?: string;
  /** When it was settled; 0 before. */
  readonly endedAtMs: UnixMs;
  readonly filledQuantity: DecimalText;
  readonly fills: readonly OrderFill[];
  /** Venue trade ids of reported fills that did not fit: told once, however often the venue shows them. */
  readonly disputed?: readonly string[];
}

/** An order that a stop decided: it may only take from its position. */
export type KnownExit = KnownOrder & { readonly stopId: StopId };

export type OrderState = { readonly status: 'absent' } | KnownOrder;

const OPEN: ReadonlySet<OrderStatus> = new Set(['sent', 'unknown', 'acked']);

/** Settled orders need nothing more from the venue. */
export function isSettled(order: Pick<KnownOrder, 'status'>): boolean {
  return !OPEN.has(order.status);
}

export function isExit(order: KnownOrder): order is KnownExit {
  return order.stopId !== null;
}

/** Of a stop that rests with a target: a piece of either has traded, so that the venue has ended the other. */
export function isSplitPair({
  targetPrice,
  fills,
}: Pick<KnownOrder, 'targetPrice' | 'fills'>): boolean {
  return targetPrice !== undefined && fills.length > 0;
}

export function quantityOf(fills: readonly Pick<ReportedFill, 'quantity'>[]): Decimal {
  return fills.map(({ quantity }) => decimal(quantity)).reduce(add, ZERO);
}

/** What a venue's report of a trade says. */
export interface ReportedFill {
  readonly venueTradeId: string;
  readonly quantity: DecimalText;
  readonly price: DecimalText;
  readonly feeAmount: DecimalText;
  readonly feeCurrency: string;
  readonly liquidity: 'maker' | 'taker';
  readonly filledAtMs: number;
}

export type FillVerdict =
  | { readonly kind: 'repeated' }
  | { readonly kind: 'disputed'; readonly remainingQuantity: DecimalText }
  | { readonly kind: 'partial' | 'complete'; readonly fill: OrderFill };

/** Judges a reported fill against the order: each venue trade id counts once, and never beyond the order's quantity. */
export function judgeFill(order: KnownOrder, reported: ReportedFill): FillVerdict {
  const isDisputed = order.disputed?.includes(reported.venueTradeId) === true;
  if (isDisputed || order.fills.some((fill) => fill.venueTradeId === reported.venueTradeId)) {
    return { kind: 'repeated' };
  }
  const remaining = subtract(decimal(order.quantity), decimal(order.filledQuantity));
  const quantity = decimal(reported.quantity);
  if (compare(quantity, remaining) > 0 || compare(quantity, ZERO) <= 0) {
    return { kind: 'disputed', remainingQuantity: formatDecimal(remaining) };
  }
  const rest = subtract(remaining, quantity);
  const fill: OrderFill = {
    ...reported,
    filledQuantity: formatDecimal(add(decimal(order.filledQuantity), quantity)),
    remainingQuantity: formatDecimal(rest),
  };
  return { kind: isZero(rest) ? 'complete' : 'partial', fill };
}

function evolve(before: OrderState, event: OrderEvent): OrderState {
  if (event.type === 'OrderPlaced') return placed(event.data);
  if (before.status === 'absent')
    throw new Error('Invariant: an order stream begins with OrderPlaced');
  switch (event.type) {
    case 'OrderAcked':
      return before.status === 'sent' || before.status === 'unknown'
        ? { ...before, status: 'acked' }
        : before;
    case 'OrderRejected':
      return { ...before, ...endOf(event), status: 'rejected', refusal: refusalIn(event.data) };
    case 'OrderDenied':
      return { ...before, ...endOf(event), status: 'denied', refusal: event.data.reason };
    case 'OrderUnknown':
      return before.status === 'sent' ? { ...before, status: 'unknown' } : before;
    case 'OrderPartiallyFilled':
    case 'OrderFilled':
      return {
        ...before,
        ...(event.type === 'OrderFilled' && { ...endOf(event), status: 'filled' }),
        filledQuantity: event.data.filledQuantity,
        fills: [...before.fills, event.data],
      };
    case 'OrderCancelRequested':
      return {
        ...before,
        isCancelRequested: true,
        ...{ cancelReason: event.data.reason, wantedBackAtMs: event.data.at },
      };
    case 'OrderCancelled':
      return { ...before, ...endOf(event), status: 'cancelled' };
    case 'OrderExpired':
      return { ...before, ...endOf(event), status: 'expired' };
    case 'FillDisputed':
      return { ...before, disputed: [...(before.disputed ?? []), event.data.venueTradeId] };
  }
}

function endOf({ data }: OrderEvent): Pick<KnownOrder, 'endedAtMs'> {
  return { endedAtMs: data.at };
}

/** Events from before refusals were sorted hold the adapters' own words. */
function refusalIn({ reason }: OrderRejected['data']): string {
  return isRefusalKind(reason) ? reason : 'unclassified';
}

function placed(data: OrderPlaced['data']): KnownOrder {
  const { accountId, instrumentId, instrumentVersion, positionId, mode, rules, input, at } = data;
  const { orderId, stopId, side, quantity, type, limitPrice } = data;
  return {
    status: 'sent',
    ...{ orderId, stopId, side, quantity, type },
    stamp: { accountId, instrumentId, instrumentVersion, positionId, mode, rules, input, at },
    ...(limitPrice !== undefined && { limitPrice }),
    ...(data.reduceOnly ? exitParts(data) : entryParts(data)),
    isCancelRequested: false,
    endedAtMs: 0,
    filledQuantity: '0' as DecimalText,
    fills: [],
  };
}

function exitParts(data: ExitPlaced['data']) {
  const { ordinal, attempt, timeInForce, isCollared, stopPrice, targetPrice, insures } = data;
  return {
    ...(stopPrice !== undefined && { stopPrice }),
    ...(targetPrice !== undefined && { targetPrice }),
    ...(insures && { insures }),
    ...(timeInForce !== undefined && { timeInForce }),
    ...(isCollared && { isCollared }),
    ...{ ordinal, attempt, protection: null },
  };
}

function entryParts({ stopPrice, timeInForce, protection }: EntryPlaced['data']) {
  return {
    ...(stopPrice !== undefined && { stopPrice }),
    ...(timeInForce !== undefined && { timeInForce }),
    ...{ ordinal: 0, attempt: 1, protection },
  };
}

export const orderFold: Fold<OrderState, OrderEvent> = {
  initialState: { status: 'absent' },
  evolve,
};
