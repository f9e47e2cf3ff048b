import { parsePriceUnits } from '../../domain/instrument/price-grid.js';
import type { UnixMs } from '../../domain/kernel/units.js';
import { isTime, sizeIn } from './binance-fields.parse.js';
import { MARKET_ORDER_TYPE } from './binance.messages.js';
import type { KnownSymbol, ParsedFrame } from './parsed-frame.js';

type RegularKind = 'trade' | 'aggTrade' | 'bookTicker' | 'depth';

interface Route {
  readonly kind: RegularKind;
  readonly symbol: KnownSymbol;
}

const ROUTES: Readonly<Record<string, RegularKind>> = {
  trade: 'trade',
  aggTrade: 'aggTrade',
  bookTicker: 'bookTicker',
  depth: 'depth',
  'depth@0ms': 'depth',
  'depth@100ms': 'depth',
  'depth@250ms': 'depth',
  'depth@500ms': 'depth',
};
const EVENT_NAMES: Readonly<Record<RegularKind, string>> = {
  trade: 'trade',
  aggTrade: 'aggTrade',
  bookTicker: 'bookTicker',
  depth: 'depthUpdate',
};

const HEAD = '{"stream":"';
const BETWEEN = '","data":{';
const [QUOTE, COMMA, COLON, OPEN, CLOSE, END, BACKSLASH] = [34, 44, 58, 91, 93, 125, 92];
const [ZERO, NINE] = [48, 57];
const DIGITS_MAX = 15;
// Keys are single letters but for these, which take places that no letter has.
const [PREVIOUS_ID, PREVIOUS_ID_PLACE] = ['"pu":', 1];
const [PAIR, PAIR_PLACE] = ['"ps":', 2];
const LEVELS_MAX = 5_000;
const FAULT = -1;

// Where the value of a key is noted: at the code of its letter.
const EVENT = 101; // e
const EVENT_TIME = 69; // E
const TIME = 84; // T
const SYMBOL = 115; // s
const PRICE = 112; // p
const SIZE = 113; // q
const TRADE_ID = 116; // t
const AGGREGATE_ID = 97; // a
const ORDER_TYPE = 88; // X
const LAST_ID = 117; // u
const FIRST_ID = 85; // U
const BID = 98; // b
const ASK = 97; // a
const BID_SIZE = 66; // B
const ASK_SIZE = 65; // A

type Form = 'text' | 'number' | 'levels' | 'other';

/**
 * Reads the frames that come by the thousand in one pass, without making an object of their fields.
 *
 *     {"stream":"<symbol>@<kind>","data":{"<letter>":"text" | digits | true | false | [["price","size"],...], ...}}
 *
 * It takes this very form alone: no blanks, no escapes, no key twice, nothing that would be refused. About anything else
 * it says nothing, and whoever asked reads the frame thoroughly; what it does say is what that reading says.
 */
export class RegularFrames {
  private readonly routes = new Map<string, Route>();
  /** In which frame a key was seen last: nothing is to be cleared between two frames. */
  private readonly seenIn = new Uint32Array(128);
  private frame = 0;
  private readonly forms: Form[] = new Array<Form>(128).fill('other');
  private readonly starts = new Int32Array(128);
  private readonly ends = new Int32Array(128);
  private readonly numbers = new Float64Array(128);
  private bids: (readonly [number, string])[] = [];
  private asks: (readonly [number, string])[] = [];
  private at = 0;

  constructor(private readonly feed: string) {}

  add(symbol: KnownSymbol): void {
    for (const [stream, kind] of Object.entries(ROUTES)) {
      this.routes.set(symbol.prefix + stream, { kind, symbol });
    }
  }

  read(text: string, receivedAtMs: UnixMs): ParsedFrame | undefined {
    if (!text.startsWith(HEAD)) return undefined;
    const end = text.indexOf('"', HEAD.length);
    if (end < 0 || !text.startsWith(BETWEEN, end)) return undefined;
    const route = this.routes.get(text.slice(HEAD.length, end));
    if (!route) return undefined;
    this.at = end + BETWEEN.length;
    if (!this.scan(text, route)) return undefined;
    if (!this.isText(SYMBOL) || !this.says(text, SYMBOL, route.symbol.symbol)) return undefined;
    return this.frameOf(text, route, receivedAtMs);
  }

  private frameOf(
    text: string,
    { kind, symbol }: Route,
    receivedAtMs: UnixMs,
  ): ParsedFrame | undefined {
    if (this.has(EVENT) ? !this.says(text, EVENT, EVENT_NAMES[kind]) : kind !== 'bookTicker') {
      return undefined;
    }
    switch (kind) {
      case 'trade':
        return this.trade(text, symbol, TRADE_ID, receivedAtMs);
      case 'aggTrade':
        return this.trade(text, symbol, AGGREGATE_ID, receivedAtMs);
      case 'bookTicker':
        return this.quote(text, symbol, receivedAtMs);
      case 'depth':
        return this.depth(symbol, receivedAtMs);
    }
  }

  private trade(
    text: string,
    symbol: KnownSymbol,
    id: number,
    receivedAtMs: UnixMs,
  ): ParsedFrame | undefined {
    if (!this.isNumber(id) || !this.isNumber(TIME)) return undefined;
    const venueTimeMs = this.numbers[TIME];
    const priceUnits = this.priceAt(text, PRICE, symbol.priceScale);
    const size = this.sizeAt(text, SIZE);
    if (!isTime(venueTimeMs) || priceUnits === undefined || size === undefined) return undefined;
    if (this.has(ORDER_TYPE) && !this.says(text, ORDER_TYPE, MARKET_ORDER_TYPE)) return undefined;
    return {
      kind: 'trade',
      tick: {
        kind: 'trade',
        instrumentId: symbol.instrumentId,
        feed: this.feed,
        priceUnits,
        size,
        tradeId: text.slice(this.starts[id], this.ends[id]),
        venueTimeMs,
        receivedAtMs,
        verdict: 'good',
      },
    };
  }

  private quote(text: string, symbol: KnownSymbol, receivedAtMs: UnixMs): ParsedFrame | undefined {
    if (!this.isNumber(LAST_ID)) return undefined;
    const venueTimeMs = this.timeOr(receivedAtMs);
    const bidUnits = this.priceAt(text, BID, symbol.priceScale);
    const askUnits = this.priceAt(text, ASK, symbol.priceScale);
    const bidSize = this.sizeAt(text, BID_SIZE);
    const askSize = this.sizeAt(text, ASK_SIZE);
    if (bidUnits === undefined || askUnits === undefined) return undefined;
    if (venueTimeMs === undefined || bidSize === undefined || askSize === undefined)
      return undefined;
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
        sequence: text.slice(this.starts[LAST_ID], this.ends[LAST_ID]),
        venueTimeMs,
        receivedAtMs,
        verdict: 'good',
      },
    };
  }

  private depth(symbol: KnownSymbol, receivedAtMs: UnixMs): ParsedFrame | undefined {
    if (!this.isNumber(FIRST_ID) || !this.isNumber(LAST_ID)) return undefined;
    if (this.has(PREVIOUS_ID_PLACE) && !this.isNumber(PREVIOUS_ID_PLACE)) return undefined;
    if (!this.isLevels(BID) || !this.isLevels(ASK)) return undefined;
    const firstId = this.numbers[FIRST_ID] ?? NaN;
    const lastId = this.numbers[LAST_ID] ?? NaN;
    const venueTimeMs = this.timeOr(undefined);
    if (firstId > lastId || venueTimeMs === undefined) return undefined;
    const previousId = this.has(PREVIOUS_ID_PLACE) ? this.numbers[PREVIOUS_ID_PLACE] : undefined;
    const { bids, asks } = this;
    return {
      kind: 'depth',
      symbol: symbol.symbol,
      change: { kind: 'diff', firstId, lastId, previousId, bids, asks, venueTimeMs, receivedAtMs },
    };
  }

  /** The time of the transaction, of the event, or what stands in for both. */
  private timeOr(otherwise: UnixMs | undefined): UnixMs | undefined {
    const place = this.has(TIME) ? TIME : EVENT_TIME;
    if (!this.has(place)) return otherwise;
    const timeMs = this.isNumber(place) ? this.numbers[place] : undefined;
    return isTime(timeMs) ? timeMs : undefined;
  }

  private priceAt(text: string, place: number, scale: number): number | undefined {
    if (!this.isText(place)) return undefined;
    return parsePriceUnits(text, scale, this.starts[place], this.ends[place]);
  }

  private sizeAt(text: string, place: number): string | undefined {
    if (!this.isText(place)) return undefined;
    return sizeIn(text, this.starts[place] ?? 0, this.ends[place] ?? 0);
  }

  private has(place: number): boolean {
    return this.seenIn[place] === this.frame;
  }

  private isText(place: number): boolean {
    return this.has(place) && this.forms[place] === 'text';
  }

  private isNumber(place: number): boolean {
    return this.has(place) && this.forms[place] === 'number';
  }

  private isLevels(place: number): boolean {
    return this.has(place) && this.forms[place] === 'levels';
  }

  private says(text: string, place: number, word: string): boolean {
    const start = this.starts[place] ?? 0;
    return (
      this.forms[place] === 'text' &&
      (this.ends[place] ?? 0) - start === word.length &&
      text.startsWith(word, start)
    );
  }

  /** Finds where every field stands, from the first key to the end of the text. */
  private scan(text: string, { kind, symbol }: Route): boolean {
    this.frame = (this.frame + 1) >>> 0;
    if (this.frame === 0) {
      // The count has begun again: marks of the last round would be taken for ours.
      this.seenIn.fill(0);
      this.frame = 1;
    }
    for (;;) {
      const place = this.takeKey(text);
      if (place === FAULT || this.seenIn[place] === this.frame) return false;
      this.seenIn[place] = this.frame;
      const code = text.charCodeAt(this.at);
      if (code === QUOTE) {
        if (!this.takeText(text, place)) return false;
      } else if (code >= ZERO && code <= NINE) {
        if (!this.takeNumber(text, place)) return false;
      } else if (code === OPEN) {
        if (kind !== 'depth' || !this.takeSide(text, place, symbol.priceScale)) return false;
      } else if (!this.takeTruth(text, place)) {
        return false;
      }
      const next = text.charCodeAt(this.at);
      this.at += 1;
      if (next === END) return text.charCodeAt(this.at) === END && text.length === this.at + 1;
      if (next !== COMMA) return false;
    }
  }

  private takeKey(text: string): number {
    const { at } = this;
    if (text.charCodeAt(at) !== QUOTE) return FAULT;
    const letter = text.charCodeAt(at + 1);
    const isLetter = (letter >= 65 && letter <= 90) || (letter >= 97 && letter <= 122);
    if (isLetter && text.charCodeAt(at + 2) === QUOTE && text.charCodeAt(at + 3) === COLON) {
      this.at = at + 4;
      return letter;
    }
    this.at = at + PREVIOUS_ID.length;
    if (text.startsWith(PREVIOUS_ID, at)) return PREVIOUS_ID_PLACE;
    return text.startsWith(PAIR, at) ? PAIR_PLACE : FAULT;
  }

  private takeText(text: string, place: number): boolean {
    const start = this.at + 1;
    const end = endOfText(text, start);
    if (end === FAULT) return false;
    this.forms[place] = 'text';
    this.starts[place] = start;
    this.ends[place] = end;
    this.at = end + 1;
    return true;
  }

  private takeNumber(text: string, place: number): boolean {
    const start = this.at;
    let value = 0;
    let at = start;
    for (; ; at += 1) {
      const code = text.charCodeAt(at);
      if (!(code >= ZERO && code <= NINE)) break;
      value = value * 10 + (code - ZERO);
    }
    if (at - start > DIGITS_MAX || (at - start > 1 && text.charCodeAt(start) === ZERO))
      return false;
    this.forms[place] = 'number';
    this.starts[place] = start;
    this.ends[place] = at;
    this.numbers[place] = value;
    this.at = at;
    return true;
  }

  private takeTruth(text: string, place: number): boolean {
    this.forms[place] = 'other';
    if (text.startsWith('true', this.at)) this.at += 4;
    else if (text.startsWith('false', this.at)) this.at += 5;
    else return false;
    return true;
  }

  private takeSide(text: string, place: number, scale: number): boolean {
    if (place !== BID && place !== ASK) return false;
    const levels = this.takeLevels(text, scale);
    if (!levels) return false;
    this.forms[place] = 'levels';
    if (place === BID) this.bids = levels;
    else this.asks = levels;
    return true;
  }

  private takeLevels(text: string, scale: number): (readonly [number, string])[] | undefined {
    const levels: (readonly [number, string])[] = [];
    let at = this.at + 1;
    if (text.charCodeAt(at) === CLOSE) {
      this.at = at + 1;
      return levels;
    }
    for (;;) {
      if (text.charCodeAt(at) !== OPEN || text.charCodeAt(at + 1) !== QUOTE) return undefined;
      const priceEnd = endOfText(text, at + 2);
      if (priceEnd === FAULT || !text.startsWith('","', priceEnd)) return undefined;
      const sizeStart = priceEnd + 3;
      const sizeEnd = endOfText(text, sizeStart);
      if (sizeEnd === FAULT || text.charCodeAt(sizeEnd + 1) !== CLOSE) return undefined;
      const priceUnits = parsePriceUnits(text, scale, at + 2, priceEnd);
      const size = sizeIn(text, sizeStart, sizeEnd);
      if (priceUnits === undefined || size === undefined) return undefined;
      levels.push([priceUnits, size]);
      at = sizeEnd + 3;
      const next = text.charCodeAt(at - 1);
      if (next === CLOSE) break;
      if (next !== COMMA || levels.length === LEVELS_MAX) return undefined;
    }
    this.at = at;
    return levels;
  }
}

/** Where the text that begins here ends; FAULT for one that JSON would not take, or that has an escape. */
function endOfText(text: string, start: number): number {
  for (let at = start; ; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at;
    if (!(code >= 32) || code === BACKSLASH) return FAULT;
  }
}
