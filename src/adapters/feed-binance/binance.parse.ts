import { canonical, exactUnitsAt, isPositive, parseDecimal } from '../../domain/kernel/decimal.js';
import { parsePriceUnits } from '../../domain/instrument/price-grid.js';
import type { InstrumentId, UnixMs } from '../../domain/kernel/units.js';
import type { QuoteTick, TradeTick } from '../../engine/tick.js';
import { MARKET_ORDER_TYPE, bookTickerStream, tradeStream } from './binance.messages.js';

/** Why a frame was not read. Each is counted under this name. */
export type RefusedReason =
  | 'too-large'
  | 'not-text'
  | 'not-json'
  | 'not-an-object'
  | 'too-deep'
  | 'irregular-keys'
  | 'unknown-event'
  | 'unknown-symbol'
  | 'wrong-stream'
  | 'bad-id'
  | 'bad-time'
  | 'bad-price'
  | 'price-not-positive'
  | 'price-beyond-grid'
  | 'price-out-of-range'
  | 'bad-size'
  | 'bad-order-type';

export type ParsedFrame =
  | { readonly kind: 'trade'; readonly tick: TradeTick }
  | { readonly kind: 'quote'; readonly tick: QuoteTick }
  /** An answer of the venue to us, or its notice of a shutdown: no market data. */
  | { readonly kind: 'control' }
  | { readonly kind: 'refused'; readonly reason: RefusedReason };

export interface SymbolGrid {
  readonly instrumentId: InstrumentId;
  /** As the venue spells it, in capitals. */
  readonly symbol: string;
  readonly priceScale: number;
}

// A trade takes 150 to 250 characters. What is longer cannot be a message that we subscribed to.
export const FRAME_CHARS_MAX = 16_384;
const DEPTH_MAX = 4;
// Unix ms reach it in the year 5138: what is above comes in another unit.
const TIME_MS_MAX = 100_000_000_000_000;
const SIZE_CHARS_MAX = 40;

const CONTROL: ParsedFrame = { kind: 'control' };

interface KnownSymbol extends SymbolGrid {
  readonly trade: string;
  readonly bookTicker: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** What stops the reading of a frame; inside this file only. */
interface Refusal {
  readonly kind: 'refused';
  readonly reason: RefusedReason;
}

function refused(reason: RefusedReason): Refusal {
  return { kind: 'refused', reason };
}

/**
 * Reads frames of the symbols it was given: text → trade | quote | control | refused. Never throws, keeps no state.
 *
 * Cost: one JSON.parse, one pass over the characters, one tick.
 */
export class BinanceParser {
  private readonly symbols = new Map<string, KnownSymbol>();

  constructor(
    private readonly feed: string,
    grids: readonly SymbolGrid[],
  ) {
    for (const grid of grids) this.add(grid);
  }

  /** Knows this symbol from here on. */
  add(grid: SymbolGrid): void {
    const { symbol } = grid;
    const streams = { trade: tradeStream(symbol), bookTicker: bookTickerStream(symbol) };
    this.symbols.set(symbol, { ...grid, ...streams });
  }

  parse(text: string, receivedAtMs: UnixMs): ParsedFrame {
    if (text.length > FRAME_CHARS_MAX) return refused('too-large');
    let frame: unknown;
    try {
      frame = JSON.parse(text);
    } catch {
      return refused('not-json');
    }
    if (!isFields(frame)) return refused('not-an-object');
    const quotes = quotesOf(frame, DEPTH_MAX);
    if (quotes === undefined) return refused('too-deep');
    if (isControl(frame)) return CONTROL;
    // A key that stands twice has two values, and readers differ in which they take. Then there are more quotation
    // marks in the text than in what was read of it.
    if (quotes !== quotesIn(text)) return refused('irregular-keys');
    const { stream, data } = frame;
    if (stream === undefined) return this.read(frame, undefined, receivedAtMs);
    if (typeof stream !== 'string') return refused('wrong-stream');
    return isFields(data) ? this.read(data, stream, receivedAtMs) : refused('not-an-object');
  }

  private read(data: Fields, stream: string | undefined, receivedAtMs: UnixMs): ParsedFrame {
    const { e: event, s: name } = data;
    if (event === 'serverShutdown') return CONTROL;
    const isTrade = event === 'trade';
    // The book ticker of spot carries no event name; its update id and both sides tell it.
    const isQuote = event === 'bookTicker' || (event === undefined && 'u' in data && 'b' in data);
    if (!isTrade && !isQuote) return refused('unknown-event');
    const symbol = typeof name === 'string' ? this.symbols.get(name) : undefined;
    if (!symbol) return refused('unknown-symbol');
    if (stream !== undefined && stream !== (isTrade ? symbol.trade : symbol.bookTicker)) {
      return refused('wrong-stream');
    }
    return isTrade
      ? this.readTrade(data, symbol, receivedAtMs)
      : this.readQuote(data, symbol, receivedAtMs);
  }

  private readTrade(data: Fields, symbol: KnownSymbol, receivedAtMs: UnixMs): ParsedFrame {
    const tradeId = idText(data['t']);
    if (tradeId === undefined) return refused('bad-id');
    const venueTimeMs = data['T'];
    if (!isTime(venueTimeMs)) return refused('bad-time');
    const priceUnits = units(data['p'], symbol.priceScale);
    if (typeof priceUnits !== 'number') return priceUnits;
    const size = sizeText(data['q']);
    if (size === undefined) return refused('bad-size');
    const orderType = data['X'];
    if (orderType !== undefined && typeof orderType !== 'string') return refused('bad-order-type');
    const isMarket = orderType === undefined || orderType === MARKET_ORDER_TYPE;
    return {
      kind: 'trade',
      tick: {
        kind: 'trade',
        instrumentId: symbol.instrumentId,
        feed: this.feed,
        priceUnits,
        size,
        tradeId,
        venueTimeMs,
        receivedAtMs,
        verdict: isMarket ? 'good' : 'not-a-trade',
      },
    };
  }

  private readQuote(data: Fields, symbol: KnownSymbol, receivedAtMs: UnixMs): ParsedFrame {
    const sequence = idText(data['u']);
    if (sequence === undefined) return refused('bad-id');
    // Spot sends no time with a quote: the time of its arrival stands in.
    const venueTimeMs = data['T'] ?? data['E'] ?? receivedAtMs;
    if (!isTime(venueTimeMs)) return refused('bad-time');
    const bidUnits = units(data['b'], symbol.priceScale);
    if (typeof bidUnits !== 'number') return bidUnits;
    const askUnits = units(data['a'], symbol.priceScale);
    if (typeof askUnits !== 'number') return askUnits;
    const bidSize = sizeText(data['B']);
    const askSize = sizeText(data['A']);
    if (bidSize === undefined || askSize === undefined) return refused('bad-size');
    return {
      kind: 'quote',
      tick: {
        kind: 'quote',
        instrumentId: symbol.instrumentId,
        feed: this.feed,
        bidUnits,
        askUnits,
        bidSize,
        askSize,
        sequence,
        venueTimeMs,
        receivedAtMs,
        verdict: 'good',
      },
    };
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `{"result":null,"id":1}` answers a subscription, `{"error":...}` and `{"code":...,"msg":...}` refuse one. */
function isControl(frame: Fields): boolean {
  if ('stream' in frame || 'e' in frame || 's' in frame) return false;
  return ('result' in frame && 'id' in frame) || 'error' in frame || 'msg' in frame;
}

/** Quotation marks that a text without escaped ones needs for this value; undefined when it is nested deeper than allowed. */
function quotesOf(value: unknown, depthLeft: number): number | undefined {
  if (typeof value === 'string') return 2;
  if (typeof value !== 'object' || value === null) return 0;
  if (depthLeft === 0) return undefined;
  const keys = Array.isArray(value) ? 0 : 2;
  let quotes = 0;
  for (const key in value) {
    const inside = quotesOf((value as Fields)[key], depthLeft - 1);
    if (inside === undefined) return undefined;
    quotes += keys + inside;
  }
  return quotes;
}

/** Escaped ones too: then the text is refused, as no field of ours needs one. */
function quotesIn(text: string): number {
  let quotes = 0;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) quotes += 1;
  return quotes;
}

/** A number above 2^53 has lost digits in JSON.parse and is no id any more; as text it is taken whole. */
function idText(value: unknown): string | undefined {
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) && value >= 0 ? String(value) : undefined;
  }
  return typeof value === 'string' && isDigits(value) && value.length <= 20 ? value : undefined;
}

function isDigits(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 48 || code > 57) return false;
  }
  return text !== '';
}

function isTime(value: unknown): value is UnixMs {
  return Number.isSafeInteger(value) && (value as number) > 0 && (value as number) < TIME_MS_MAX;
}

function units(value: unknown, scale: number): number | Refusal {
  if (typeof value !== 'string') return refused('bad-price');
  return parsePriceUnits(value, scale) ?? whyNoPrice(value, scale);
}

/** Off the fast path: finds the words for a price that was not taken. */
function whyNoPrice(text: string, scale: number): Refusal {
  const value = parseDecimal(text);
  if (!value) return refused('bad-price');
  if (!isPositive(value)) return refused('price-not-positive');
  const exact = exactUnitsAt(value, scale) !== undefined;
  return refused(exact ? 'price-out-of-range' : 'price-beyond-grid');
}

/** Canonical text of a size that is not negative. No regular expression: it is on the path of every tick. */
function sizeText(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > SIZE_CHARS_MAX) return undefined;
  let point = -1;
  let last = -1;
  for (let at = 0; at < value.length; at += 1) {
    const code = value.charCodeAt(at);
    if (code === 46) {
      if (point >= 0 || at === 0) return undefined;
      point = at;
    } else if (code < 48 || code > 57) {
      return undefined;
    } else if (code !== 48) {
      last = at;
    }
  }
  if (value === '' || point === value.length - 1) return undefined;
  const hasLeadingZero = value.charCodeAt(0) === 48 && value.length > 1 && point !== 1;
  if (hasLeadingZero) return canonical(value);
  if (point < 0) return value;
  return value.slice(0, last > point ? last + 1 : point);
}
