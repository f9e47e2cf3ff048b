import {
  canonical,
  decimal,
  isPositive,
  isZero,
  parseDecimal,
} from '../../domain/kernel/decimal.js';
import type { DecimalText } from '../../domain/kernel/units.js';
import type { ReportedFill } from '../../domain/order/order-state.js';
import type { OrderTerms } from '../../domain/order/order-terms.js';
import type { VenueOrder, VenueOrderStatus } from '../../application/ports/broker.port.js';
import type { Funds, OrderRow, PositionRow, TradeRow } from './openalgo.messages.js';

// Pure: wire → rows. A list with one row that cannot be read is not read at all (undefined): half a book is no book.

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields | undefined {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as Fields) : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Decimal text of a number or a numeric string. Floats come as they were printed: `1186.0`. */
function number(value: unknown): DecimalText | undefined {
  const given = text(value);
  return given !== undefined && parseDecimal(given) ? canonical(given) : undefined;
}

function rowsOf<Row>(list: unknown, read: (fields: Fields) => Row | undefined): Row[] | undefined {
  if (!Array.isArray(list)) return undefined;
  const rows = list.map((one) => {
    const fields = fieldsOf(one);
    return fields && read(fields);
  });
  return rows.some((row) => row === undefined) ? undefined : (rows as Row[]);
}

function sideOf(value: unknown): 'BUY' | 'SELL' | undefined {
  const side = text(value)?.toUpperCase();
  return side === 'BUY' || side === 'SELL' ? side : undefined;
}

export function parseOrderRow(row: Fields): OrderRow | undefined {
  const [orderid, symbol, exchange] = [
    text(row['orderid']),
    text(row['symbol']),
    text(row['exchange']),
  ];
  const [action, quantity] = [sideOf(row['action']), number(row['quantity'])];
  const order_status = text(row['order_status'])?.toLowerCase();
  if (!orderid || !symbol || !exchange || !action || !quantity || !order_status) return undefined;
  return {
    orderid,
    symbol,
    exchange,
    action,
    quantity,
    order_status,
    price: number(row['price']) ?? '0',
    trigger_price: number(row['trigger_price']) ?? '0',
    pricetype: text(row['pricetype'])?.toUpperCase() ?? '',
    product: text(row['product'])?.toUpperCase() ?? '',
    timestamp: text(row['timestamp']) ?? '',
  };
}

/** `data` is `{orders: [...]}`; a broker without any orders may make it an empty list or object. */
export function parseOrderBook(data: unknown): OrderRow[] | undefined {
  const fields = fieldsOf(data);
  const list = fields
    ? (fields['orders'] ?? (Object.keys(fields).length === 0 ? [] : undefined))
    : data;
  return rowsOf(list, parseOrderRow);
}

export function parseTradeBook(data: unknown): TradeRow[] | undefined {
  return rowsOf(data, (row) => {
    const [orderid, symbol, exchange] = [
      text(row['orderid']),
      text(row['symbol']),
      text(row['exchange']),
    ];
    const [action, quantity] = [sideOf(row['action']), number(row['quantity'])];
    const average_price = number(row['average_price']);
    if (!orderid || !symbol || !exchange || !action || !quantity || !average_price)
      return undefined;
    const timestamp = text(row['timestamp']) ?? '';
    return { orderid, symbol, exchange, action, quantity, average_price, timestamp };
  });
}

function parsePositionRow(row: Fields): PositionRow | undefined {
  const [symbol, exchange] = [text(row['symbol']), text(row['exchange'])];
  const [product, quantity] = [text(row['product'])?.toUpperCase(), number(row['quantity'])];
  if (!symbol || !exchange || !product || !quantity) return undefined;
  return { symbol, exchange, product, quantity, average_price: number(row['average_price']) };
}

export function parsePositionBook(data: unknown): PositionRow[] | undefined {
  return rowsOf(data, parsePositionRow);
}

export function parseHoldings(data: unknown): PositionRow[] | undefined {
  return rowsOf(fieldsOf(data)?.['holdings'], parsePositionRow);
}

export function parseFunds(data: unknown): Funds | undefined {
  const row = fieldsOf(data);
  const [availablecash, collateral] = [number(row?.['availablecash']), number(row?.['collateral'])];
  const [m2mrealized, m2munrealized] = [
    number(row?.['m2mrealized']),
    number(row?.['m2munrealized']),
  ];
  const utiliseddebits = number(row?.['utiliseddebits']);
  if (!availablecash || !collateral || !m2mrealized || !m2munrealized || !utiliseddebits)
    return undefined;
  return { availablecash, collateral, m2mrealized, m2munrealized, utiliseddebits };
}

/** A word that is not known is no end: the order may still trade. */
export function statusOf(row: OrderRow): VenueOrderStatus {
  switch (row.order_status) {
    case 'complete':
      return 'filled';
    case 'rejected':
      return 'rejected';
    case 'cancelled':
    case 'canceled':
      return 'cancelled';
    case 'expired':
      return 'expired';
    default:
      return 'open';
  }
}

/** OpenAlgo's names of an order's terms. The day is its only time in force. */
export function wireTerms(terms: OrderTerms) {
  switch (terms.type) {
    case 'market':
      return { pricetype: 'MARKET', price: '0', trigger_price: '0' };
    case 'limit':
      return { pricetype: 'LIMIT', price: terms.limitPrice, trigger_price: '0' };
    case 'stop':
      return terms.limitPrice === undefined
        ? { pricetype: 'SL-M', price: '0', trigger_price: terms.stopPrice }
        : { pricetype: 'SL', price: terms.limitPrice, trigger_price: terms.stopPrice };
  }
}

/**
 * Fills of one order. The venue numbers no trades: a trade is known by what it says, and by how many say the same, so that
 * neither the order of the rows nor a restart makes it another. Rows of no quantity (some brokers send them) say nothing.
 */
export function fillsOf(rows: readonly TradeRow[], terms: FillTerms): ReportedFill[] {
  const seen = new Map<string, number>();
  return rows
    .filter(
      ({ quantity, average_price }) =>
        !isZero(decimal(quantity)) && isPositive(decimal(average_price)),
    )
    .map((row) => {
      const said = `${row.orderid}-${row.timestamp}-${row.quantity}@${row.average_price}`;
      const nth = (seen.get(said) ?? 0) + 1;
      seen.set(said, nth);
      return {
        venueTradeId: `${said}-${nth}`,
        quantity: canonical(row.quantity),
        price: canonical(row.average_price),
        feeAmount: '0' as DecimalText,
        feeCurrency: terms.feeCurrency,
        liquidity: 'taker',
        filledAtMs: timeOf(row.timestamp, terms.nowMs),
      };
    });
}

export interface FillTerms {
  readonly feeCurrency: string;
  readonly nowMs: number;
}

const INDIA_AHEAD_MS = 330 * 60_000;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

const DAY_MS = 24 * 3_600_000;

/**
 * `28-Aug-2025 09:59:10` or `13:58:03`, both in India's time. The latter is of today, or of yesterday where that would lie
 * far ahead: just after midnight the last trades of the evening are no trades of tomorrow. Anything else is taken for now.
 */
export function timeOf(stamp: string, nowMs: number): number {
  const full = /^(\d{2})-([A-Za-z]{3})-(\d{4}) (\d{2}):(\d{2}):(\d{2})$/.exec(stamp);
  if (full) {
    const [, day, month = '', year, hour, minute, second] = full;
    const at = MONTHS.indexOf(month.toLowerCase());
    if (at < 0) return nowMs;
    return Date.UTC(+year!, at, +day!, +hour!, +minute!, +second!) - INDIA_AHEAD_MS;
  }
  const short = /^(\d{2}):(\d{2}):(\d{2})$/.exec(stamp);
  if (!short) return nowMs;
  const [, hour, minute, second] = short;
  const today = new Date(nowMs + INDIA_AHEAD_MS);
  const midnight = Date.UTC(today.getUTCFullYear(), today.getUTCMonth(), today.getUTCDate());
  const ofToday = midnight + ((+hour! * 60 + +minute!) * 60 + +second!) * 1_000 - INDIA_AHEAD_MS;
  return ofToday > nowMs + DAY_MS / 2 ? ofToday - DAY_MS : ofToday;
}

/** Whether India's day of then is over. Its orders are over with it, but those of crypto, which trades on. */
export function isOfOlderDay(instrumentId: string, sentAtMs: number, nowMs: number): boolean {
  const dayOf = (ms: number) => Math.floor((ms + INDIA_AHEAD_MS) / DAY_MS);
  return !instrumentId.startsWith('CRYPTO:') && dayOf(sentAtMs) < dayOf(nowMs);
}

export function shown(row: OrderRow, orderId: string | undefined): VenueOrder {
  const isStop = row.pricetype.startsWith('SL');
  return {
    orderId,
    venueOrderId: row.orderid,
    instrumentId: `${row.exchange}:${row.symbol}`,
    side: row.action === 'BUY' ? 'buy' : 'sell',
    quantity: canonical(row.quantity),
    filledQuantity: undefined,
    type: isStop ? 'stop' : row.pricetype === 'LIMIT' ? 'limit' : 'market',
    limitPrice:
      row.pricetype === 'LIMIT' || row.pricetype === 'SL' ? canonical(row.price) : undefined,
    stopPrice: isStop ? canonical(row.trigger_price) : undefined,
    reduceOnly: undefined,
  };
}
