import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BinanceFeed } from '../../src/adapters/feed-binance/binance.feed.js';
import type { BinanceFeedOptions } from '../../src/adapters/feed-binance/binance.feed.js';
import { WebSocketTransport } from '../../src/adapters/web-socket/web-socket.transport.js';
import { MisbehavingVenue } from '../support/misbehaving-venue.js';
import { until } from '../support/until.js';
import { VirtualTime } from '../support/virtual-time.js';

// The waits inside have limits of their own.
jest.setTimeout(60_000);

const T0 = 1_750_541_280_000;
const FIXTURES = join(__dirname, '../../src/adapters/feed-binance/fixtures');

function fixture(name: string): string {
  return JSON.stringify(JSON.parse(readFileSync(join(FIXTURES, `${name}.json`), 'utf8')));
}

function trade(t: number): string {
  const data = { e: 'trade', E: T0, s: 'BTCUSDT', t, p: '61837.63', q: '1', T: T0, m: true };
  return JSON.stringify({ stream: 'btcusdt@trade', data });
}

const LIMITS = {
  backOffMsFirst: 100,
  backOffMsMax: 1000,
  heartbeatMs: 10_000,
  silence: { msMin: 10_000, msMax: 120_000, factor: 4 },
};
const FRAME_BYTES_MAX = 2_000_000;

describe('the feed of Binance', () => {
  let venue: MisbehavingVenue;
  let feed: BinanceFeed;
  let time: VirtualTime;
  let lines: string[];
  const told = (line: string): (() => boolean) => {
    return () => lines.includes(line);
  };

  function start(change: Partial<BinanceFeedOptions> = {}): void {
    time = new VirtualTime(T0 + 5);
    lines = [];
    feed = new BinanceFeed({
      id: 'main',
      url: venue.url,
      instruments: [{ instrumentId: 'BINANCE:BTCUSDT', symbol: 'BTCUSDT', priceScale: 2 }],
      market: 'spot',
      transport: new WebSocketTransport({ frameBytesMax: FRAME_BYTES_MAX }),
      time,
      limits: LIMITS,
      ...change,
    });
    feed.start({
      onTick: (tick) =>
        lines.push(
          tick.kind === 'trade'
            ? `trade ${tick.tradeId} ${tick.priceUnits}`
            : `quote ${tick.sequence} ${tick.bidUnits} ${tick.askUnits}`,
        ),
      onConnected: ({ url, recorded }) => lines.push(`connected ${url} ${recorded ?? 'live'}`),
      onLost: (reason) => lines.push(`lost ${reason}`),
      onRefused: (reason, sample) => lines.push(`refused ${reason} ${sample}`),
    });
  }

  beforeEach(async () => {
    venue = await MisbehavingVenue.start();
  });

  afterEach(async () => {
    await feed.close();
    await venue.close();
  });

  it('subscribes to trades and quotes of its symbols and delivers them in order', async () => {
    start();
    await until('connected', told(`connected ${venue.url} live`));
    expect(venue.requests).toEqual(['/stream?streams=btcusdt@trade/btcusdt@bookTicker']);
    venue.send(fixture('spot-trade'));
    venue.send(fixture('spot-book-ticker'));
    venue.send('{"result":null,"id":1}');
    venue.send(trade(7));
    await until('the last trade', told('trade 7 6183763'));
    expect(lines.slice(1)).toEqual([
      'trade 3735683259 6183763',
      'quote 50093239212 6183763 6183764',
      'trade 7 6183763',
    ]);
    expect(feed.health()).toEqual({
      feed: 'main',
      url: venue.url,
      connected: true,
      recorded: null,
      ticks: 3,
      refused: {},
      lastTickAt: T0 + 5,
    });
  });

  it('takes symbols before it is started and while it runs, on the connection that stands', async () => {
    start();
    await until('connected', () => lines.length === 1);
    feed.follow([
      { instrumentId: 'BINANCE:ETHUSDT', symbol: 'ETHUSDT', priceScale: 2 },
      { instrumentId: 'BINANCE:BTCUSDT', symbol: 'BTCUSDT', priceScale: 2 },
    ]);
    await until('the request', () => venue.received.length === 1);
    feed.unfollow(['BINANCE:BTCUSDT']);
    await until('the other request', () => venue.received.length === 2);
    expect(venue.received).toEqual([
      '{"method":"SUBSCRIBE","params":["ethusdt@trade","ethusdt@bookTicker"],"id":1}',
      '{"method":"UNSUBSCRIBE","params":["btcusdt@trade","btcusdt@bookTicker"],"id":2}',
    ]);
    venue.send('{"result":null,"id":1}');
    venue.send(trade(1).replaceAll('btcusdt', 'ethusdt').replaceAll('BTCUSDT', 'ETHUSDT'));
    await until('its trade', told('trade 1 6183763'));
    expect(venue.requests).toHaveLength(1);
  });

  it('subscribes at its start to what it was told to follow before', async () => {
    const early = new BinanceFeed({
      ...{ id: 'early', url: venue.url, market: 'spot', instruments: [] },
      ...{ transport: new WebSocketTransport(), time: new VirtualTime(T0), limits: LIMITS },
    });
    early.follow([{ instrumentId: 'BINANCE:ETHUSDT', symbol: 'ETHUSDT', priceScale: 2 }]);
    early.start({
      ...{ onTick: () => undefined, onConnected: () => undefined },
      ...{ onLost: () => undefined, onRefused: () => undefined },
    });
    await until('the request', () => venue.requests.length === 1);
    expect(venue.requests).toEqual(['/stream?streams=ethusdt@trade/ethusdt@bookTicker']);
    await early.close();
    start();
  });

  it('knows from the upgrade that a recording is replayed', async () => {
    venue.recorded = 'binance-spot-btcusdt-20240809';
    start();
    await until('connected', told(`connected ${venue.url} binance-spot-btcusdt-20240809`));
    expect(feed.health().recorded).toBe('binance-spot-btcusdt-20240809');
  });

  it('does not call a venue a recording because one was replayed at its address before', async () => {
    venue.recorded = 'binance-spot-btcusdt-20240809';
    start();
    await until('connected', () => lines.length === 1);
    venue.recorded = undefined;
    venue.drop();
    await until('lost', told('lost closed by the venue: 1006'));
    time.advance(50);
    await until('connected again', told(`connected ${venue.url} live`));
    expect(feed.health().recorded).toBeNull();
  });

  it('counts hostile frames, gives the beginning of each, and goes on', async () => {
    start();
    await until('connected', () => lines.length === 1);
    const hostile: readonly (string | Buffer)[] = [
      'x'.repeat(1_000_000),
      'hello',
      '['.repeat(10_000),
      trade(1).replace('"61837.63"', 'NaN'),
      trade(1).replace('61837.63', '-61837.63'),
      trade(1).replace('"p":', '"p":"1","p":'),
      Buffer.from([1, 2, 3]),
    ];
    for (const frame of hostile) venue.send(frame);
    venue.send(trade(8));
    await until('the trade after them', told('trade 8 6183763'));
    expect(lines.slice(1)).toEqual([
      `refused too-large ${'x'.repeat(200)}`,
      'refused not-json hello',
      `refused not-json ${'['.repeat(200)}`,
      `refused not-json ${String(hostile[3])}`,
      `refused price-not-positive ${String(hostile[4])}`,
      `refused irregular-keys ${String(hostile[5])}`,
      'refused not-text 3 bytes',
      'trade 8 6183763',
    ]);
    expect(feed.health()).toMatchObject({
      connected: true,
      ticks: 1,
      refused: {
        'too-large': 1,
        'not-json': 3,
        'price-not-positive': 1,
        'irregular-keys': 1,
        'not-text': 1,
      },
    });
    expect(venue.requests).toHaveLength(1);
  });

  it('connects again when the connection ends, and tells so once', async () => {
    start();
    await until('connected', () => lines.length === 1);
    venue.send(trade(1));
    await until('the trade', told('trade 1 6183763'));
    venue.drop();
    await until('lost', told('lost closed by the venue: 1006'));
    expect(feed.health().connected).toBe(false);
    time.advance(50);
    await until('connected again', () => venue.clients.length === 1);
    venue.send(trade(2));
    await until('the next trade', told('trade 2 6183763'));
    expect(lines).toEqual([
      `connected ${venue.url} live`,
      'trade 1 6183763',
      'lost closed by the venue: 1006',
      `connected ${venue.url} live`,
      'trade 2 6183763',
    ]);
  });

  it('waits longer from try to try, up to a limit, and anew once a frame has come', async () => {
    venue.refuses = true;
    start();
    for (const [index, ms] of [50, 100, 200, 400, 500, 500].entries()) {
      await until(`wait ${index}`, () => time.running === 1 && time.nextMs === ms);
      time.advance(ms);
    }
    await until('the seventh wait', () => time.running === 1 && time.nextMs === 500);
    expect(lines).toEqual(['lost Unexpected server response: 503']);
    venue.refuses = false;
    time.advance(500);
    await until('connected', () => venue.clients.length === 1);
    venue.send(trade(1));
    await until('the trade', told('trade 1 6183763'));
    venue.drop();
    await until('lost again', () => time.running === 1 && time.nextMs === 50);
  });

  it('does not begin its waiting anew for a venue that takes connections and drops them', async () => {
    start();
    for (const ms of [50, 100, 200]) {
      await until('connected', () => venue.clients.length === 1);
      venue.drop();
      await until(`a wait of ${ms}`, () => time.running === 1 && time.nextMs === ms);
      time.advance(ms);
    }
    expect(lines.filter((line) => line.startsWith('lost'))).toHaveLength(3);
  });

  it('answers the pings of the venue', async () => {
    start();
    await until('connected', () => venue.clients.length === 1);
    venue.ping();
    await until('a pong', () => venue.pongs === 1);
  });

  it('gives up a connection that does not answer its heartbeat', async () => {
    start();
    await until('connected', () => lines.length === 1);
    venue.answersPings = false;
    time.advance(LIMITS.heartbeatMs);
    time.advance(LIMITS.heartbeatMs);
    await until('lost', told('lost no answer to the heartbeat'));
    time.advance(50);
    await until('connected again', () => lines.length === 3);
  });

  it('gives up a connection that stays open but brings nothing', async () => {
    start();
    await until('connected', () => lines.length === 1);
    venue.send(trade(1));
    await until('the trade', told('trade 1 6183763'));
    // It answers every ping on the way.
    for (let beat = 1; beat < 12; beat += 1) {
      time.advance(LIMITS.heartbeatMs);
      await until(`pong ${beat}`, () => venue.pings === beat);
      venue.ping();
      await until(`ping ${beat}`, () => venue.pongs === beat);
    }
    expect(feed.health().connected).toBe(true);
    time.advance(LIMITS.heartbeatMs);
    await until('lost', told('lost connected but silent for 120000 ms'));
  });

  it('guards its memory against a frame beyond all measure', async () => {
    start();
    await until('connected', () => lines.length === 1);
    venue.send('x'.repeat(FRAME_BYTES_MAX + 1));
    await until('lost', told('lost Max payload size exceeded'));
    time.advance(50);
    await until('connected again', () => lines.length === 3);
  });

  it('goes on trying when nobody listens at the address', async () => {
    const { url } = venue;
    await venue.close();
    start();
    await until('lost', () => lines.length === 1);
    expect(lines[0]).toMatch(/^lost connect ECONNREFUSED/);
    venue = await MisbehavingVenue.start(Number(new URL(url).port));
    time.advance(50);
    await until('connected', told(`connected ${url} live`));
  });

  it('delivers nothing and has no timer left after it was closed', async () => {
    start();
    await until('connected', () => lines.length === 1);
    venue.send(trade(1));
    await feed.close();
    const count = lines.length;
    await until('the venue sees it go', () => venue.clients.length === 0);
    expect(time.running).toBe(0);
    expect(lines).toHaveLength(count);
    expect(feed.health().connected).toBe(false);
  });
});
