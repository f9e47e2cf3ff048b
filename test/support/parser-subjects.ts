import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { BinanceParser } from '../../src/adapters/feed-binance/binance.parse.js';
import { readMt5Price } from '../../src/adapters/feed-mt5/mt5-price.parse.js';
import { OpenAlgoParser } from '../../src/adapters/feed-openalgo/openalgo.parse.js';

const ADAPTERS = join(__dirname, '../../src/adapters');
const T0 = 1_723_161_254_000;

/** A parser under attack: frames of its venue, and what it says of a text. */
export interface ParserSubject {
  readonly name: string;
  readonly frames: readonly string[];
  readonly parse: (text: string) => { readonly kind: string };
}

function fixturesOf(adapter: string): string[] {
  const folder = join(ADAPTERS, adapter, 'fixtures');
  return readdirSync(folder)
    .sort()
    .map((file) => JSON.stringify(JSON.parse(readFileSync(join(folder, file), 'utf8'))));
}

const binance = new BinanceParser('fuzzed', [
  { instrumentId: 'BINANCE:BTCUSDT', symbol: 'BTCUSDT', priceScale: 2 },
  { instrumentId: 'BINANCE_COINM:BTCUSD_PERP', symbol: 'BTCUSD_PERP', priceScale: 1 },
]);
const openAlgo = new OpenAlgoParser('fuzzed', [
  { instrumentId: 'NSE:RELIANCE', exchange: 'NSE', symbol: 'RELIANCE', priceScale: 2 },
]);

export const PARSER_SUBJECTS: readonly ParserSubject[] = [
  {
    name: 'binance',
    frames: fixturesOf('feed-binance'),
    parse: (text) => binance.parse(text, T0),
  },
  {
    name: 'openalgo',
    frames: fixturesOf('feed-openalgo'),
    parse: (text) => openAlgo.parse(text, T0),
  },
  {
    name: 'mt5',
    frames: fixturesOf('feed-mt5'),
    parse: (text) =>
      readMt5Price(
        text,
        { instrumentId: 'MT5.DEMO:XAUUSD', symbol: 'XAUUSD', priceScale: 2 },
        { feed: 'fuzzed', receivedAtMs: T0 },
      ),
  },
];

/** Throws when a tick is not whole: exact integers for prices, decimal text for sizes, safe times. */
export function requireWhole(frame: object): void {
  const { tick, ticks, change } = frame as {
    tick?: object;
    ticks?: readonly object[];
    change?: Record<'bids' | 'asks', readonly (readonly [unknown, unknown])[]>;
  };
  for (const [priceUnits, size] of change ? [...change.bids, ...change.asks] : []) {
    requireWhole({ tick: { priceUnits, size } });
  }
  for (const one of [...(tick ? [tick] : []), ...(ticks ?? [])]) {
    for (const [field, value] of Object.entries(one)) {
      const isUnits = /Units$/.test(field);
      const isTime = /Ms$/.test(field);
      if ((isUnits || isTime) && !(Number.isSafeInteger(value) && value > 0)) {
        throw new Error(`${field} is ${String(value)}`);
      }
      if (/[sS]ize$/.test(field) && !/^\d+(\.\d+)?$/.test(String(value))) {
        throw new Error(`${field} is ${String(value)}`);
      }
    }
  }
}
