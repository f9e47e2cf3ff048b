import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BinanceParser } from './binance.parse.js';
import type { ParsedFrame } from './parsed-frame.js';

const T0 = 1_750_541_280_000;
const FIXTURES = join(__dirname, 'fixtures');

function fixture(name: string): string {
  return JSON.stringify(JSON.parse(readFileSync(join(FIXTURES, `${name}.json`), 'utf8')));
}

const parser = new BinanceParser('main', [
  { instrumentId: 'BINANCE:LTCUSDT', symbol: 'LTCUSDT', priceScale: 2 },
  { instrumentId: 'BINANCE:BTCUSDT', symbol: 'BTCUSDT', priceScale: 2 },
]);
const LTC = { e: 'trade', E: T0 + 1, s: 'LTCUSDT', p: '80.22', q: '1.2', T: T0, m: true };
const LTC_TICK = {
  ...{
    kind: 'trade',
    instrumentId: 'BINANCE:LTCUSDT',
    feed: 'main',
    priceUnits: 8022,
    size: '1.2',
  },
  ...{ venueTimeMs: T0, receivedAtMs: T0 + 5, verdict: 'good' },
};

function combined(data: object, stream: string): string {
  return JSON.stringify({ stream, data });
}
function read(text: string): ParsedFrame {
  return parser.parse(text, T0 + 5);
}
function reasonOf(frame: ParsedFrame): string {
  return frame.kind === 'refused' ? frame.reason : frame.kind;
}

describe('an aggregate trade of Binance', () => {
  it('has the id of the aggregate, not that of a trade', () => {
    const data = { ...LTC, e: 'aggTrade', a: 77, f: 293551001, l: 293551004 };
    expect(read(combined(data, 'ltcusdt@aggTrade'))).toEqual({
      kind: 'trade',
      tick: { ...LTC_TICK, tradeId: '77' },
    });
  });
});

describe('a mark price of Binance', () => {
  const MARK = { e: 'markPriceUpdate', E: T0, s: 'LTCUSDT', p: '80.22', P: '80', i: '80', r: '0' };

  it('is a book of two equal sides on a feed of its own', () => {
    expect(read(fixture('usdm-mark-price'))).toEqual({
      kind: 'quote',
      tick: {
        ...{ kind: 'quote', instrumentId: 'BINANCE:BTCUSDT', feed: 'main.mark' },
        ...{ bidUnits: 2815510, askUnits: 2815510, bidSize: '0', askSize: '0' },
        ...{ sequence: '1680652800010', venueTimeMs: 1680652800010 },
        ...{ receivedAtMs: T0 + 5, verdict: 'good' },
      },
    });
  });

  it.each([
    ['28147.27373413', 2814727],
    ['80.225', 8022],
    ['80.235', 8024],
    ['80.22500001', 8023],
  ])('of %s is rounded to the units of the grid, a tie to the even one', (p, bidUnits) => {
    expect(read(combined({ ...MARK, p }, 'ltcusdt@markPrice@1s'))).toMatchObject({
      tick: { bidUnits, askUnits: bidUnits },
    });
  });

  it.each([
    [{ p: '0.001' }, 'price-not-positive'],
    [{ p: 'x' }, 'bad-price'],
    [{ p: 80 }, 'bad-price'],
    [{ E: 'now' }, 'bad-time'],
  ])('is refused with %j', (change, reason) => {
    expect(reasonOf(read(combined({ ...MARK, ...change }, 'ltcusdt@markPrice@1s')))).toBe(reason);
  });
});

describe('a change of the book of Binance', () => {
  const DEPTH = {
    ...{ e: 'depthUpdate', E: T0, T: T0 - 1, s: 'LTCUSDT', U: 10, u: 12, pu: 9 },
    ...{ b: [['80.20', '1.50']], a: [['80.30000000', '0.000']] },
  };
  const CHANGE = {
    ...{ lastId: 12, venueTimeMs: T0 - 1, receivedAtMs: T0 + 5 },
    ...{ bids: [[8020, '1.5']], asks: [[8030, '0']] },
  };

  it('is read with its ids, prices and sizes', () => {
    expect(read(combined(DEPTH, 'ltcusdt@depth@100ms'))).toEqual({
      kind: 'depth',
      symbol: 'LTCUSDT',
      change: { kind: 'diff', firstId: 10, previousId: 9, ...CHANGE },
    });
  });

  it('is the top of the book on the streams that give that, futures and spot', () => {
    const top = { kind: 'top', ...CHANGE };
    expect(read(combined(DEPTH, 'ltcusdt@depth5@100ms'))).toMatchObject({ change: top });
    const spot = { lastUpdateId: 12, bids: DEPTH.b, asks: DEPTH.a };
    expect(read(combined(spot, 'ltcusdt@depth20@100ms'))).toMatchObject({
      symbol: 'LTCUSDT',
      change: { ...top, venueTimeMs: T0 + 5 },
    });
  });

  it.each([
    [{ U: 13 }, 'bad-id'],
    [{ u: 2 ** 60 }, 'bad-id'],
    [{ pu: '9' }, 'bad-id'],
    [{ T: -1 }, 'bad-time'],
    [{ b: undefined }, 'bad-level'],
    [{ b: [['80.20']] }, 'bad-level'],
    [{ b: ['80.20'] }, 'bad-level'],
    [{ a: [['80.205', '1']] }, 'price-beyond-grid'],
    [{ a: [['80.20', '-1']] }, 'bad-size'],
    [{ a: [['0', '1']] }, 'price-not-positive'],
    [{ a: Array.from({ length: 5_001 }, () => ['1', '1']) }, 'bad-level'],
    [{ s: 'ETHUSDT' }, 'unknown-symbol'],
  ])('is refused with %j', (change, reason) => {
    expect(reasonOf(read(combined({ ...DEPTH, ...change }, 'ltcusdt@depth')))).toBe(reason);
  });
});
