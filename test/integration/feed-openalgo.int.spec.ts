import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OpenAlgoFeed } from '../../src/adapters/feed-openalgo/openalgo.feed.js';
import { WebSocketTransport } from '../../src/adapters/web-socket/web-socket.transport.js';
import { MisbehavingVenue } from '../support/misbehaving-venue.js';
import { until } from '../support/until.js';
import { VirtualTime } from '../support/virtual-time.js';

const T0 = 1_748_428_245_500;
const RELIANCE = { instrumentId: 'NSE:RELIANCE', symbol: 'RELIANCE', priceScale: 2 };
const NIFTY = { instrumentId: 'NSE_INDEX:NIFTY', symbol: 'NIFTY', priceScale: 2 };
const AUTH = '{"action":"authenticate","api_key":"k-4711aa0c"}';
const WELCOME = '{"type":"auth","status":"success","broker":"angel"}';
const TAKEN = '{"type":"subscribe","status":"success","subscriptions":[]}';

function depth(): string {
  const path = join(__dirname, '../../src/adapters/feed-openalgo/fixtures/depth.json');
  return JSON.stringify(JSON.parse(readFileSync(path, 'utf8')));
}

describe('the feed of OpenAlgo', () => {
  let venue: MisbehavingVenue;
  let feed: OpenAlgoFeed;
  let time: VirtualTime;
  let lines: string[];
  let samples: string[];

  beforeEach(async () => {
    venue = await MisbehavingVenue.start();
    time = new VirtualTime(T0);
    lines = [];
    samples = [];
    feed = new OpenAlgoFeed({
      ...{ id: 'broker', url: `${venue.url}/ws`, apiKey: 'k-4711aa0c', mode: 'depth' },
      ...{ transport: new WebSocketTransport(), time },
    });
    feed.follow([RELIANCE]);
    feed.start({
      onTick: (tick) => lines.push(`${tick.kind} ${tick.instrumentId}`),
      onConnected: () => lines.push('connected'),
      onLost: (reason) => lines.push(`lost ${reason}`),
      onRefused: (reason, sample) => {
        lines.push(`refused ${reason}`);
        samples.push(sample);
      },
      onNotSubscribed: (instrumentId, reason) => lines.push(`${instrumentId}: ${reason}`),
    });
    await until('it says who it is', () => venue.received.length === 1);
  });

  afterEach(async () => {
    await feed.close();
    await venue.close();
  });

  async function welcome(): Promise<void> {
    venue.send(WELCOME);
    await until('it subscribes', () => venue.received.length === 2);
    venue.send(TAKEN);
  }

  it('authenticates, waits for the welcome, subscribes, and delivers', async () => {
    expect(venue.received).toEqual([AUTH]);
    await welcome();
    expect(venue.received[1]).toBe(
      '{"action":"subscribe","symbols":[{"exchange":"NSE","symbol":"RELIANCE"}],"mode":"Depth","depth":5}',
    );
    venue.send(depth());
    await until('its prices', () => lines.length === 3);
    expect(lines).toEqual(['connected', 'trade NSE:RELIANCE', 'quote NSE:RELIANCE']);
    expect(feed.health()).toMatchObject({ connected: true, ticks: 2, refused: {} });
  });

  it('subscribes and unsubscribes on the open connection', async () => {
    await welcome();
    feed.follow([NIFTY]);
    await until('the request', () => venue.received.length === 3);
    venue.send(TAKEN);
    feed.unfollow(['NSE:RELIANCE']);
    await until('the other', () => venue.received.length === 4);
    expect(venue.received.slice(2)).toEqual([
      '{"action":"subscribe","symbols":[{"exchange":"NSE_INDEX","symbol":"NIFTY"}],"mode":"Depth","depth":5}',
      '{"action":"unsubscribe","symbols":[{"exchange":"NSE","symbol":"RELIANCE","mode":3}],"mode":"Depth","depth":5}',
    ]);
    expect(venue.requests).toEqual(['/ws']);
  });

  it('ends a connection whose key is refused, and tries again later', async () => {
    venue.send('{"status":"error","code":"AUTHENTICATION_ERROR","message":"Invalid API key"}');
    await until('lost', () => lines.length === 1);
    expect(lines).toEqual(['lost refused by the venue: AUTHENTICATION_ERROR Invalid API key']);
    time.advance(250);
    await until('it says who it is again', () => venue.received.length === 2);
  });

  it('shows no key that the server repeats in what cannot be read, or in what it refuses', async () => {
    await welcome();
    venue.send(AUTH);
    const without = { exchange: 'NSE', symbol: 'RELIANCE', status: 'error' };
    const message = 'no feed for k-4711aa0c';
    const subscriptions = [{ ...without, message }];
    venue.send(JSON.stringify({ type: 'subscribe', status: 'partial', subscriptions }));
    await until('both are refused', () => lines.length === 4);
    expect(lines.slice(1)).toEqual([
      'refused unknown-message',
      'refused subscription-refused',
      'NSE:RELIANCE: no feed for (concealed)',
    ]);
    expect(samples[0]).toBe('{"action":"authenticate","api_key":"(concealed)"}');
    expect(samples.join()).not.toContain('k-4711aa0c');
  });

  it('tells what was not subscribed to, and keeps the rest', async () => {
    feed.follow([{ instrumentId: 'NSE:TCS', symbol: 'TCS', priceScale: 2 }]);
    venue.send(WELCOME);
    await until('it subscribes', () => venue.received.length >= 2);
    const tcs = { exchange: 'NSE', symbol: 'TCS', status: 'error', message: 'Symbol not found' };
    const answer = { type: 'subscribe', status: 'partial', subscriptions: [tcs] };
    venue.send(JSON.stringify(answer));
    venue.send(depth());
    await until('its prices', () => lines.length === 5);
    expect(lines.slice(0, 3)).toEqual([
      ...['connected', 'refused subscription-refused', 'NSE:TCS: Symbol not found'],
    ]);
  });
});
