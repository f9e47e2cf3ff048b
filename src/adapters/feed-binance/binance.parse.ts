import { formatDecimal, parseDecimal, roundHalfEven } from '../../domain/kernel/decimal.js';
import type { UnixMs } from '../../domain/kernel/units.js';
import { markFeed } from '../../engine/price-source.js';
import { readBookChange } from './binance-depth.parse.js';
import { RegularFrames } from './binance-frame.parse.js';
import { idText, isFields, isTime, refused, sizeText, units } from './binance-fields.parse.js';
import type { Fields, Refusal } from './binance-fields.parse.js';
import { MARKET_ORDER_TYPE, symbolOfStream } from './binance.messages.js';
import type { KnownSymbol, ParsedFrame, SymbolGrid } from './parsed-frame.js';

// A trade takes 150 to 250 characters, the widest change of a book in our recordings 64 kB.
export const FRAME_CHARS_MAX = 262_144;
const DEPTH_MAX = 4;

const CONTROL: ParsedFrame = { kind: 'control' };

/**
 * Reads frames of the symbols it was given: text → trade | quote | depth | control | refused. Never throws, keeps no state.
 *
 * Cost: one pass over the characters of a frame in the venue's own form, and one tick; any other is read by JSON.parse.
 */
export class BinanceParser {
  private readonly symbols = new Map<string, KnownSymbol>();
  private readonly regular: RegularFrames;

  constructor(
    private readonly feed: string,
    grids: readonly SymbolGrid[],
  ) {
    this.regular = new RegularFrames(feed);
    for (const grid of grids) this.add(grid);
  }

  /** Knows this symbol from here on. */
  add(grid: SymbolGrid): void {
    const known = { ...grid, prefix: `${grid.symbol.toLowerCase()}@` };
    this.symbols.set(grid.symbol, known);
    this.regular.add(known);
  }

  parse(text: string, receivedAtMs: UnixMs): ParsedFrame {
    if (text.length > FRAME_CHARS_MAX) return refused('too-large');
    return this.regular.read(text, receivedAtMs) ?? this.parseThoroughly(text, receivedAtMs);
  }

  /** The meaning of a frame, whatever its form; the quick reading must say the same. */
  parseThoroughly(text: string, receivedAtMs: UnixMs): ParsedFrame {
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
    if (data['e'] === 'serverShutdown') return CONTROL;
    const kind = kindOf(data, stream);
    if (kind === undefined) return refused('unknown-event');
    // A partial book of spot names its symbol in its stream alone.
    const name = data['s'] ?? (stream === undefined ? undefined : symbolOfStream(stream));
    const symbol = typeof name === 'string' ? this.symbols.get(name) : undefined;
    if (!symbol) return refused('unknown-symbol');
    if (stream !== undefined && !isStreamOf(stream, symbol, kind)) return refused('wrong-stream');
    switch (kind) {
      case 'trade':
        return this.readTrade(data, symbol, { id: data['t'], receivedAtMs });
      case 'aggTrade':
        return this.readTrade(data, symbol, { id: data['a'], receivedAtMs });
      case 'bookTicker':
        return this.readQuote(data, symbol, receivedAtMs);
      case 'markPrice':
        return this.readMark(data, symbol, receivedAtMs);
      case 'depth': {
        const change = readBookChange(data, { ...symbol, stream, receivedAtMs });
        if (change.kind === 'refused') return change;
        return { kind: 'depth', symbol: symbol.symbol, change };
      }
    }
  }

  private readTrade(
    data: Fields,
    symbol: SymbolGrid,
    { id, receivedAtMs }: { readonly id: unknown; readonly receivedAtMs: UnixMs },
  ): ParsedFrame {
    const tradeId = idText(id);
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

  private readQuote(data: Fields, symbol: SymbolGrid, receivedAtMs: UnixMs): ParsedFrame {
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

  /** A mark price is a book of two equal sides on a feed of its own. */
  private readMark(data: Fields, symbol: SymbolGrid, receivedAtMs: UnixMs): ParsedFrame {
    const venueTimeMs = data['E'];
    if (!isTime(venueTimeMs)) return refused('bad-time');
    const priceUnits = markUnits(data['p'], symbol.priceScale);
    if (typeof priceUnits !== 'number') return priceUnits;
    return {
      kind: 'quote',
      tick: {
        kind: 'quote',
        instrumentId: symbol.instrumentId,
        feed: markFeed(this.feed),
        bidUnits: priceUnits,
        askUnits: priceUnits,
        bidSize: '0',
        askSize: '0',
        // The venue gives it no number; it is computed once a second or less often, so that its time tells it apart.
        sequence: String(venueTimeMs),
        venueTimeMs,
        receivedAtMs,
        verdict: 'good',
      },
    };
  }
}

type StreamKind = 'trade' | 'aggTrade' | 'bookTicker' | 'markPrice' | 'depth';

/** What a message is, by its own word, or by its form where the venue gives none. */
function kindOf(data: Fields, stream: string | undefined): StreamKind | undefined {
  switch (data['e']) {
    case 'trade':
    case 'aggTrade':
    case 'bookTicker':
      return data['e'];
    case 'markPriceUpdate':
      return 'markPrice';
    case 'depthUpdate':
      return 'depth';
    case undefined:
      // The book ticker of spot carries no event name; its update id and both sides tell it. Nor do partial books.
      if ('u' in data && 'b' in data) return 'bookTicker';
      return stream !== undefined && 'lastUpdateId' in data ? 'depth' : undefined;
    default:
      return undefined;
  }
}

/** `btcusdt@depth20@100ms` is a stream of BTCUSDT and of its depth. */
function isStreamOf(stream: string, { prefix }: KnownSymbol, kind: StreamKind): boolean {
  if (!stream.startsWith(`${prefix}${kind}`)) return false;
  const at = prefix.length + kind.length;
  if (at === stream.length || stream[at] === '@') return true;
  return kind === 'depth' && /^\d/.test(stream.slice(at));
}

/** Mark prices have more digits than the grid: they are rounded to its units, a tie to the even one. */
function markUnits(value: unknown, scale: number): number | Refusal {
  const price = typeof value === 'string' ? parseDecimal(value) : undefined;
  if (!price) return refused('bad-price');
  return units(formatDecimal(roundHalfEven(price, scale)), scale);
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
