import { deflateRawSync } from 'node:zlib';
import { BinanceFeed } from '../../src/adapters/feed-binance/binance.feed.js';
import { WebSocketTransport } from '../../src/adapters/web-socket/web-socket.transport.js';
import { MarketFixture } from '../support/market-fixture.js';
import { MisbehavingVenue } from '../support/misbehaving-venue.js';
import { LTC, PartitionFixture, T0 } from '../support/partition-fixture.js';
import { until } from '../support/until.js';
import { VirtualTime } from '../support/virtual-time.js';

// The waits inside have limits of their own.
jest.setTimeout(60_000);

const HEARTBEAT_MS = 10_000;
const LIMITS = {
  backOffMsFirst: 100,
  backOffMsMax: 1_000,
  heartbeatMs: HEARTBEAT_MS,
  silence: { msMin: 10_000, msMax: 120_000, factor: 4 },
};

function print(
  t: number,
  p: string,
  more: { symbol?: string; stream?: string; T?: number } = {},
): string {
  const { symbol = 'LTCUSDT', stream = 'ltcusdt@trade', T = T0 + t } = more;
  return JSON.stringify({
    stream,
    data: { e: 'trade', E: T, s: symbol, t, p, q: '1', T, m: true, M: true },
  });
}

/** A long of 1 with a stop at 80, guarded by one real connection: venue → feed → gate → engine. */
describe('a stop behind a venue that misbehaves', () => {
  let venue: MisbehavingVenue;
  let feed: BinanceFeed;
  let time: VirtualTime;
  let market: MarketFixture;
  let engine: PartitionFixture;
  let facts: string[];

  const verdicts = (): string[] =>
    market.ticks.map((tick) => `${tick.kind === 'trade' ? tick.tradeId : ''} ${tick.verdict}`);
  const seen = (count: number) => until(`${count} prices`, () => market.ticks.length === count);
  const refused = (reason: string) =>
    until(`refused: ${reason}`, () => (feed.health().refused[reason] ?? 0) > 0);
  const lost = () => until('lost', () => market.words.at(-1) === 'main lost');
  const connected = (times: number) =>
    until(
      'connected',
      () =>
        market.words.filter((word) => word === 'main connected').length === times &&
        venue.clients.length === 1,
    );
  const triggers = (): number => facts.filter((type) => type === 'StopTriggered').length;

  beforeEach(async () => {
    venue = await MisbehavingVenue.start();
    time = new VirtualTime(T0);
    facts = [];
    engine = PartitionFixture.ready();
    engine.position(1, 'long', '1', '83');
    const armed = engine.arm(2, 1, { stop: '80', dialect: 'stopledger' });
    if (armed.kind === 'rejected') throw new Error(JSON.stringify(armed.problems));
    feed = new BinanceFeed({
      ...{ id: 'main', url: venue.url, market: 'spot', instruments: [], streams: ['trade'] },
      ...{ transport: new WebSocketTransport(), time, limits: LIMITS },
    });
    const instrument = { instrumentId: LTC, symbol: 'LTCUSDT', priceScale: 2, nowMs: T0 };
    market = new MarketFixture([feed], instrument, time);
    market.onTick = (tick) => {
      for (const fact of engine.input({ kind: 'tick', tick }).facts) facts.push(fact.type);
    };
    await connected(1);
  });

  afterEach(async () => {
    await market.desk.close();
    await venue.close();
  });

  it('fires once, however often a print comes', async () => {
    for (const frame of [1, 2, 1, 2].map((t) => print(t, '80.10'))) {
      venue.send(frame);
    }
    for (let copy = 0; copy < 5; copy += 1) venue.send(print(3, '79.95'));
    await seen(9);
    expect(verdicts().slice(0, 5)).toEqual([
      ...['1 gap', '2 good', '1 duplicate', '2 duplicate', '3 good'],
    ]);
    expect(verdicts().slice(5)).toEqual([
      '3 duplicate',
      '3 duplicate',
      '3 duplicate',
      '3 duplicate',
    ]);
    expect(triggers()).toBe(1);
  });

  it('does not take copies of a print far off for prints that bear it out', async () => {
    venue.send(print(1, '83'));
    for (let copy = 0; copy < 3; copy += 1) venue.send(print(2, '79.95'));
    await seen(4);
    expect(verdicts()).toEqual(['1 gap', '2 outlier', '2 duplicate', '2 duplicate']);
    expect(triggers()).toBe(0);
    venue.send(print(3, '79.96'));
    await seen(6);
    expect(verdicts().slice(4)).toEqual(['2 confirmed', '3 good']);
    expect(triggers()).toBe(1);
  });

  it('takes prints that come in another order, each once, and none of another time', async () => {
    venue.send(print(10, '83'));
    venue.send(print(12, '83.01'));
    venue.send(print(11, '82.99'));
    venue.send(print(5, '79.00', { T: T0 - 6_000 }));
    await seen(4);
    expect(verdicts()).toEqual(['10 gap', '12 good', '11 good', '5 out-of-order']);
    expect(triggers()).toBe(0);
  });

  it('hears nothing of other symbols, whatever their stream says', async () => {
    venue.send(print(1, '70', { symbol: 'BTCUSDT', stream: 'btcusdt@trade' }));
    await refused('unknown-symbol');
    venue.send(print(2, '70', { symbol: 'BTCUSDT' }));
    venue.send(print(3, '70', { stream: 'btcusdt@trade' }));
    await refused('wrong-stream');
    venue.send(print(4, '83'));
    await seen(1);
    expect(verdicts()).toEqual(['4 gap']);
    expect(triggers()).toBe(0);
    const kept = market.desk.refusedFrames('main')?.map(({ reason, sample }) => [reason, sample]);
    expect(kept).toContainEqual(['unknown-symbol', expect.stringContaining('btcusdt@trade')]);
    expect(market.desk.refusedFrames('other')).toBeUndefined();
  });

  it.each([
    [1008, 'Too many requests'],
    [1013, 'Try again later'],
    [1001, 'Going away'],
  ])(
    'is guarded again after %i %s, and the price behind the gap fires it',
    async (code, reason) => {
      venue.send(print(1, '83'));
      await seen(1);
      venue.dismiss(code, reason);
      await lost();
      expect(market.changes.at(-1)?.change).toMatchObject({
        reason: `closed by the venue: ${code} ${reason}`,
      });
      time.advance(LIMITS.backOffMsFirst);
      await connected(2);
      venue.send(print(500, '78.40'));
      await seen(2);
      expect(verdicts()).toEqual(['1 gap', '500 gap']);
      expect(triggers()).toBe(1);
    },
  );

  it('is asked for less and less often while the venue says 1013 each time', async () => {
    for (const ms of [50, 100, 200, 400]) {
      await until('connected', () => venue.clients.length === 1);
      venue.dismiss(1013, 'Try again later');
      await until(`a wait of ${ms}`, () => venue.clients.length === 0 && time.isAwaiting(ms));
      time.advance(ms);
    }
    expect(venue.requests).toHaveLength(4);
  });

  it('notices a line that was cut without a word: nothing is closed, nothing answers', async () => {
    venue.send(print(1, '83'));
    await seen(1);
    venue.freeze();
    time.advance(HEARTBEAT_MS);
    time.advance(HEARTBEAT_MS);
    await lost();
    expect(market.changes.at(-1)?.change).toMatchObject({ reason: 'no answer to the heartbeat' });
    venue.answersPings = true;
    time.advance(LIMITS.backOffMsFirst);
    await until('connected again', () => market.words.at(-1) === 'main connected');
    venue.send(print(2, '79.90'));
    await seen(2);
    expect(verdicts().at(-1)).toBe('2 gap');
    expect(triggers()).toBe(1);
  });

  it('does not let a frame become huge: compression was not agreed on', async () => {
    // Final text frame with the bit of compression set: 126 stands for a length of two bytes.
    const bomb = deflateRawSync(Buffer.alloc(50_000_000, 0x20));
    const head = Buffer.from([0xc1, 126, bomb.length >> 8, bomb.length & 0xff]);
    expect(bomb.length).toBeLessThan(65_536);
    venue.sendRaw(Buffer.concat([head, bomb]));
    await lost();
    expect(market.changes.at(-1)?.change).toMatchObject({
      reason: expect.stringContaining('RSV1') as string,
    });
    expect(market.ticks).toEqual([]);
  });
});

describe('a venue that does not read what is sent to it', () => {
  it('is given up before what waits for it grows', async () => {
    const venue = await MisbehavingVenue.start();
    const unsentBytesMax = 65_536;
    let closed: string | undefined;
    const opened = new Promise<void>((resolve) => {
      const socket = new WebSocketTransport({ unsentBytesMax }).open(venue.url, {
        onOpen: () => {
          venue.freeze();
          resolve();
          push();
        },
        onText: () => undefined,
        onBinary: () => undefined,
        onSign: () => undefined,
        onClosed: (reason) => (closed = reason),
      });
      // Until the buffers of both kernels are full, and then no further.
      const push = (): void => {
        if (closed !== undefined) return;
        socket.send('x'.repeat(32_768));
        setImmediate(push);
      };
    });
    await opened;
    await until('given up', () => closed !== undefined);
    expect(closed).toMatch(/1006/);
    await venue.close();
  });
});
