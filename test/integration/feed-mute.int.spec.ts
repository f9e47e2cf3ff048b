import { BinanceFeed } from '../../src/adapters/feed-binance/binance.feed.js';
import { WebSocketTransport } from '../../src/adapters/web-socket/web-socket.transport.js';
import { MarketFixture } from '../support/market-fixture.js';
import { MisbehavingVenue } from '../support/misbehaving-venue.js';
import { LTC, PartitionFixture, T0 } from '../support/partition-fixture.js';
import { until } from '../support/until.js';
import { VirtualTime } from '../support/virtual-time.js';

const FEEDS = ['main', 'spare'] as const;
type Feed = (typeof FEEDS)[number];

/** A long of 1 with a stop at 80 on trades, behind two connections to venues of different kinds. */
describe('two feeds behind a stop on trades', () => {
  const venues = {} as Record<Feed, MisbehavingVenue>;
  let time: VirtualTime;
  let market: MarketFixture;
  let engine: PartitionFixture;
  let facts: string[];
  let id: number;
  let lateMs: number;

  beforeEach(async () => {
    time = new VirtualTime(T0);
    facts = [];
    id = 0;
    lateMs = 0;
    engine = PartitionFixture.ready();
    engine.position(1, 'long', '1', '83');
    expect(engine.arm(2, 1, { stop: '80', dialect: 'stopledger' })).toMatchObject({
      kind: 'accepted',
    });
    for (const feed of FEEDS) venues[feed] = await MisbehavingVenue.start();
    const feeds = FEEDS.map(
      (feed) =>
        new BinanceFeed({
          ...{ id: feed, url: venues[feed].url, market: feed === 'main' ? 'spot' : 'usdm' },
          ...{ instruments: [], transport: new WebSocketTransport(), time },
          // The spare one brings no quotes at all.
          ...(feed === 'spare' && { streams: ['trade'] as const }),
        }),
    );
    const instrument = { instrumentId: LTC, symbol: 'LTCUSDT', priceScale: 2, nowMs: T0 };
    market = new MarketFixture(feeds, instrument, time, () => engine.partition.pricesRead());
    market.onTick = (tick) => {
      for (const fact of engine.input({ kind: 'tick', tick }).facts) facts.push(fact.type);
    };
    await until('connected', () => market.words.length === 2);
  });

  afterEach(async () => {
    await market.desk.close();
    await Promise.all(FEEDS.map((feed) => venues[feed].close()));
  });

  function frame(kind: 'trade' | 'bookTicker', price: string): string {
    id += 1;
    const [now, s, X] = [time.clock() - lateMs, 'LTCUSDT', 'MARKET'];
    const data =
      kind === 'trade'
        ? { e: 'trade', E: now, s, t: id, p: price, q: '1', T: now, m: true, X }
        : { u: id, s, b: price, B: '1', a: `${price}5`, A: '1' };
    return JSON.stringify({ stream: `ltcusdt@${kind}`, data });
  }

  async function told(shown: Partial<Record<Feed, readonly string[]>>): Promise<void> {
    const awaited = market.ticks.length + Object.values(shown).flat().length;
    for (const feed of FEEDS) for (const text of shown[feed] ?? []) venues[feed].send(text);
    await until('the prices', () => market.ticks.length >= awaited);
  }

  const trades = (count: number, price = '83.0') =>
    Array.from({ length: count }, () => frame('trade', price));

  it('guard it when trades of one fall mute while its quotes go on: it fires by the other', async () => {
    for (let second = 0; second < 10; second += 1) {
      time.advance(1_000);
      const quote = () => frame('bookTicker', '83.0');
      await told({ main: [...trades(30), quote()], spare: trades(30) });
    }
    expect(market.words).toEqual(['main connected', 'spare connected']);
    for (let second = 0; second < 7; second += 1) {
      time.advance(1_000);
      await told({ main: [frame('bookTicker', '83.0')], spare: trades(1) });
    }
    expect(market.words.slice(2)).toEqual(['main stale', 'main → spare: stale']);
    expect(market.changes.at(-2)?.change).toMatchObject({ priceKind: 'trade' });
    await told({ spare: [...trades(2, '79.9')] });
    expect(facts).toContain('StopTriggered');
  });

  it.each([
    [9_000, 'prices of feed main come 9000 ms late'],
    [-9_000, 'the clock of this machine is at least 9000 ms behind that of feed main'],
  ])('tell that the clock is off by %i, though quotes come without a time', async (ms, text) => {
    lateMs = ms;
    const quotes = Array.from({ length: 64 }, () => frame('bookTicker', '83.0'));
    await told({ main: [...trades(64), ...quotes] });
    const [main] = market.desk.reports();
    expect(main?.latency).toMatchObject({ minMs: ms, samples: 64 });
    time.advance(10_000);
    expect(market.lines).toContainEqual(expect.stringContaining(text));
  });
});
