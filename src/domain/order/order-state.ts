import type { Fold } from '../kernel/decider.js';
import { ZERO, add, compare, decimal, formatDecimal, isZero, subtract } from '../kernel/decimal.js';
import type { Stamp } from '../kernel/event.js';
import type { DecimalText, OrderId, OrderSide, StopId } from '../kernel/units.js';
import type { OrderEvent, OrderFill } from './order.events.js';

/**
 * sent → acked → filled; sent | unknown → rejected. `unknown` means looked up before anything else is done.
 * A fill counts in every status: venues report fills before their acknowledgement and after a cancellation.
 */
export type OrderStatus = 'sent' | 'unknown' | 'acked' | 'filled' | 'rejected' | 'cancelled';

export interface KnownOrder {
  readonly status: OrderStatus;
  readonly orderId: OrderId;
  readonly stopId: StopId;
  readonly stamp: Stamp;
  readonly side: OrderSide;
  readonly quantity: DecimalText;
  readonly type: 'market' | 'limit';
  readonly limitPrice?: DecimalText;
  readonly ordinal: number;
  readonly attempt: number;
  readonly isCancelRequested: boolean;
  readonly filledQuantity: DecimalText;
  readonly fills: readonly OrderFill[];
}

export type OrderState = { readonly status: 'absent' } | KnownOrder;

/** Settled orders need nothing more from the venue. */
export function isSettled(order: KnownOrder): boolean {
  return order.status === 'filled' || order.status === 'rejected' || order.status === 'cancelled';
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
  if (order.fills.some((fill) => fill.venueTradeId === reported.venueTradeId)) {
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
      return { ...before, status: 'rejected' };
    case 'OrderUnknown':
      return before.status === 'sent' ? { ...before, status: 'unknown' } : before;
    case 'OrderPartiallyFilled':
    case 'OrderFilled':
      return {
        ...before,
        status: event.type === 'OrderFilled' ? 'filled' : before.status,
        filledQuantity: event.data.filledQuantity,
        fills: [...before.fills, event.data],
      };
    case 'OrderCancelRequested':
      return { ...before, isCancelRequested: true };
    case 'OrderCancelled':
      return { ...before, status: 'cancelled' };
    case 'FillDisputed':
      return before;
  }
}

function placed(data: (OrderEvent & { type: 'OrderPlaced' })['data']): KnownOrder {
  const { accountId, instrumentId, instrumentVersion, positionId, mode, rules, input, at } = data;
  return {
    status: 'sent',
    orderId: data.orderId,
    stopId: data.stopId,
    stamp: { accountId, instrumentId, instrumentVersion, positionId, mode, rules, input, at },
    side: data.side,
    quantity: data.quantity,
    type: data.type,
    ...(data.limitPrice !== undefined && { limitPrice: data.limitPrice }),
    ordinal: data.ordinal,
    attempt: data.attempt,
    isCancelRequested: false,
    filledQuantity: '0' as DecimalText,
    fills: [],
  };
}

export const orderFold: Fold<OrderState, OrderEvent> = {
  initialState: { status: 'absent' },
  evolve,
};
