import { WebSocket } from 'ws';
import { shareReadSide } from '../support/api-fixture.js';
import type { RunningApi } from '../support/api-fixture.js';

let api: RunningApi;

shareReadSide((running) => (api = running));

describe('prices', () => {
  it('are pushed over /live', async () => {
    const socket = new WebSocket(`${api.origin.replace('http', 'ws')}/live`);
    await new Promise((resolve) => socket.once('open', resolve));
    const answer = new Promise<string>((resolve) => {
      socket.once('message', (data) => resolve((data as Buffer).toString('utf8')));
    });
    socket.send('{"action":"subscribe","instrumentIds":["BINANCE:LTCUSDT"]}');
    expect(JSON.parse(await answer)).toMatchObject({ type: 'snapshot', seq: 1, version: 40 });
    socket.terminate();
  });

  it('of an instrument: last, book, day and bars, as the engine has seen them', async () => {
    const { body } = await api.get('/api/v1/instruments/BINANCE:LTCUSDT/market');
    const bar = {
      ...{ start: '2025-06-21T21:31:00.000Z', open: '81.5', high: '81.6', low: '81.4' },
      ...{ close: '81.54', prices: 12 },
    };
    expect(body).toStrictEqual({
      instrumentId: 'BINANCE:LTCUSDT',
      version: 40,
      last: {
        ...{ price: '81.54', size: '2', tradeId: '104', feed: 'main' },
        venueTime: '2025-06-21T21:31:00.500Z',
      },
      book: null,
      mark: null,
      day: { start: '2025-06-21T00:00:00.000Z', high: '83.39', low: '81.4' },
      bars1m: [bar],
      bars5m: [bar],
    });
    expect(await api.get('/api/v1/instruments/X:Y/market')).toMatchObject({
      status: 404,
      body: { code: 'MARKET_NOT_FOUND', field: 'instrumentId' },
    });
  });

  it('of the order book: its best levels, and what an order would get', async () => {
    const path = '/api/v1/instruments/BINANCE:LTCUSDT/book';
    const top = {
      ...{ instrumentId: 'BINANCE:LTCUSDT', feed: 'main', sequence: '77' },
      venueTime: '2025-06-21T21:31:00.500Z',
      bids: [{ price: '81.5', size: '2' }],
      asks: [{ price: '81.52', size: '1' }],
    };
    expect((await api.get(`${path}?levels=1`)).body).toStrictEqual({ ...top, estimates: [] });
    const { body } = await api.get(`${path}?quantity=4.0`);
    expect(body).toMatchObject({
      bids: [{ price: '81.5' }, { price: '81.49' }],
      estimates: [{ side: 'sell', quantity: '4', averagePrice: '81.495', slippageBps: '0.61' }],
    });
    expect(await api.get(`${path}?quantity=-1`)).toMatchObject({
      status: 422,
      body: { code: 'OUT_OF_RANGE', field: 'quantity' },
    });
    expect(await api.get('/api/v1/instruments/X:Y/book')).toMatchObject({
      status: 404,
      body: { code: 'BOOK_NOT_FOUND', field: 'instrumentId' },
    });
  });

  it('that may not decide are listed by feed, with the reason', async () => {
    const { body } = await api.get('/api/v1/feeds/main/quarantine');
    expect(body.items).toStrictEqual([
      {
        ...{ reason: 'outlier', instrumentId: 'BINANCE:LTCUSDT', price: '79.1', id: '103' },
        venueTime: '2025-06-21T21:31:00.400Z',
        receivedAt: '2025-06-21T21:31:00.403Z',
      },
    ]);
    expect(await api.get('/api/v1/feeds/other/quarantine')).toMatchObject({
      status: 404,
      body: { code: 'FEED_NOT_FOUND', field: 'feed' },
    });
  });

  it('that could not be read are listed by feed, with the beginning of the frame', async () => {
    const { body } = await api.get('/api/v1/feeds/main/refused-frames');
    expect(body.items).toStrictEqual([
      { reason: 'not-json', sample: '{"e":', receivedAt: '2025-06-21T21:31:00.403Z' },
    ]);
    expect((await api.get('/api/v1/feeds/other/refused-frames')).status).toBe(404);
  });

  it('are counted for a scraper, and nothing is said of them without an engine', async () => {
    const figures = [
      'stopledger_feed_connected{feed="main"} 1',
      'stopledger_feed_uptime_ratio{feed="main"} 0.9995',
      'stopledger_feed_prices_total{feed="main"} 40',
      'stopledger_feed_refused_total{feed="main",reason="not-json"} 2',
    ];
    const { text } = await api.get('/metrics');
    expect(text.split('\n')).toEqual(expect.arrayContaining(figures));
    const { seen } = api.gateway;
    api.gateway.seen = undefined;
    const without = await api.get('/metrics');
    api.gateway.seen = seen;
    expect(without.text).not.toMatch(/^stopledger_feed_.*\{/m);
  });
});
