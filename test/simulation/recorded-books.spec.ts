import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { readSnapshot } from '../../src/adapters/feed-binance/binance-depth.parse.js';
import type { BookDiff, BookTop } from '../../src/adapters/feed-binance/binance-depth.parse.js';
import { BinanceParser } from '../../src/adapters/feed-binance/binance.parse.js';
import type { BinanceMarket } from '../../src/adapters/feed-binance/binance.transport.js';
import { BookSequence } from '../../src/adapters/feed-binance/book-sequence.js';
import type { QuoteTick } from '../../src/engine/tick.js';

const FRAMES = join(__dirname, '../fixtures/frames');

interface Capture {
  readonly diffs: readonly BookDiff[];
  readonly quotes: readonly QuoteTick[];
  readonly whole: BookTop;
  /** So many changes had come when the whole book did. */
  readonly wholeAt: number;
}

function capture(name: string, symbol: string, priceScale: number): Capture {
  const text = gunzipSync(readFileSync(join(FRAMES, `${name}.ws.jsonl.gz`))).toString('utf8');
  const parser = new BinanceParser('x', [{ instrumentId: 'x', symbol, priceScale }]);
  const diffs: BookDiff[] = [];
  const quotes: QuoteTick[] = [];
  let whole: BookTop | undefined;
  let wholeAt = 0;
  for (const line of text.trimEnd().split('\n')) {
    const frame = line.slice(line.indexOf(' ') + 1);
    if (frame.startsWith('{"lastUpdateId"')) {
      const read = readSnapshot(frame, { priceScale, receivedAtMs: 1 });
      if (read.kind === 'top') whole = read;
      wholeAt = diffs.length;
      continue;
    }
    const read = parser.parse(frame, 1);
    if (read.kind === 'depth' && read.change.kind === 'diff') diffs.push(read.change);
    else if (read.kind === 'quote') quotes.push(read.tick);
    else if (read.kind === 'refused') throw new Error(`${read.reason}: ${frame.slice(0, 200)}`);
  }
  if (!whole) throw new Error('the capture holds no whole book');
  return { diffs, quotes, whole, wholeAt };
}

const CAPTURES: readonly (readonly [BinanceMarket, string, string, number])[] = [
  ['spot', 'binance-spot-btcusdt-20240808-2354', 'BTCUSDT', 2],
  ['usdm', 'binance-usdm-btcusdt-20240718-2357', 'BTCUSDT', 1],
  ['coinm', 'binance-coinm-btcusd_perp-20240808-2354', 'BTCUSD_PERP', 1],
];

describe.each(CAPTURES)('the book of Binance %s', (market, name, symbol, priceScale) => {
  const recorded = capture(name, symbol, priceScale);
  const { diffs, quotes, whole, wholeAt } = recorded;

  /** Changes in their order with the whole book where it came; `asked` counts the requests for it. */
  function follow(change: (diff: BookDiff, at: number) => readonly BookDiff[]) {
    let asked = 0;
    let gaps = 0;
    const sequence = new BookSequence(market, () => (asked += 1));
    const wrong: string[] = [];
    let compared = 0;
    diffs.forEach((diff, at) => {
      if (at === wholeAt) sequence.takeWhole(whole);
      for (const one of change(diff, at)) if (sequence.take(one) === 'gap') gaps += 1;
      const { book } = sequence;
      if (!book.isSound) return;
      // The venue tells each change of the best prices on a stream of its own, under the same ids.
      const id = Number(book.sequence);
      const told = quotes.findLast(({ sequence: of }) => Number(of) <= id);
      if (!told || Number(told.sequence) < whole.lastId) return;
      compared += 1;
      const [bid, ask] = [book.best('bid'), book.best('ask')];
      const found = `${bid?.priceUnits} ${bid?.size} / ${ask?.priceUnits} ${ask?.size}`;
      const expected = `${told.bidUnits} ${told.bidSize} / ${told.askUnits} ${told.askSize}`;
      if (found !== expected) wrong.push(`${id}: ${found}, told was ${expected}`);
    });
    return { asked, gaps, wrong, compared, sequence };
  }

  it('has the best prices that the venue tells itself, change by change', () => {
    const { asked, gaps, wrong, compared } = follow((diff) => [diff]);
    expect(wrong).toEqual([]);
    expect([asked, gaps]).toEqual([1, 0]);
    expect(compared).toBeGreaterThan(20);
  });

  it('takes what a second connection repeats once', () => {
    const { gaps, wrong } = follow((diff, at) => [diff, diff, ...diffs.slice(at - 1, at)]);
    expect([gaps, wrong]).toEqual([0, []]);
  });

  it('is void from a change that is missing on, and asks for the whole book again', () => {
    const missing = wholeAt + 10;
    const { asked, gaps, sequence } = follow((diff, at) => (at === missing ? [] : [diff]));
    expect([asked, gaps]).toEqual([2, 1]);
    expect(sequence.book.isSound).toBe(false);
    expect(sequence.book.best('bid')).toBeUndefined();
  });

  it('asks again when the whole book is older than the first change that it has', () => {
    let asked = 0;
    const sequence = new BookSequence(market, () => (asked += 1));
    const late = diffs.slice(wholeAt + 10);
    for (const diff of late) sequence.take(diff);
    expect(sequence.takeWhole(whole)).toBe(false);
    expect([asked, sequence.book.isSound]).toEqual([2, false]);
  });
});

describe('a book whose sides cross', () => {
  const LEVELS = { venueTimeMs: 1, receivedAtMs: 1 };

  it('is void, and asked for again', () => {
    let asked = 0;
    const sequence = new BookSequence('spot', () => (asked += 1));
    const diff = (id: number, bids: BookDiff['bids']): BookDiff => ({
      ...{ kind: 'diff', firstId: id, lastId: id, previousId: undefined, bids, asks: [] },
      ...LEVELS,
    });
    sequence.take(diff(11, []));
    sequence.takeWhole({
      kind: 'top',
      lastId: 10,
      bids: [[99, '1']],
      asks: [[101, '1']],
      ...LEVELS,
    });
    expect(sequence.book.isSound).toBe(true);
    expect(sequence.take(diff(12, [[100, '1']]))).toBe('applied');
    expect(sequence.take(diff(13, [[101, '1']]))).toBe('gap');
    expect([asked, sequence.book.isSound]).toEqual([2, false]);
  });
});
