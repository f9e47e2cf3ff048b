import {
  add,
  decimal,
  formatDecimal,
  isPositive,
  isZero,
  negate,
  smaller,
  subtract,
} from '../../domain/kernel/decimal.js';
import type { Decimal } from '../../domain/kernel/decimal.js';
import type { DecimalText } from '../../domain/kernel/units.js';
import type { OrderTicket, Unknown, VenuePosition } from '../../application/ports/broker.port.js';
import { USDM_EXTRA, callsOf } from './binance-calls.js';
import type { BinanceCalls } from './binance-calls.js';
import type {
  AlgoRow,
  BinanceCall,
  BinanceMarketName,
  ExchangeInfo,
  OrderRow,
  SymbolFilters,
  TradeRow,
} from './binance.messages.js';
import {
  fieldsOf,
  ownerIn,
  parseAlgo,
  parseBalances,
  parseExchangeInfo,
  parseOrder,
  parsePositions,
  parseTrade,
  rowsOf,
} from './binance.parse.js';
import { unknown } from './binance.transport.js';
import type { Answer, BinanceTransport } from './binance.transport.js';
import { targetLegOf } from './order-list.js';
import { lotsOf } from './symbol-fit.js';
import type { Urgency } from './weight-gauge.js';

/** Of what an exit wants to close. */
export interface Reducible {
  /** Open and free; below zero where more is promised than there is. */
  readonly rest: Decimal;
  /** Open, and promised to other orders. */
  readonly promised: Decimal;
}

export type Read<T> = { readonly kind: 'known'; readonly value: T } | Unknown;

/** An order wherever it is: with the algo service until it is triggered, in the matching engine from then on. */
export interface FoundOrder {
  readonly row: OrderRow;
  /** It rests as a conditional order and is cancelled as one. */
  readonly isAlgo: boolean;
  /** The other leg of the order list that a stop is of. */
  readonly target?: OrderRow;
}

const NO_SUCH_ORDER = new Set([-2013]);
const FILTERS_KEPT_MS = 6 * 3_600_000;
const TRADES_MAX = 1_000;
const PAGES_MAX = 200;
// Further back a list by time is not answered in one piece.
const WINDOW_MS = 24 * 3_600_000;

/** The books of the venue. What cannot be read whole is unknown. */
export class BinanceReader {
  private readonly calls: BinanceCalls;
  private readonly filters = new Map<string, SymbolFilters>();
  private filtersReadAtMs = 0;

  constructor(
    private readonly transport: BinanceTransport,
    private readonly market: BinanceMarketName,
    private readonly clock: () => number,
  ) {
    this.calls = callsOf(market);
  }

  /** What was read before serves on while it cannot be read anew. */
  async filtersOf(symbol: string, urgency: Urgency): Promise<Read<SymbolFilters>> {
    const known = this.filters.get(symbol);
    const isFresh = this.clock() - this.filtersReadAtMs < FILTERS_KEPT_MS;
    if (known && isFresh) return { kind: 'known', value: known };
    const info = await this.read(this.calls.exchangeInfo(symbol), urgency, parseExchangeInfo);
    if (info.kind === 'known') this.keep(info.value);
    const found = this.filters.get(symbol);
    if (found) return { kind: 'known', value: found };
    return info.kind === 'unknown' ? info : unknown(`exchangeInfo: does not name ${symbol}`);
  }

  /** `undefined` is the venue's own word that it has no such order. */
  async order(symbol: string, orderId: string): Promise<Read<FoundOrder | undefined>> {
    const answer = await this.transport.call(this.calls.order(symbol, orderId), 'look-up');
    if (isAbsent(answer)) {
      if (this.market === 'spot') return { kind: 'known', value: undefined };
      return this.algo(symbol, orderId);
    }
    const found = this.orderIn(answer);
    if (found.kind === 'unknown' || found.value.row.listId === undefined) return found;
    const leg = this.calls.order(symbol, targetLegOf(orderId));
    const target = this.orderIn(await this.transport.call(leg, 'look-up'));
    if (target.kind === 'unknown') return target;
    return { kind: 'known', value: { ...found.value, target: target.value.row } };
  }

  trades(symbol: string, venueOrderId: string): Promise<Read<TradeRow[]>> {
    const call = this.calls.trades(symbol, { orderId: venueOrderId });
    return this.read(call, 'look-up', (body) => rowsOf(body, parseTrade));
  }

  /** Every trade since then, page by page in the order of their ids. */
  async tradesSince(symbol: string, sinceMs: number): Promise<Read<TradeRow[]>> {
    const trades: TradeRow[] = [];
    const isNear = this.clock() - sinceMs < WINDOW_MS;
    let asked: Record<string, string> = isNear ? { startTime: String(sinceMs) } : { fromId: '0' };
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const call = this.calls.trades(symbol, asked);
      const rows = await this.read(call, 'list', (body) => rowsOf(body, parseTrade));
      if (rows.kind === 'unknown') return rows;
      trades.push(...rows.value.filter(({ timeMs }) => timeMs >= sinceMs));
      const last = rows.value.at(-1);
      if (!last || rows.value.length < TRADES_MAX) return { kind: 'known', value: trades };
      asked = { fromId: String(BigInt(last.id) + 1n) };
    }
    return unknown('the venue lists more trades than are read at once');
  }

  owner(): Promise<Read<{ readonly name: string | undefined }>> {
    return this.read(this.calls.owner(), 'exit', ownerIn);
  }

  async openOrders(): Promise<Read<{ orders: OrderRow[]; algos: AlgoRow[] }>> {
    const orders = await this.read(this.calls.openOrders(), 'list', (body) =>
      rowsOf(body, parseOrder),
    );
    if (orders.kind === 'unknown') return orders;
    if (this.market === 'spot') {
      return { kind: 'known', value: { orders: orders.value, algos: [] } };
    }
    const algos = await this.read(USDM_EXTRA.openAlgos(), 'list', (body) =>
      rowsOf(body, parseAlgo),
    );
    if (algos.kind === 'unknown') return algos;
    return { kind: 'known', value: { orders: orders.value, algos: algos.value } };
  }

  /** Client order ids of the venue's orders since then, by the venue's own. */
  async clientIdsSince(symbol: string, sinceMs: number): Promise<Read<Map<string, string>>> {
    const start = Math.max(sinceMs, this.clock() - 7 * WINDOW_MS + 60_000);
    const call = this.calls.ordersSince(symbol, start);
    const rows = await this.read(call, 'list', (body) => rowsOf(body, parseOrder));
    if (rows.kind === 'unknown') return rows;
    const pairs = rows.value.map((row) => [row.orderId, row.clientOrderId] as const);
    return { kind: 'known', value: new Map(pairs) };
  }

  /** Positions of USDⓈ-M; of spot the balances of the base assets, in whole lots: what is below one is flat. */
  async positions(
    instruments: readonly string[],
    urgency: Urgency,
  ): Promise<Read<VenuePosition[]>> {
    if (this.market === 'usdm') {
      const rows = await this.read(this.calls.holdings(), urgency, parsePositions);
      if (rows.kind === 'unknown') return rows;
      const open = rows.value.filter(({ positionAmt }) => !isZero(decimal(positionAmt)));
      const positions = open.map((row) => ({
        instrumentId: `BINANCE_USDM:${row.symbol}`,
        book: BOOKS[row.positionSide],
        quantity: row.positionAmt,
        entryPrice: row.entryPrice,
      }));
      return { kind: 'known', value: positions };
    }
    const balances = await this.balances(urgency);
    if (balances.kind === 'unknown') return balances;
    const owner = new Map<string, string>();
    const positions: VenuePosition[] = [];
    for (const instrumentId of instruments) {
      const filters = await this.filtersOf(symbolOf(instrumentId), urgency);
      if (filters.kind === 'unknown') return filters;
      const { baseAsset } = filters.value;
      const other = owner.get(baseAsset);
      if (other !== undefined) {
        return unknown(`${baseAsset} is held for ${other} and for ${instrumentId}: not told apart`);
      }
      owner.set(baseAsset, instrumentId);
      const { free = ZERO, locked = ZERO } = balances.value.get(baseAsset) ?? {};
      const quantity = lotsOf(add(free, locked), filters.value);
      if (isZero(quantity)) continue;
      const text = formatDecimal(quantity);
      positions.push({ instrumentId, book: 'net', quantity: text, entryPrice: undefined });
    }
    return { kind: 'known', value: positions };
  }

  /** What an exit may still take, and what is held but promised to other orders on its side. */
  async reducible(ticket: Pick<OrderTicket, 'instrumentId' | 'side'>): Promise<Read<Reducible>> {
    const { instrumentId, side } = ticket;
    const symbol = symbolOf(instrumentId);
    if (this.market === 'spot') {
      const [filters, balances] = await Promise.all([
        this.filtersOf(symbol, 'exit'),
        this.balances('exit'),
      ]);
      if (filters.kind === 'unknown') return filters;
      if (balances.kind === 'unknown') return balances;
      // What rests in other orders the venue has locked already.
      const { free: rest = ZERO, locked: promised = ZERO } =
        balances.value.get(filters.value.baseAsset) ?? {};
      const value = side === 'sell' ? { rest, promised } : { rest: ZERO, promised: ZERO };
      return { kind: 'known', value };
    }
    const [positions, open] = await Promise.all([
      this.positions([instrumentId], 'exit'),
      this.openOrders(),
    ]);
    if (positions.kind === 'unknown') return positions;
    if (open.kind === 'unknown') return open;
    const found = positions.value.find((one) => one.instrumentId === instrumentId);
    const net = decimal(found?.quantity ?? '0');
    const word = side === 'sell' ? 'SELL' : 'BUY';
    const asked = open.value.orders
      .filter((row) => row.symbol === symbol && row.side === word && row.reduceOnly === true)
      .map((row) => subtract(decimal(row.origQty), decimal(row.executedQty)))
      .reduce(add, ZERO);
    const held = side === 'sell' ? net : negate(net);
    const promised = isPositive(held) ? smaller(asked, held) : ZERO;
    return { kind: 'known', value: { rest: subtract(held, asked), promised } };
  }

  private async balances(
    urgency: Urgency,
  ): Promise<Read<Map<string, { free: Decimal; locked: Decimal }>>> {
    const rows = await this.read(this.calls.holdings(), urgency, parseBalances);
    if (rows.kind === 'unknown') return rows;
    const pairs = rows.value.map(({ asset, free, locked }) => {
      return [asset, { free: decimal(free), locked: decimal(locked) }] as const;
    });
    return { kind: 'known', value: new Map(pairs) };
  }

  private async algo(symbol: string, orderId: string): Promise<Read<FoundOrder | undefined>> {
    const answer = await this.transport.call(USDM_EXTRA.algoOrder(orderId), 'look-up');
    if (isAbsent(answer)) return { kind: 'known', value: undefined };
    const fields = answer.kind === 'good' ? fieldsOf(answer.body) : undefined;
    const algo = fields && parseAlgo(fields);
    if (!algo) return unclear('algoOrder', answer);
    if (algo.status === undefined && algo.actualOrderId !== undefined) {
      const call = this.calls.orderByVenueId(symbol, algo.actualOrderId);
      return this.orderIn(await this.transport.call(call, 'look-up'));
    }
    return { kind: 'known', value: { row: restingRow(algo), isAlgo: true } };
  }

  private orderIn(answer: Answer): Read<FoundOrder> {
    const fields = answer.kind === 'good' ? fieldsOf(answer.body) : undefined;
    const row = fields && parseOrder(fields);
    return row ? { kind: 'known', value: { row, isAlgo: false } } : unclear('order', answer);
  }

  private keep(info: ExchangeInfo): void {
    for (const [symbol, filters] of info.symbols) this.filters.set(symbol, filters);
    this.filtersReadAtMs = this.clock();
    if (info.weightPerMinute !== undefined) {
      this.transport.weights.limitPerMinute = info.weightPerMinute;
    }
  }

  private async read<T>(
    call: BinanceCall,
    urgency: Urgency,
    parse: (body: unknown) => T | undefined,
  ): Promise<Read<T>> {
    const answer = await this.transport.call(call, urgency);
    const value = answer.kind === 'good' ? parse(answer.body) : undefined;
    return value === undefined ? unclear(call.path, answer) : { kind: 'known', value };
  }
}

const ZERO = decimal('0');
const BOOKS = { BOTH: 'net', LONG: 'long', SHORT: 'short' } as const;

export function symbolOf(instrumentId: string): string {
  return instrumentId.slice(instrumentId.indexOf(':') + 1);
}

function isAbsent(answer: Answer): boolean {
  return answer.kind === 'said' && NO_SUCH_ORDER.has(answer.code);
}

function unclear(path: string, answer: Answer): Unknown {
  if (answer.kind === 'unknown') return answer;
  const why = answer.kind === 'said' ? `${answer.code} ${answer.message}` : 'unreadable answer';
  return unknown(`${path}: ${why}`);
}

function restingRow(algo: AlgoRow): OrderRow {
  const { symbol, side, price, reduceOnly, timeMs } = algo;
  return {
    symbol,
    side,
    price,
    reduceOnly,
    timeMs,
    orderId: algo.algoId,
    clientOrderId: algo.clientAlgoId,
    listId: undefined,
    type: price === '0' ? 'STOP_MARKET' : 'STOP',
    origQty: algo.quantity,
    executedQty: '0' as DecimalText,
    stopPrice: algo.triggerPrice,
    status: algo.status ?? 'open',
  };
}
