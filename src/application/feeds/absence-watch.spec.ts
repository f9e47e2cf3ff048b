import { MarketFixture } from '../../../test/support/market-fixture.js';
import { LTC, T0, trade } from '../../../test/support/partition-fixture.js';
import { ScriptedFeed } from '../../../test/support/scripted-feed.js';
import type { PriceKind } from '../../domain/feed/feed.events.js';
import type { Tick } from '../../engine/tick.js';
import { FIRST_PRICE_MS_MAX } from './absence-watch.js';

const RAISED = `raised PRICE_ABSENT ${LTC} trade`;
const CLEARED = `cleared PRICE_ABSENT ${LTC} trade`;

/** A market of two feeds on which a stop on trades is armed. */
function world() {
  const [a, b] = [new ScriptedFeed('a'), new ScriptedFeed('b')];
  const read = new Map<string, ReadonlySet<PriceKind>>([[LTC, new Set(['trade'])]]);
  const instrument = { instrumentId: LTC, priceScale: 2, nowMs: T0 };
  const market = new MarketFixture([a, b], instrument, undefined, () => read);
  const absent = (): string[] => market.alarms.filter((line) => line.includes('PRICE_ABSENT'));
  return { a, b, market, read, absent };
}

const quote: Tick = {
  ...{ kind: 'quote', instrumentId: LTC, feed: '', bidUnits: 8_300, askUnits: 8_301 },
  ...{ bidSize: '1', askSize: '1', sequence: '1', verdict: 'good' },
  ...{ venueTimeMs: T0, receivedAtMs: T0 },
};

describe('a stop whose price has never come', () => {
  it('is an alarm after half a minute, and no more with the first price', () => {
    const { a, market, absent } = world();
    a.connect();
    market.time.advance(FIRST_PRICE_MS_MAX);
    expect(absent()).toEqual([]);
    market.time.advance(1_000);
    expect(absent()).toEqual([RAISED]);
    expect(market.lines).toContain(
      `what is armed on trades of ${LTC} is blind, none has come: a has shown none; b is not connected`,
    );
    a.show(quote);
    market.time.advance(60_000);
    expect(absent()).toEqual([RAISED]);
    a.show(trade('83'));
    market.time.advance(1_000);
    expect(absent()).toEqual([RAISED, CLEARED]);
  });

  it('is one also when no feed was ever connected, and when the only one that showed it is lost', () => {
    const { a, b, market, absent } = world();
    market.time.advance(FIRST_PRICE_MS_MAX + 1_000);
    expect(absent()).toEqual([RAISED]);
    a.connect();
    b.connect();
    a.show(trade('83'));
    market.time.advance(1_000);
    expect(absent()).toEqual([RAISED, CLEARED]);
    a.lose('gone');
    market.time.advance(FIRST_PRICE_MS_MAX + 1_000);
    expect(absent()).toEqual([RAISED, CLEARED, RAISED]);
  });

  it('is one whose instrument has no feed that is configured any more', () => {
    const { market, read } = world();
    const other = 'BINANCE:BTCUSDT';
    read.set(other, new Set(['trade']));
    const feeds = ['gone'];
    market.desk.follow([{ instrumentId: other, symbol: 'BTCUSDT', priceScale: 2, feeds }]);
    market.time.advance(FIRST_PRICE_MS_MAX + 1_000);
    expect(market.lines).toContain(
      `what is armed on trades of ${other} is blind, none has come: no feed of it is configured`,
    );
  });

  it('is one from when it is armed, and none when nothing reads the price any more', () => {
    const { a, market, read, absent } = world();
    read.clear();
    a.connect();
    market.time.advance(10 * FIRST_PRICE_MS_MAX);
    expect(absent()).toEqual([]);
    read.set(LTC, new Set(['trade']));
    market.time.advance(FIRST_PRICE_MS_MAX + 1_000);
    expect(absent()).toEqual([RAISED]);
    read.clear();
    market.time.advance(1_000);
    expect(absent()).toEqual([RAISED, CLEARED]);
  });

  it('is none outside of trading hours: the time runs from the opening', () => {
    const { a, market, absent } = world();
    market.closedUntilMs = T0 + 3_600_000;
    a.connect();
    market.time.advance(3_600_000);
    expect(absent()).toEqual([]);
    market.closedUntilMs = undefined;
    market.time.advance(FIRST_PRICE_MS_MAX);
    expect(absent()).toEqual([]);
    market.time.advance(1_000);
    expect(absent()).toEqual([RAISED]);
  });

  it('is one at once when the venue refuses it, unless another feed may show it yet', () => {
    const { a, b, market, absent } = world();
    a.connect();
    b.connect();
    a.refuseSymbol(LTC, 'Invalid symbol');
    market.time.advance(1_000);
    expect(absent()).toEqual([]);
    b.lose('gone');
    market.time.advance(1_000);
    expect(absent()).toEqual([RAISED]);
    expect(market.lines.at(-1)).toContain('a does not subscribe to it (Invalid symbol)');
  });

  it('does not stay with a feed that has lost the subscription when another shows it', () => {
    const { a, b, market } = world();
    for (const feed of [a, b]) feed.connect();
    for (const feed of [a, b]) feed.show(trade('83'));
    market.time.advance(1_000);
    a.refuseSymbol(LTC, 'Invalid symbol');
    market.time.advance(1_000);
    expect(market.words.slice(2)).toEqual(['a → b: stale']);
  });

  it('is looked at the same way where the instrument came after the connection', () => {
    const { a, b, market, read, absent } = world();
    for (const feed of [a, b]) feed.connect();
    const other = 'BINANCE:BTCUSDT';
    const feeds = ['a', 'b'];
    market.desk.follow([{ instrumentId: other, symbol: 'BTCUSDT', priceScale: 2, feeds }]);
    read.clear();
    read.set(other, new Set(['trade']));
    for (const feed of [a, b]) feed.show(trade('83', { instrumentId: other }));
    market.time.advance(FIRST_PRICE_MS_MAX + 1_000);
    expect(absent()).toEqual([]);
    a.lose('gone');
    expect(market.words.slice(2)).toEqual(['a lost', 'a → b: lost']);
  });
});
