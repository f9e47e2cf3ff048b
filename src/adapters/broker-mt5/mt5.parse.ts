import {
  canonical,
  decimal,
  formatDecimal,
  negate,
  parseDecimal,
} from '../../domain/kernel/decimal.js';
import type { DecimalText } from '../../domain/kernel/units.js';
import type { ReportedFill } from '../../domain/order/order-state.js';
import type { OrderTerms } from '../../domain/order/order-terms.js';
import type {
  OrderTicket,
  VenueOrder,
  VenueOrderStatus,
} from '../../application/ports/broker.port.js';
import type {
  DealRow,
  OrderRow,
  PositionRow,
  SymbolTerms,
  TradeReply,
  TradeRequest,
} from './mt5.messages.js';

// Pure: wire → rows. A list with one row that cannot be read is not read at all (undefined): half a book is no book.

export type Fields = Readonly<Record<string, unknown>>;

export function fieldsOf(value: unknown): Fields | undefined {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as Fields) : undefined;
}

export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function number(value: unknown): DecimalText | undefined {
  const given = text(value);
  return given !== undefined && parseDecimal(given) ? canonical(given) : undefined;
}

function time(value: unknown): number | undefined {
  const ms = Date.parse(text(value) ?? '');
  return Number.isNaN(ms) ? undefined : ms;
}

export function rowsOf<Row>(
  list: unknown,
  read: (fields: Fields) => Row | undefined,
): Row[] | undefined {
  if (!Array.isArray(list)) return undefined;
  const rows = list.map((one) => {
    const fields = fieldsOf(one);
    return fields && read(fields);
  });
  return rows.some((row) => row === undefined) ? undefined : (rows as Row[]);
}

/** A word that is not known is no end: the order may still trade. */
function statusOf(word: string): VenueOrderStatus {
  switch (word) {
    case 'ORDER_STATE_FILLED':
      return 'filled';
    case 'ORDER_STATE_CANCELED':
      return 'cancelled';
    case 'ORDER_STATE_REJECTED':
      return 'rejected';
    case 'ORDER_STATE_EXPIRED':
      return 'expired';
    default:
      return 'open';
  }
}

export function parseOrder(row: Fields): OrderRow | undefined {
  const [id, symbol, type] = [text(row['id']), text(row['symbol']), text(row['type'])];
  const [state, timeMs] = [text(row['state']), time(row['time'])];
  const [volume, currentVolume] = [number(row['volume']), number(row['currentVolume'])];
  if (!id || !symbol || !type || !state || timeMs === undefined) return undefined;
  if (!volume || !currentVolume) return undefined;
  return {
    id,
    symbol,
    type,
    volume,
    currentVolume,
    timeMs,
    status: statusOf(state),
    clientId: text(row['clientId']),
    openPrice: number(row['openPrice']),
    stopLimitPrice: number(row['stopLimitPrice']),
  };
}

/** Undefined: no trade of a symbol, such as a deposit. */
export function parseDeal(row: Fields): DealRow | 'no-trade' | undefined {
  const [id, type, timeMs] = [text(row['id']), text(row['type']), time(row['time'])];
  if (!id || !type || timeMs === undefined) return undefined;
  if (type !== 'DEAL_TYPE_BUY' && type !== 'DEAL_TYPE_SELL') return 'no-trade';
  const [orderId, symbol] = [text(row['orderId']), text(row['symbol'])];
  const [volume, price] = [number(row['volume']), number(row['price'])];
  if (!orderId || !symbol || !volume || !price) return undefined;
  return {
    id,
    orderId,
    symbol,
    volume,
    price,
    timeMs,
    clientId: text(row['clientId']),
    side: type === 'DEAL_TYPE_BUY' ? 'buy' : 'sell',
    commission: formatDecimal(negate(decimal(number(row['commission']) ?? '0'))),
  };
}

export function parseDeals(list: unknown): DealRow[] | undefined {
  const rows = rowsOf(list, parseDeal);
  return rows?.filter((row): row is DealRow => row !== 'no-trade');
}

export function parsePosition(row: Fields): PositionRow | undefined {
  const [id, symbol, type] = [text(row['id']), text(row['symbol']), text(row['type'])];
  const [volume, openPrice] = [number(row['volume']), number(row['openPrice'])];
  if (!id || !symbol || !volume || !openPrice) return undefined;
  if (type !== 'POSITION_TYPE_BUY' && type !== 'POSITION_TYPE_SELL') return undefined;
  return { id, symbol, volume, openPrice, side: type === 'POSITION_TYPE_BUY' ? 'long' : 'short' };
}

export function parseSymbol(value: unknown): SymbolTerms | undefined {
  const row = fieldsOf(value);
  const [volumeStep, minVolume] = [number(row?.['volumeStep']), number(row?.['minVolume'])];
  const maxVolume = number(row?.['maxVolume']);
  if (!volumeStep || !minVolume || !maxVolume) return undefined;
  return { volumeStep, minVolume, maxVolume, tickSize: number(row?.['tickSize']) };
}

/** True where an account keeps positions of both sides apart. */
export function parseHedging(value: unknown): boolean | undefined {
  const mode = text(fieldsOf(value)?.['marginMode']);
  return mode === undefined ? undefined : mode.endsWith('HEDGING');
}

export function parseReply(value: unknown): TradeReply | undefined {
  const row = fieldsOf(value);
  const numericCode = Number(text(row?.['numericCode']) ?? NaN);
  if (!Number.isInteger(numericCode)) return undefined;
  return {
    numericCode,
    stringCode: text(row?.['stringCode']) ?? '',
    message: (text(row?.['message']) ?? '').slice(0, 500),
    orderId: text(row?.['orderId']),
  };
}

export function fillOf(deal: DealRow, feeCurrency: string): ReportedFill {
  return {
    venueTradeId: deal.id,
    quantity: deal.volume,
    price: deal.price,
    feeAmount: deal.commission,
    feeCurrency,
    liquidity: 'taker',
    filledAtMs: deal.timeMs,
  };
}

/** A new order as MetaTrader names it. `gtc` and the day are its times in force here. */
export function entryRequest(side: OrderTicket['side'], terms: OrderTerms): TradeRequest {
  const head = `ORDER_TYPE_${side === 'buy' ? 'BUY' : 'SELL'}`;
  const expiration = {
    type:
      terms.type !== 'market' && terms.timeInForce === 'day' ? 'ORDER_TIME_DAY' : 'ORDER_TIME_GTC',
  };
  switch (terms.type) {
    case 'market':
      return { actionType: head };
    case 'limit':
      return { actionType: `${head}_LIMIT`, openPrice: terms.limitPrice, expiration };
    case 'stop':
      return terms.limitPrice === undefined
        ? { actionType: `${head}_STOP`, openPrice: terms.stopPrice, expiration }
        : {
            actionType: `${head}_STOP_LIMIT`,
            openPrice: terms.stopPrice,
            stopLimitPrice: terms.limitPrice,
            expiration,
          };
  }
}

export function shown(row: OrderRow, venue: string, orderId: string | undefined): VenueOrder {
  const isStop = row.type.includes('_STOP');
  const isLimit = row.type.endsWith('_LIMIT');
  return {
    orderId,
    venueOrderId: row.id,
    instrumentId: `${venue}:${row.symbol}`,
    side: row.type.startsWith('ORDER_TYPE_BUY') ? 'buy' : 'sell',
    quantity: row.volume,
    filledQuantity: undefined,
    type: isStop ? 'stop' : isLimit ? 'limit' : 'market',
    limitPrice: isStop ? row.stopLimitPrice : isLimit ? row.openPrice : undefined,
    stopPrice: isStop ? row.openPrice : undefined,
    reduceOnly: undefined,
  };
}
