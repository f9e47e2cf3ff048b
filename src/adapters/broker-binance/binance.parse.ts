import { canonical, isPositive, decimal, parseDecimal } from '../../domain/kernel/decimal.js';
import type { DecimalText } from '../../domain/kernel/units.js';
import type { ReportedFill } from '../../domain/order/order-state.js';
import type { VenueOrderStatus } from '../../application/ports/broker.port.js';
import type {
  AlgoRow,
  Balance,
  ExchangeInfo,
  OrderRow,
  PositionRow,
  SymbolFilters,
  TradeRow,
} from './binance.messages.js';

// Pure: wire → rows. A list with one row that cannot be read is not read at all (undefined): half a book is no book.

const NOUGHT = '0' as DecimalText;

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

function above0(value: unknown): DecimalText | undefined {
  const given = number(value);
  return given !== undefined && isPositive(decimal(given)) ? given : undefined;
}

function time(value: unknown): number | undefined {
  const given = text(value);
  return given !== undefined && /^\d{1,15}$/.test(given) ? Number(given) : undefined;
}

/** Spot numbers lists from 0 and says -1 where there is none; futures say nothing of them. */
export function listIn(value: unknown): string | undefined {
  const given = text(value);
  return given === '-1' ? undefined : given;
}

function sideOf(value: unknown): 'BUY' | 'SELL' | undefined {
  return value === 'BUY' || value === 'SELL' ? value : undefined;
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
export function statusOf(word: unknown): VenueOrderStatus {
  switch (word) {
    case 'FILLED':
      return 'filled';
    case 'CANCELED':
      return 'cancelled';
    case 'REJECTED':
      return 'rejected';
    case 'EXPIRED':
    case 'EXPIRED_IN_MATCH':
      return 'expired';
    default:
      return 'open';
  }
}

export function parseOrder(row: Fields): OrderRow | undefined {
  const [symbol, orderId] = [text(row['symbol']), text(row['orderId'])];
  const [clientOrderId, side] = [text(row['clientOrderId']), sideOf(row['side'])];
  const [origQty, executedQty] = [number(row['origQty']), number(row['executedQty'])];
  const status = text(row['status']);
  if (!symbol || !orderId || clientOrderId === undefined || !side) return undefined;
  if (!origQty || !executedQty || !status) return undefined;
  return {
    symbol,
    orderId,
    clientOrderId,
    listId: listIn(row['orderListId']),
    side,
    origQty,
    executedQty,
    type: text(row['type']) ?? '',
    price: number(row['price']) ?? NOUGHT,
    stopPrice: number(row['stopPrice']) ?? NOUGHT,
    status: statusOf(status),
    reduceOnly: typeof row['reduceOnly'] === 'boolean' ? row['reduceOnly'] : undefined,
    timeMs: time(row['updateTime']) ?? time(row['transactTime']) ?? time(row['time']) ?? 0,
  };
}

export function parseAlgo(row: Fields): AlgoRow | undefined {
  const [symbol, algoId] = [text(row['symbol']), text(row['algoId'])];
  const [clientAlgoId, side] = [text(row['clientAlgoId']), sideOf(row['side'])];
  const [quantity, word] = [number(row['quantity']), text(row['algoStatus'])];
  const triggerPrice = number(row['triggerPrice']);
  if (!symbol || !algoId || !clientAlgoId || !side || !quantity || !word || !triggerPrice)
    return undefined;
  return {
    symbol,
    algoId,
    clientAlgoId,
    side,
    quantity,
    triggerPrice,
    price: number(row['price']) ?? NOUGHT,
    status: algoStatusOf(word),
    actualOrderId: above0(row['actualOrderId']),
    reduceOnly: row['reduceOnly'] === true,
    timeMs: time(row['updateTime']) ?? time(row['createTime']) ?? 0,
  };
}

/** Undefined: it was handed to the matching engine, whose order says what became of it. */
function algoStatusOf(word: string): VenueOrderStatus | undefined {
  return word === 'TRIGGERED' || word === 'FINISHED' ? undefined : statusOf(word);
}

/** Spot says who bought, USDⓈ-M names the side. */
export function parseTrade(row: Fields): TradeRow | undefined {
  const [id, orderId] = [text(row['id']), text(row['orderId'])];
  const [price, qty, timeMs] = [above0(row['price']), above0(row['qty']), time(row['time'])];
  const isBuyer = row['isBuyer'] ?? row['buyer'];
  const side =
    sideOf(row['side']) ?? (isBuyer === true ? 'BUY' : isBuyer === false ? 'SELL' : undefined);
  if (!id || !orderId || !price || !qty || timeMs === undefined || !side) return undefined;
  return {
    id,
    orderId,
    side,
    price,
    qty,
    timeMs,
    commission: number(row['commission']) ?? NOUGHT,
    commissionAsset: text(row['commissionAsset']) ?? '',
    isMaker: (row['isMaker'] ?? row['maker']) === true,
  };
}

export function fillOf(trade: TradeRow): ReportedFill {
  return {
    venueTradeId: trade.id,
    quantity: trade.qty,
    price: trade.price,
    feeAmount: trade.commission,
    feeCurrency: trade.commissionAsset,
    liquidity: trade.isMaker ? 'maker' : 'taker',
    filledAtMs: trade.timeMs,
  };
}

export function parseBalances(account: unknown): Balance[] | undefined {
  return rowsOf(fieldsOf(account)?.['balances'], (row) => {
    const [asset, free, locked] = [text(row['asset']), number(row['free']), number(row['locked'])];
    return asset && free && locked ? { asset, free, locked } : undefined;
  });
}

/** Of an account: spot numbers it, futures name it in every line of its balance. */
export function ownerIn(body: unknown): { readonly name: string | undefined } | undefined {
  const account = Array.isArray(body) ? fieldsOf(body[0] ?? {}) : fieldsOf(body);
  return account && { name: text(account['uid']) ?? text(account['accountAlias']) };
}

export function parsePositions(list: unknown): PositionRow[] | undefined {
  return rowsOf(list, (row) => {
    const [symbol, positionSide] = [text(row['symbol']), text(row['positionSide'])];
    const [positionAmt, entryPrice] = [number(row['positionAmt']), number(row['entryPrice'])];
    if (!symbol || !positionAmt || !entryPrice) return undefined;
    if (positionSide !== 'BOTH' && positionSide !== 'LONG' && positionSide !== 'SHORT') {
      return undefined;
    }
    return { symbol, positionSide, positionAmt, entryPrice };
  });
}

export function parseExchangeInfo(info: unknown): ExchangeInfo | undefined {
  const fields = fieldsOf(info);
  const rows = rowsOf(fields?.['symbols'], parseSymbol);
  if (!rows) return undefined;
  const limits = rowsOf(fields?.['rateLimits'] ?? [], (limit) => limit) ?? [];
  const weight = limits.find(
    (limit) => limit['rateLimitType'] === 'REQUEST_WEIGHT' && limit['interval'] === 'MINUTE',
  );
  return {
    symbols: new Map(rows.map((row) => [row.symbol, row])),
    weightPerMinute: time(weight?.['limit']),
  };
}

function parseSymbol(row: Fields): SymbolFilters | undefined {
  const [symbol, baseAsset] = [text(row['symbol']), text(row['baseAsset'])];
  const filters = rowsOf(row['filters'], (filter) => filter);
  if (!symbol || !baseAsset || !filters) return undefined;
  const of = (...types: string[]): Fields =>
    filters.find((filter) => types.includes(String(filter['filterType']))) ?? {};
  const lot = of('LOT_SIZE');
  const marketLot = of('MARKET_LOT_SIZE');
  const notional = of('NOTIONAL', 'MIN_NOTIONAL');
  return {
    symbol,
    baseAsset,
    tickSize: above0(of('PRICE_FILTER')['tickSize']),
    stepSize: above0(lot['stepSize']),
    minQty: above0(lot['minQty']),
    maxQty: above0(lot['maxQty']),
    marketStepSize: above0(marketLot['stepSize']),
    marketMaxQty: above0(marketLot['maxQty']),
    minNotional: above0(notional['minNotional'] ?? notional['notional']),
  };
}
