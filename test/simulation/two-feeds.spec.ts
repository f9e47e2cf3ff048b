import { join } from 'node:path';
import { formatUnits } from '../../src/domain/instrument/price-grid.js';
import { mayDecide } from '../../src/engine/tick.js';
import type { QuoteTick, Tick } from '../../src/engine/tick.js';
import { RecordedTicks } from '../../src/market-data/recorded-ticks.js';
import { Recording } from '../../src/market-data/recorded-trades.js';
import { MarketFixture } from '../support/market-fixture.js';
import { ScriptedFeed } from '../support/scripted-feed.js';

const FOLDER = join(__dirname, '../fixtures/ticks');
const EURUSD = 'FX:EURUSD';

function quotesOf(source: 'oanda' | 'fxcm'): QuoteTick[] {
  const recording = Recording.read(join(FOLDER, `${source}-eurusd-20140508-1250.quotes.csv.gz`));
  const ticks = new RecordedTicks(recording, { instrumentId: EURUSD, feed: source, priceScale: 5 });
  return [...ticks].filter((tick): tick is QuoteTick => tick.kind === 'quote');
}

const RECORDED = { oanda: quotesOf('oanda'), fxcm: quotesOf('fxcm') };

/** Both recordings by time; oanda is lost behind that quote of its own. */
function play(lostBehind: number, seconds: number) {
  const oanda = new ScriptedFeed('oanda');
  const fxcm = new ScriptedFeed('fxcm');
  const both = [...RECORDED.oanda, ...RECORDED.fxcm].sort(
    (a, b) => a.receivedAtMs - b.receivedAtMs,
  );
  const market = new MarketFixture([oanda, fxcm], {
    instrumentId: EURUSD,
    priceScale: 5,
    nowMs: both[0]?.receivedAtMs ?? 0,
  });
  oanda.connect();
  fxcm.connect();
  const last = RECORDED.oanda[lostBehind];
  const untilMs = (last?.receivedAtMs ?? 0) + seconds * 1_000;
  for (const tick of both) {
    if (tick.receivedAtMs > untilMs) break;
    market.time.advance(Math.max(0, tick.receivedAtMs - market.time.clock()));
    const feed = tick.feed === 'oanda' ? oanda : fxcm;
    if (feed.isConnected) feed.show(tick);
    if (tick === last) oanda.lose('gone');
  }
  return { market, last };
}

function deciding(ticks: readonly Tick[]): string[] {
  return ticks.flatMap((tick) =>
    mayDecide(tick) && tick.kind === 'quote'
      ? [`${tick.feed} ${formatUnits(tick.bidUnits, 5)}`]
      : [],
  );
}

describe('two feeds of one instrument whose prices differ by pips', () => {
  it('one decides and the other stands by, on the tape with that verdict', () => {
    const { market } = play(4_000, 0);
    const verdicts = new Set(
      market.ticks.filter(({ feed }) => feed === 'fxcm').map(({ verdict }) => verdict),
    );
    expect(verdicts).toEqual(new Set(['standby']));
    expect(new Set(deciding(market.ticks).map((line) => line.split(' ')[0]))).toEqual(
      new Set(['oanda']),
    );
  });

  it('the first price after a fail-over decides nothing, the second does', () => {
    const { market, last } = play(4_000, 2);
    expect(market.words).toEqual([
      'oanda connected',
      'fxcm connected',
      'oanda lost',
      'oanda → fxcm: lost',
    ]);
    const lostAt = market.ticks.findIndex(
      ({ feed, receivedAtMs }) => feed === 'oanda' && receivedAtMs === last?.receivedAtMs,
    );
    const after = market.ticks.slice(lostAt + 1).filter(({ feed }) => feed === 'fxcm');
    const sound = after.filter(
      ({ verdict }) => verdict !== 'crossed-book' && verdict !== 'locked-book',
    );
    expect(sound.slice(0, 3).map(({ verdict }) => verdict)).toEqual([
      'unconfirmed',
      'good',
      'good',
    ]);
  });

  it('a level between the two sources is not touched by one price of the new one', () => {
    // Everywhere in the fall of 12:52, so that hardly two fail-overs are alike.
    for (let behind = 1_500; behind < 6_500; behind += 250) {
      const { market, last } = play(behind, 1);
      const first = market.ticks.find(({ verdict }) => verdict === 'unconfirmed');
      expect(first?.feed).toBe('fxcm');
      expect(
        deciding(market.ticks).filter((line) => line.startsWith('fxcm')).length,
      ).toBeGreaterThan(0);
      // What oanda had shown last, it has shown; nothing of fxcm from before decides afterwards.
      const backlog = market.ticks.filter(
        (tick) =>
          tick.feed === 'fxcm' && mayDecide(tick) && tick.receivedAtMs <= (last?.receivedAtMs ?? 0),
      );
      expect(backlog).toEqual([]);
    }
  });
});

describe('two connections to one venue, which numbers its prints', () => {
  const LTC = 'BINANCE:LTCUSDT';
  const T0 = 1_750_541_280_000;

  function world(numberings: readonly [string, string] = ['binance-spot', 'binance-spot']) {
    const [a, b] = [new ScriptedFeed('a', numberings[0]), new ScriptedFeed('b', numberings[1])];
    const market = new MarketFixture([a, b], { instrumentId: LTC, priceScale: 2, nowMs: T0 });
    a.connect();
    b.connect();
    return { a, b, market };
  }

  function print(id: number, priceUnits: number, receivedAtMs: number): Tick {
    return {
      kind: 'trade',
      instrumentId: LTC,
      feed: '',
      priceUnits,
      size: '1',
      tradeId: String(id),
      venueTimeMs: T0,
      receivedAtMs,
      verdict: 'good',
    };
  }

  function decided(market: MarketFixture): string[] {
    return market.ticks.flatMap((tick) =>
      tick.kind === 'trade' && mayDecide(tick) ? [tick.tradeId] : [],
    );
  }

  it('show no print twice after a fail-over, and none that only the standby had seen is lost', () => {
    const { a, b, market } = world();
    for (let id = 100; id < 110; id += 1) {
      a.show(print(id, 8022, T0 + id));
      b.show(print(id, 8022, T0 + id));
    }
    // The first line falls silent without a word; the second one shows four more before that is noticed.
    for (let id = 110; id < 114; id += 1) b.show(print(id, 8021, T0 + id));
    a.lose('gone');
    b.show(print(114, 8020, T0 + 120));
    expect(decided(market)).toEqual(Array.from({ length: 15 }, (_, index) => String(100 + index)));
  });

  it.each([
    ['of the same venue', 'binance-spot', ['b duplicate', 'a confirmed', 'b good']],
    ['of another venue', 'elsewhere', ['b standby', 'a confirmed', 'b good']],
  ])(
    'a price that the old line held is borne out by one %s and decides',
    (_, numbering, wanted) => {
      const { a, b, market } = world(['binance-spot', numbering]);
      a.show(print(100, 8022, T0));
      b.show(print(100, 8022, T0));
      a.show(print(101, 7900, T0 + 1));
      a.lose('gone');
      b.show(print(102, 7901, T0 + 2));
      const shown = market.ticks.filter(({ verdict }) => verdict !== 'outlier').slice(-3);
      expect(shown.map((tick) => `${tick.feed} ${tick.verdict}`)).toEqual(wanted);
    },
  );
});
