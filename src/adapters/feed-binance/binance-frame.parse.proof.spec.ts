import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { brokenFrames } from '../../../test/support/frame-fuzz.js';
import { BinanceParser } from './binance.parse.js';
import { RegularFrames } from './binance-frame.parse.js';
import type { SymbolGrid } from './parsed-frame.js';

const T0 = 1_723_161_257_500;
const RECORDED = join(__dirname, '../../../test/fixtures/frames');
const GRIDS: readonly SymbolGrid[] = [
  { instrumentId: 'BINANCE:BTCUSDT', symbol: 'BTCUSDT', priceScale: 2 },
  { instrumentId: 'BINANCE_COINM:BTCUSD_PERP', symbol: 'BTCUSD_PERP', priceScale: 1 },
];
const BROKEN = 30_000;

function readings(): { regular: RegularFrames; thorough: BinanceParser } {
  const regular = new RegularFrames('live');
  for (const grid of GRIDS) regular.add({ ...grid, prefix: `${grid.symbol.toLowerCase()}@` });
  return { regular, thorough: new BinanceParser('live', GRIDS) };
}

function recordedFrames(): string[] {
  return readdirSync(RECORDED)
    .filter((file) => file.endsWith('.gz'))
    .flatMap((file) => {
      const text = gunzipSync(readFileSync(join(RECORDED, file))).toString('utf8');
      return text
        .split('\n')
        .map((line) => line.slice(line.indexOf(' ') + 1))
        .filter((line) => line.startsWith('{'));
    });
}

const { regular: quickly, thorough: thoroughly } = readings();

/** Whether the quick reading took it; throws where the thorough one means something else. */
function agree(frame: string): boolean {
  const read = quickly.read(frame, T0);
  if (!read) return false;
  const meant = thoroughly.parseThoroughly(frame, T0);
  if (JSON.stringify(read) !== JSON.stringify(meant)) {
    throw new Error(`${frame}\nquick ${JSON.stringify(read)}\nthorough ${JSON.stringify(meant)}`);
  }
  return true;
}

const OTHERS = ['', ...Array.from('09.",:{}[]\\au -\n\u0000é')];

/** The frame with one character taken out or changed, everywhere. */
function* oneOff(frame: string): Generator<string> {
  for (let at = 0; at < frame.length; at += 1) {
    for (const other of OTHERS) yield frame.slice(0, at) + other + frame.slice(at + 1);
  }
}

describe('quick reading of regular frames', () => {
  it('says of every recorded frame what the thorough reading says', () => {
    const { regular, thorough } = readings();
    const frames = recordedFrames();
    let quick = 0;
    for (const frame of frames) {
      const read = regular.read(frame, T0);
      if (!read) continue;
      quick += 1;
      expect(read).toEqual(thorough.parseThoroughly(frame, T0));
    }
    // Prints that are no trades are left to the thorough reading.
    expect(frames.length).toBeGreaterThan(3_000);
    expect(quick / frames.length).toBeGreaterThan(0.99);
  });

  it(`says of none of ${BROKEN} broken frames anything else than the thorough reading`, () => {
    const sound = recordedFrames().filter((_, at) => at % 50 === 0);
    let quick = 0;
    for (const frame of brokenFrames(sound, BROKEN, 20_261_121)) {
      if (agree(frame)) quick += 1;
    }
    expect(quick).toBeGreaterThan(BROKEN / 200);
  });

  it('says nothing else of a frame in which any one character is another, or is missing', () => {
    const frames = ['@trade', '@bookTicker', '@depth'].map(
      (kind) =>
        recordedFrames().find((frame) => frame.includes(kind) && frame.length < 1_000) ?? '',
    );
    const quick = frames.flatMap((frame) => [...oneOff(frame)]).filter(agree).length;
    // Another digit in a price, a size, an id or a time leaves a frame regular.
    expect(quick).toBeGreaterThan(1_000);
  });

  const trade = (fields: string): string => `{"stream":"btcusdt@trade","data":{${fields}}}`;
  const FIELDS =
    '"e":"trade","E":1,"T":2,"s":"BTCUSDT","t":7,"p":"80.5","q":"1","X":"MARKET","m":true';

  it('takes the very form of the venue', () => {
    const read = readings().regular.read(trade(FIELDS), T0);
    expect(read).toMatchObject({ kind: 'trade', tick: { priceUnits: 8050, tradeId: '7' } });
  });

  it.each([
    ['a key twice', trade(`${FIELDS},"p":"1"`)],
    ['a key that it does not know', trade(`${FIELDS},"zz":1`)],
    ['an escape', trade(FIELDS.replace('MARKET', 'MAR\\u004bET'))],
    ['a control character', trade(FIELDS.replace('MARKET', 'MARKET\n'))],
    ['a blank', trade(FIELDS.replace(',', ', '))],
    ['a number with a leading zero', trade(FIELDS.replace(':7,', ':07,'))],
    ['a number of 16 digits', trade(FIELDS.replace(':7,', ':1234567890123456,'))],
    ['a number with a sign', trade(FIELDS.replace(':7,', ':-7,'))],
    ['an exponent', trade(FIELDS.replace(':7,', ':7e1,'))],
    ['a price as a number', trade(FIELDS.replace('"80.5"', '80.5'))],
    ['a price off the grid', trade(FIELDS.replace('80.5', '80.555'))],
    ['a size below zero', trade(FIELDS.replace('"q":"1"', '"q":"-1"'))],
    ['a print that is no trade', trade(FIELDS.replace('MARKET', 'INSURANCE_FUND'))],
    ['another event in the stream', trade(FIELDS.replace('"trade"', '"aggTrade"'))],
    ['another symbol in the stream', trade(FIELDS.replace('BTCUSDT', 'BTCUSD_PERP'))],
    ['no time', trade(FIELDS.replace('"T":2,', ''))],
    ['no id', trade(FIELDS.replace('"t":7,', ''))],
    ['an unknown stream', trade(FIELDS).replace('@trade', '@trades')],
    ['more behind its end', `${trade(FIELDS)} `],
    ['an end that is missing', trade(FIELDS).slice(0, -1)],
    ['a nested object', trade(`${FIELDS},"o":{}`)],
    ['a list where none belongs', trade(`${FIELDS},"a":[]`)],
  ])('says nothing about a frame with %s', (_, frame) => {
    expect(readings().regular.read(frame, T0)).toBeUndefined();
  });

  it.each([
    ['a level of three', '[["1","2","3"]]'],
    ['a level of one', '[["1"]]'],
    ['a level of numbers', '[[1,2]]'],
    ['a comma too many', '[["1","2"],]'],
    ['no end', '[["1","2"]'],
    ['a price off the grid', '[["1.555","2"]]'],
  ])('says nothing about a change of the book with %s', (_, bids) => {
    const frame = (side: string): string =>
      `{"stream":"btcusdt@depth","data":{"e":"depthUpdate","E":1,"T":2,"s":"BTCUSDT","U":1,"u":2,"pu":0,"b":${side},"a":[]}}`;
    expect(readings().regular.read(frame('[["1","2"]]'), T0)).toMatchObject({
      change: { bids: [[100, '2']], asks: [], previousId: 0 },
    });
    expect(readings().regular.read(frame(bids), T0)).toBeUndefined();
  });
});
