import { add, decimal, formatDecimal, isZero, multiply } from '../../src/domain/kernel/decimal.js';
import { invariant, unreachable } from '../../src/domain/kernel/assert.js';
import type {
  AccountMode,
  Currency,
  DecimalText,
  OrderId,
  OrderSide,
} from '../../src/domain/kernel/units.js';
import type { OrderEvent, OrderFill, OrderPlaced } from '../../src/domain/order/order.events.js';
import { isoTime } from '../projection.js';
import type { Projection } from '../projection.js';

export type OrderStatus =
  | 'placed'
  | 'acked'
  | 'unknown'
  | 'partially-filled'
  | 'filled'
  | 'rejected'
  | 'denied'
  | 'cancelled'
  | 'expired';

export interface FillEntry {
  readonly venueTradeId: string;
  readonly quantity: DecimalText;
  readonly price: DecimalText;
  readonly feeAmount: DecimalText;
  readonly feeCurrency: Currency;
  readonly liquidity: 'maker' | 'taker';
  readonly filledAt: string;
}

/**
 * Answers: which orders did we decide on, and what does the venue say of each?
 * Read by: the API's orders; an order that is not settled counts as exiting in coverage.
 */
export interface OrderRow {
  readonly orderId: OrderId;
  /** Whose exit it is; null for an entry. */
  readonly stopId: string | null;
  readonly accountId: string;
  readonly instrumentId: string;
  readonly positionId: string;
  readonly mode: AccountMode;
  readonly side: OrderSide;
  readonly type: string;
  readonly limitPrice: DecimalText | null;
  /** Of a stop order: it rests at the venue until this price trades. */
  readonly stopPrice: DecimalText | null;
  /** Of the limit order that rests at the venue with a stop, as one order. */
  readonly targetPrice: DecimalText | null;
  readonly timeInForce: string | null;
  readonly reduceOnly: boolean;
  /** Number and try of the exit; null for an entry. */
  readonly ordinal: number | null;
  readonly attempt: number | null;
  readonly status: OrderStatus;
  readonly quantity: DecimalText;
  readonly filledQuantity: DecimalText;
  readonly remainingQuantity: DecimalText;
  /** Sum of price x quantity of the fills: the average price without a rounding. */
  readonly filledValue: DecimalText;
  /** Price of the newest fill. */
  readonly lastFillPrice: DecimalText | null;
  readonly fills: readonly FillEntry[];
  readonly disputedFills: number;
  readonly venueOrderId: string | null;
  /** The venue's reason, or what was unclear. */
  readonly reason: string | null;
  readonly revision: number;
  readonly placedAt: string;
  readonly ackedAt: string | null;
  readonly endedAt: string | null;
  readonly updatedAt: string;
}

export const orders: Projection<OrderEvent, OrderRow> = {
  name: 'orders',
  version: 7,
  key: 'orderId',
  consumes: {
    OrderPlaced: true,
    OrderAcked: true,
    OrderRejected: true,
    OrderDenied: true,
    OrderUnknown: true,
    OrderPartiallyFilled: true,
    OrderFilled: true,
    OrderCancelRequested: true,
    OrderCancelled: true,
    OrderExpired: true,
    FillDisputed: true,
  },
  keyOf: (recorded) => recorded.event.data.orderId,
  evolve: (row, { event, revision }) => {
    if (event.type === 'OrderPlaced') return placed(event, revision);
    invariant(row !== undefined, `an order is placed before anything else, found ${event.type}`);
    return { ...changed(row, event), revision, updatedAt: isoTime(event.data.at) };
  },
};

function placed({ data }: OrderPlaced, revision: number): OrderRow {
  return {
    orderId: data.orderId,
    stopId: data.stopId,
    accountId: data.accountId,
    instrumentId: data.instrumentId,
    positionId: data.positionId,
    mode: data.mode,
    side: data.side,
    type: data.type,
    limitPrice: data.limitPrice ?? null,
    stopPrice: data.stopPrice ?? null,
    targetPrice: (data.reduceOnly ? data.targetPrice : undefined) ?? null,
    timeInForce: data.timeInForce ?? null,
    reduceOnly: data.reduceOnly,
    ordinal: data.reduceOnly ? data.ordinal : null,
    attempt: data.reduceOnly ? data.attempt : null,
    status: 'placed',
    quantity: data.quantity,
    filledQuantity: '0' as DecimalText,
    remainingQuantity: data.quantity,
    filledValue: '0' as DecimalText,
    lastFillPrice: null,
    fills: [],
    disputedFills: 0,
    venueOrderId: null,
    reason: null,
    revision,
    placedAt: isoTime(data.at),
    ackedAt: null,
    endedAt: null,
    updatedAt: isoTime(data.at),
  };
}

function changed(row: OrderRow, event: OrderEvent): OrderRow {
  switch (event.type) {
    case 'OrderPlaced':
      return row;
    case 'OrderAcked':
      return {
        ...row,
        // A fill may be reported before the acknowledgement; it says more.
        status: isOpenWithoutFill(row) ? 'acked' : row.status,
        venueOrderId: event.data.venueOrderId,
        reason: null,
        ackedAt: isoTime(event.data.at),
      };
    case 'OrderRejected':
      return {
        ...row,
        status: 'rejected',
        reason: `${event.data.reason}: ${event.data.venueText}`,
        endedAt: isoTime(event.data.at),
      };
    case 'OrderDenied':
      return {
        ...row,
        status: 'denied',
        reason: `${event.data.reason}: ${event.data.rule}`,
        endedAt: isoTime(event.data.at),
      };
    case 'OrderUnknown':
      return {
        ...row,
        status: isOpenWithoutFill(row) ? 'unknown' : row.status,
        reason: event.data.unclear,
      };
    case 'OrderPartiallyFilled':
      return { ...filled(row, event.data), status: 'partially-filled' };
    case 'OrderFilled':
      return { ...filled(row, event.data), status: 'filled', endedAt: isoTime(event.data.at) };
    case 'OrderCancelRequested':
      return { ...row, reason: event.data.reason };
    case 'OrderCancelled':
    case 'OrderExpired':
      return {
        ...row,
        status: event.type === 'OrderCancelled' ? 'cancelled' : 'expired',
        remainingQuantity: event.data.remainingQuantity,
        reason: event.data.reason,
        endedAt: isoTime(event.data.at),
      };
    case 'FillDisputed':
      return { ...row, disputedFills: row.disputedFills + 1 };
    default:
      return unreachable(event);
  }
}

function isOpenWithoutFill(row: OrderRow): boolean {
  return row.endedAt === null && isZero(decimal(row.filledQuantity));
}

function filled(row: OrderRow, fill: OrderFill): OrderRow {
  const value = multiply(decimal(fill.price), decimal(fill.quantity));
  return {
    ...row,
    filledQuantity: fill.filledQuantity,
    remainingQuantity: fill.remainingQuantity,
    filledValue: formatDecimal(add(decimal(row.filledValue), value)),
    lastFillPrice: fill.price,
    reason: null,
    fills: [
      ...row.fills,
      {
        venueTradeId: fill.venueTradeId,
        quantity: fill.quantity,
        price: fill.price,
        feeAmount: fill.feeAmount,
        feeCurrency: fill.feeCurrency,
        liquidity: fill.liquidity,
        filledAt: isoTime(fill.filledAtMs),
      },
    ],
  };
}
