import { parsePriceUnits } from '../../domain/instrument/price-grid.js';
import { canonical, parseDecimal } from '../../domain/kernel/decimal.js';
import type { InstrumentId, UnixMs } from '../../domain/kernel/units.js';
import type { QuoteTick, Tick, TradeTick } from '../../engine/tick.js';
import { withNumbersAsText } from './exact-json.parse.js';

/** Why a frame was not read. Each is counted under this name. */
export type OpenAlgoRefusal =
  | 'too-large'
  | 'not-json'
  | 'not-an-object'
  | 'unknown-message'
  | 'unknown-symbol'
  | 'bad-time'
  | 'bad-price'
  | 'bad-size'
  | 'no-price'
  | 'subscription-refused'
  | 'error-message';

export type OpenAlgoFrame =
  | {
      readonly kind: 'ticks';
      readonly ticks: readonly Tick[];
      /** No time was sent with them: that of their arrival stands in. */
      readonly isUntimed?: true;
    }
  | { readonly kind: 'control' }
  | {
      readonly kind: 'refused';
      readonly reason: OpenAlgoRefusal;
      /** Of a subscription: the instruments that are not brought. */
      readonly without?: readonly NotSubscribed[];
    };

export interface NotSubscribed {
  readonly instrumentId: InstrumentId;
  readonly reason: string;
}

export interface OpenAlgoSymbol {
  readonly instrumentId: InstrumentId;
  readonly exchange: string;
  readonly symbol: string;
  readonly priceScale: number;
}

// A book of 50 levels has about 5 kB.
export const FRAME_CHARS_MAX = 65_536;
// Unix times in seconds, ms, µs and ns are told apart by their size until the year 5138.
const TIME_DIGITS: Readonly<Record<number, number>> = { 10: 1_000, 13: 1, 16: 0.001, 19: 0.000001 };

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads frames of the symbols it was given: text → prices | control | refused. Never throws, keeps no state. The last
 * price becomes a trade without an id (the venue gives none); the best bid and ask of a book become a quote.
 */
export class OpenAlgoParser {
  private readonly symbols = new Map<string, OpenAlgoSymbol>();

  constructor(
    private readonly feed: string,
    symbols: readonly OpenAlgoSymbol[],
  ) {
    for (const symbol of symbols) this.add(symbol);
  }

  add(symbol: OpenAlgoSymbol): void {
    this.symbols.set(`${symbol.exchange}:${symbol.symbol}`, symbol);
  }

  parse(text: string, receivedAtMs: UnixMs): OpenAlgoFrame {
    if (text.length > FRAME_CHARS_MAX) return refused('too-large');
    let frame: unknown;
    try {
      frame = JSON.parse(withNumbersAsText(text));
    } catch {
      return refused('not-json');
    }
    if (!isFields(frame)) return refused('not-an-object');
    switch (frame['type']) {
      case 'market_data':
        return this.readMarketData(frame, receivedAtMs);
      case 'auth':
      case 'unsubscribe':
      case 'ping':
      case 'pong':
        return { kind: 'control' };
      case 'subscribe':
        return frame['status'] === 'success'
          ? { kind: 'control' }
          : { ...refused('subscription-refused'), ...this.withoutIn(frame) };
      default:
        return refused(frame['status'] === 'error' ? 'error-message' : 'unknown-message');
    }
  }

  /** The answer tells of each symbol by itself. */
  private withoutIn({ subscriptions }: Fields): { without?: readonly NotSubscribed[] } {
    if (!Array.isArray(subscriptions)) return {};
    const without = (subscriptions as readonly unknown[]).flatMap((one) => {
      if (!isFields(one) || one['status'] === 'success') return [];
      const symbol = this.symbols.get(`${textOf(one['exchange'])}:${textOf(one['symbol'])}`);
      if (!symbol) return [];
      return [{ instrumentId: symbol.instrumentId, reason: textOf(one['message']) }];
    });
    return without.length === 0 ? {} : { without };
  }

  private readMarketData(frame: Fields, receivedAtMs: UnixMs): OpenAlgoFrame {
    const data = frame['data'];
    if (!isFields(data)) return refused('not-an-object');
    // Versions differ in whether the symbol stands beside the data or in it.
    const exchange = frame['exchange'] ?? data['exchange'];
    const name = frame['symbol'] ?? data['symbol'];
    const symbol = this.symbols.get(`${textOf(exchange)}:${textOf(name)}`);
    if (!symbol) return refused('unknown-symbol');
    const venueTimeMs = timeOf(data['timestamp'], receivedAtMs);
    if (venueTimeMs === undefined) return refused('bad-time');
    const head = {
      instrumentId: symbol.instrumentId,
      feed: this.feed,
      venueTimeMs,
      receivedAtMs,
      verdict: 'good',
    } as const;
    const trade = readTrade(data, symbol, head);
    if (typeof trade === 'string') return refused(trade);
    const quote = readQuote(data, symbol, head);
    if (typeof quote === 'string') return refused(quote);
    const ticks = [trade, quote].filter((tick) => tick !== undefined);
    if (ticks.length === 0) return refused('no-price');
    const isTimed = isTold(data['timestamp']);
    return { kind: 'ticks', ticks, ...(!isTimed && { isUntimed: true }) };
  }
}

type Head = Pick<TradeTick, 'instrumentId' | 'feed' | 'venueTimeMs' | 'receivedAtMs' | 'verdict'>;

function readTrade(
  data: Fields,
  symbol: OpenAlgoSymbol,
  head: Head,
): TradeTick | OpenAlgoRefusal | undefined {
  const price = data['ltp'] ?? data['last_price'];
  if (!isTold(price)) return undefined;
  const priceUnits = units(price, symbol.priceScale);
  if (priceUnits === undefined) return 'bad-price';
  const size = sizeText(data['last_trade_quantity'] ?? data['last_quantity']);
  if (size === undefined) return 'bad-size';
  return { ...head, kind: 'trade', priceUnits, size, tradeId: '' };
}

function readQuote(
  data: Fields,
  symbol: OpenAlgoSymbol,
  head: Head,
): QuoteTick | OpenAlgoRefusal | undefined {
  const depth = data['depth'];
  if (!isFields(depth)) return undefined;
  const bid = bestOf(depth['buy']);
  const ask = bestOf(depth['sell']);
  // A circuit limit leaves one side empty; then there is no book to be closed on.
  if (!bid || !ask) return undefined;
  const bidUnits = units(bid['price'], symbol.priceScale);
  const askUnits = units(ask['price'], symbol.priceScale);
  if (bidUnits === undefined || askUnits === undefined) return 'bad-price';
  const bidSize = sizeText(bid['quantity']);
  const askSize = sizeText(ask['quantity']);
  if (bidSize === undefined || askSize === undefined) return 'bad-size';
  return { ...head, kind: 'quote', bidUnits, askUnits, bidSize, askSize, sequence: '' };
}

/** The first level; brokers pad missing ones with zeros. */
function bestOf(side: unknown): Fields | undefined {
  if (!Array.isArray(side)) return undefined;
  const first: unknown = side[0];
  if (!isFields(first)) return undefined;
  return /^0+(\.0+)?$/.test(textOf(first['price'])) ? undefined : first;
}

function units(value: unknown, scale: number): number | undefined {
  return typeof value === 'string' ? parsePriceUnits(value, scale) : undefined;
}

/** Undefined for what is no size. A last price without a size was still traded: 1 stands in for what is not told. */
function sizeText(value: unknown): string | undefined {
  if (value === undefined || value === null || value === '0') return '1';
  if (typeof value !== 'string') return undefined;
  const size = parseDecimal(value);
  return size && size.units >= 0n ? canonical(value) : undefined;
}

/** ISO 8601, or Unix time in s, ms, µs or ns; the time of arrival where none is told. */
function timeOf(value: unknown, receivedAtMs: UnixMs): UnixMs | undefined {
  if (!isTold(value)) return receivedAtMs;
  if (typeof value !== 'string') return undefined;
  const whole = /^(\d{10,19})(?:\.\d+)?$/.exec(value)?.[1];
  const factor = whole === undefined ? undefined : TIME_DIGITS[whole.length];
  if (whole !== undefined && factor !== undefined) return Math.floor(Number(whole) * factor);
  const isIso = /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(value);
  const timeMs = isIso ? Date.parse(value) : NaN;
  return Number.isNaN(timeMs) || timeMs <= 0 ? undefined : timeMs;
}

/** What a broker did not supply is null. */
function isTold(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refused(reason: OpenAlgoRefusal): OpenAlgoFrame {
  return { kind: 'refused', reason };
}
