import { Mt5Feed } from '../../src/adapters/feed-mt5/mt5.feed.js';
import { HttpSnapshotTransport } from '../../src/adapters/http-snapshot/http-snapshot.transport.js';
import type { QuoteTick } from '../../src/engine/tick.js';
import { MT5_ACCOUNT, MT5_TOKEN, Mt5Server } from '../support/mt5-server.js';
import { until } from '../support/until.js';
import { VirtualTime } from '../support/virtual-time.js';

const T0 = Date.parse('2025-06-20T20:57:03.500Z');
const GOLD = { instrumentId: 'MT5.DEMO:XAUUSD', symbol: 'XAUUSD', priceScale: 2 };
const EURO = { instrumentId: 'MT5.DEMO:EURUSD', symbol: 'EURUSD', priceScale: 5 };
const POLL_MS = 1_000;
const ANSWER_MS = 5_000;

describe('the feed of MetaTrader 5', () => {
  let venue: Mt5Server;
  let feed: Mt5Feed;
  let time: VirtualTime;
  let token: string;
  let told: string[];
  let quotes: QuoteTick[];

  beforeEach(async () => {
    venue = await Mt5Server.start();
    time = new VirtualTime(T0);
    token = MT5_TOKEN;
    told = [];
    quotes = [];
    const transport = new HttpSnapshotTransport({ answerMsMax: ANSWER_MS }, () => ({
      'auth-token': token,
    }));
    feed = new Mt5Feed({
      ...{ id: 'fx', url: venue.url, accountId: MT5_ACCOUNT, pollMs: POLL_MS, transport, time },
    });
  });

  afterEach(async () => {
    await feed.close();
    await venue.close();
  });

  function start(...instruments: (typeof GOLD)[]): void {
    feed.follow(instruments);
    feed.start({
      onTick: (tick) => {
        if (tick.kind === 'quote') quotes.push(tick);
      },
      onConnected: ({ recorded }) => told.push(`connected ${String(recorded)}`),
      onLost: (reason) => told.push(`lost ${reason}`),
      onRefused: (reason, sample) => told.push(`refused ${reason} ${sample.slice(0, 30)}`),
    });
  }

  function show(bid: string, ask: string, time = '2025-06-20T20:57:03.125Z'): void {
    venue.prices.set('XAUUSD', { bid: `#${bid}#`, ask: `#${ask}#`, time });
  }

  /** Lets the next question fall due, and waits until its answer has been worked on: the next one is planned. */
  async function next(): Promise<void> {
    const before = venue.asked.length;
    time.advance(Number.isFinite(time.nextMs) ? time.nextMs : 0);
    await until('it asks', () => venue.asked.length > before);
    await until('it plans the next question', () => Number.isFinite(time.nextMs));
  }

  it('tells the quotes of a symbol with all their digits, and each once', async () => {
    show('3367.59', '3367.850');
    start(GOLD);
    await next();
    await next();
    expect(quotes).toStrictEqual([
      {
        ...{ kind: 'quote', instrumentId: 'MT5.DEMO:XAUUSD', feed: 'fx', verdict: 'good' },
        ...{ venueTimeMs: T0 - 375, receivedAtMs: T0 },
        ...{ bidUnits: 336_759, askUnits: 336_785, bidSize: '1', askSize: '1', sequence: '' },
      },
    ]);
    show('3367.6', '3367.85', '2025-06-20T20:57:04.000Z');
    await next();
    expect(quotes.at(-1)).toMatchObject({ bidUnits: 336_760, receivedAtMs: T0 + 2 * POLL_MS });
    expect(told).toStrictEqual(['connected null']);
    expect(feed.health()).toMatchObject({ connected: true, ticks: 2, lastTickAt: T0 + 2_000 });
  });

  it('tells nothing of a market that is closed until it opens', async () => {
    show('3367.59', '3367.85', '2025-06-20T20:55:59.000Z');
    start(GOLD);
    await next();
    await next();
    expect(quotes).toStrictEqual([]);
    show('3370.1', '3370.6', '2025-06-20T20:57:05.000Z');
    await next();
    expect(quotes.map(({ bidUnits }) => bidUnits)).toStrictEqual([337_010]);
  });

  it('is lost when the venue fails, says so once, and waits longer each time until it is back', async () => {
    show('3367.59', '3367.85');
    start(GOLD);
    await next();
    venue.fail('error');
    await next();
    const waits = [];
    time.chance = 0.999;
    for (let failure = 0; failure < 7; failure += 1) {
      await next();
      waits.push(time.nextMs);
    }
    expect(waits).toStrictEqual([1_998, 3_996, 7_992, 15_984, 29_970, 29_970, 29_970]);
    expect(told).toStrictEqual(['connected null', 'lost answered 500']);
    venue.fail(undefined);
    show('3368', '3368.3', '2025-06-20T20:59:05.000Z');
    await next();
    expect(told).toStrictEqual(['connected null', 'lost answered 500', 'connected null']);
    expect([quotes.at(-1)?.bidUnits, time.nextMs]).toStrictEqual([336_800, POLL_MS]);
  });

  it('does not ask before the time that a throttling venue names', async () => {
    venue.fail('throttled');
    start(GOLD);
    await next();
    expect([told, time.nextMs]).toStrictEqual([['lost answered 429'], 7_000]);
  });

  it('says when it cannot get in, without the token', async () => {
    token = 'wrong';
    start(GOLD);
    await next();
    expect(told).toStrictEqual(['lost answered 401']);
  });

  it('shows no token that a gateway repeats in what cannot be read', async () => {
    venue.prices.set('XAUUSD', { symbol: MT5_TOKEN, bid: '#36#', ask: '#36.1#' });
    start(GOLD);
    await next();
    expect(told).toStrictEqual([
      'connected null',
      'refused wrong-symbol {"symbol":"(concealed)","bid":',
    ]);
  });

  it('reads what is garbled or of another symbol as nothing, and stays connected', async () => {
    show('3367.59', '3367.85');
    start(GOLD);
    venue.fail('garbled');
    await next();
    venue.fail(undefined);
    venue.prices.set('XAUUSD', { symbol: 'XAGUSD', bid: '#36#', ask: '#36.1#' });
    await next();
    show('-1', '3367.85');
    await next();
    show('3367.59', '3367.85', '2025-06-20 23:57:03.125');
    await next();
    expect(told).toStrictEqual([
      'connected null',
      'refused not-json [{"id":"46870472","type":"ORDE',
      'refused wrong-symbol {"symbol":"XAGUSD","bid":36,"a',
      'refused bad-price {"symbol":"XAUUSD","bid":-1,"a',
      'refused bad-time {"symbol":"XAUUSD","bid":3367.',
    ]);
    expect(quotes).toStrictEqual([]);
  });

  it('loses nothing of the others when a symbol is not there', async () => {
    show('3367.59', '3367.85');
    start(GOLD);
    await next();
    feed.follow([EURO]);
    await next();
    await until('it says so', () => told.includes('refused symbol-refused EURUSD: answered 404'));
    expect(feed.health().connected).toBe(true);
    feed.unfollow([EURO.instrumentId]);
    show('3367.7', '3367.85', '2025-06-20T20:57:04.000Z');
    await next();
    expect(quotes).toHaveLength(2);
  });

  it('does not hear the answer to a question of before it was closed', async () => {
    show('3367.59', '3367.85');
    start(GOLD);
    time.advance(0);
    await feed.close();
    await until('it was asked', () => venue.asked.length === 1);
    await venue.close();
    expect([quotes, told, time.running]).toStrictEqual([[], [], 0]);
  });
});
