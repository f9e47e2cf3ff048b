import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BinanceFeed } from '../../src/adapters/feed-binance/binance.feed.js';
import { HttpSnapshotTransport } from '../../src/adapters/http-snapshot/http-snapshot.transport.js';
import { WebSocketTransport } from '../../src/adapters/web-socket/web-socket.transport.js';
import { MisbehavingVenue } from '../support/misbehaving-venue.js';
import { until } from '../support/until.js';
import { VirtualTime } from '../support/virtual-time.js';

const T0 = 1_750_541_280_000;

describe('the order book of the feed of Binance', () => {
  let venue: MisbehavingVenue;
  let rest: Server;
  let feed: BinanceFeed;
  let time: VirtualTime;
  let asked: string[];
  let lines: string[];
  let answer: { status: number; body: string; headers?: Record<string, string> };
  const SPOT = { instrumentId: 'BINANCE:BTCUSDT', symbol: 'BTCUSDT', priceScale: 2 };

  beforeEach(async () => {
    venue = await MisbehavingVenue.start();
    [asked, lines] = [[], []];
    answer = {
      status: 200,
      body: '{"lastUpdateId":10,"bids":[["100.00","2"],["99.00","5"]],"asks":[["101.00","3"]]}',
    };
    rest = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(answer.status, answer.headers).end(answer.body);
    });
    await new Promise<void>((resolve) => void rest.listen(0, '127.0.0.1', resolve));
    time = new VirtualTime(T0);
    feed = new BinanceFeed({
      ...{ id: 'main', url: venue.url, market: 'spot', instruments: [SPOT], streams: ['depth'] },
      ...{ transport: new WebSocketTransport(), snapshots: new HttpSnapshotTransport(), time },
      restUrl: `http://127.0.0.1:${(rest.address() as AddressInfo).port}`,
    });
    feed.start({
      onTick: (tick) => {
        if (tick.kind === 'quote') lines.push(`${tick.bidUnits} ${tick.askUnits} ${tick.sequence}`);
      },
      onConnected: () => lines.push('connected'),
      onLost: () => lines.push('lost'),
      onRefused: (reason) => lines.push(reason),
    });
    await until('connected', () => venue.clients.length === 1);
  });

  afterEach(async () => {
    await feed.close();
    await venue.close();
    rest.closeAllConnections();
    await new Promise((resolve) => rest.close(resolve));
  });

  function send(U: number, u: number, b: readonly (readonly string[])[]): void {
    const data = { e: 'depthUpdate', E: T0, s: 'BTCUSDT', U, u, b, a: [] };
    venue.send(JSON.stringify({ stream: 'btcusdt@depth@100ms', data }));
  }
  const book = () => feed.bookOf('BINANCE:BTCUSDT');

  it('is asked for whole, goes on change by change, and shows its best prices', async () => {
    expect(venue.requests).toEqual(['/stream?streams=btcusdt@depth@100ms']);
    send(9, 11, [['100.50', '1']]);
    await until('the whole book', () => book()?.isSound === true);
    expect(asked).toEqual(['/api/v3/depth?symbol=BTCUSDT&limit=1000']);
    send(12, 13, [['100.60', '1']]);
    await until('its best prices', () => lines.length === 2);
    send(14, 14, [['90.00', '1']]);
    send(15, 15, [['100.60', '0']]);
    await until('its next best prices', () => lines.length === 3);
    expect(lines).toEqual(['connected', '10060 10100 13', '10050 10100 15']);
    expect([...(book()?.levels('bid') ?? [])].map(({ priceUnits }) => priceUnits)).toEqual([
      10050, 10000, 9900, 9000,
    ]);
  });

  it('is void after a change that is missing, and is asked for again, not at once', async () => {
    send(9, 11, []);
    await until('the whole book', () => book()?.isSound === true);
    answer.body = answer.body.replace('10', '30');
    send(20, 31, [['100.70', '1']]);
    await until('the gap', () => lines.includes('book-gap'));
    expect(book()?.isSound).toBe(false);
    expect(asked).toHaveLength(1);
    time.advance(1_000);
    await until('the whole book again', () => book()?.isSound === true);
    expect(book()?.best('bid')?.priceUnits).toBe(10070);
  });

  it('waits as long as the venue says when that refuses', async () => {
    answer.status = 429;
    answer.headers = { 'retry-after': '30' };
    send(9, 11, []);
    await until('the refusal', () => lines.includes('no-snapshot'));
    answer.status = 200;
    time.advance(29_999);
    expect(asked).toHaveLength(1);
    time.advance(1);
    await until('the whole book', () => book()?.isSound === true);
    expect(asked).toHaveLength(2);
  });

  it('is void while the connection is lost', async () => {
    send(9, 11, []);
    await until('the whole book', () => book()?.isSound === true);
    venue.drop();
    await until('lost', () => lines.includes('lost'));
    expect(book()?.isSound).toBe(false);
  });

  it('is asked for by whoever wants it, on the connection that stands', async () => {
    feed.follow([{ ...SPOT, wants: ['ltp', 'quote', 'depth', 'mark'] }]);
    await until('the request', () => venue.received.length === 1);
    expect(venue.received).toEqual([
      '{"method":"SUBSCRIBE","params":["btcusdt@trade","btcusdt@bookTicker"],"id":1}',
    ]);
    expect(lines).toContain('no-such-price');
  });
});
