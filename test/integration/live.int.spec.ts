import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { WebSocket } from 'ws';
import { OpenStates } from '../../src/api/live/open-states.js';
import { LiveHandler } from '../../src/api/live/live.handler.js';
import { liveGrant } from '../../src/api/live/live-door.js';
import { routeUpgrades } from '../../src/api/upgrades.js';
import type { LiveLimits } from '../../src/api/live/live.handler.js';
import { DecisionStream } from '../../src/application/decision-stream.js';
import type { AccessTokens, Scope } from '../../src/application/ports/access.port.js';
import type { MarketView } from '../../src/application/ports/market-gateway.port.js';
import { d } from '../support/event-builders.js';
import { MemoryEventFeed } from '../support/memory-event-feed.js';
import { A_MARKET_VIEW, ScriptedGateway } from '../support/scripted-gateway.js';
import { until } from '../support/until.js';

jest.setTimeout(30_000);

const SUBSCRIBE = '{"action":"subscribe","instrumentIds":["BINANCE:LTCUSDT"]}';
const LAST = { size: '1', tradeId: '105', venueTimeMs: 1_750_541_461_000, feed: 'main' };

let server: Server;
let live: LiveHandler;
let gateway: ScriptedGateway;
let sockets: WebSocket[];
let tokens: AccessTokens | undefined;

beforeEach(() => {
  gateway = new ScriptedGateway();
  sockets = [];
  tokens = undefined;
});

afterEach(async () => {
  for (const socket of sockets) socket.terminate();
  live.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const NO_DECISIONS = {
  decisions: new DecisionStream(new MemoryEventFeed()),
  states: new OpenStates({
    list: () => Promise.reject(new Error()),
    waitFor: () => Promise.resolve(false),
  }),
};

async function start(limits: Partial<LiveLimits> = {}): Promise<string> {
  live = new LiveHandler(gateway, NO_DECISIONS, { askMs: 5, ...limits });
  server = createServer();
  routeUpgrades(server, { '/live': live.upgrade((request) => liveGrant(request, tokens)) });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/live`;
}

interface Client {
  readonly socket: WebSocket;
  readonly heard: any[];
}

async function join(url: string, options: object = {}): Promise<Client> {
  const socket = new WebSocket(url, options);
  sockets.push(socket);
  const heard: unknown[] = [];
  socket.on('message', (data) => heard.push(JSON.parse((data as Buffer).toString('utf8'))));
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  return { socket, heard };
}

function at(version: number, price: string, change: Partial<MarketView> = {}): MarketView {
  return { ...A_MARKET_VIEW, version, last: { ...LAST, price: d(price) }, ...change };
}

describe('the live prices', () => {
  it('are a snapshot and then what changes, numbered', async () => {
    const { socket, heard } = await join(await start());
    socket.send(SUBSCRIBE);
    await until('the snapshot', () => heard.length === 1);
    expect(heard[0]).toMatchObject({
      ...{ type: 'snapshot', seq: 1, instrumentId: 'BINANCE:LTCUSDT', version: 40 },
      ...{ last: { price: '81.54' }, bars1m: [{ low: '81.4' }] },
    });
    gateway.prices = at(41, '81.6');
    await until('the change', () => heard.length === 2);
    expect(heard[1]).toStrictEqual({
      ...{ type: 'delta', seq: 2, instrumentId: 'BINANCE:LTCUSDT', version: 41 },
      last: {
        ...{ size: '1', tradeId: '105', feed: 'main', price: '81.6' },
        venueTime: '2025-06-21T21:31:01.000Z',
      },
    });
  });

  it('merge what came in between, and keep its extremes in the bars', async () => {
    const { socket, heard } = await join(await start());
    socket.send(SUBSCRIBE);
    await until('the snapshot', () => heard.length === 1);
    const [bar] = A_MARKET_VIEW.bars['1m'];
    if (!bar) throw new Error('the view has a bar');
    const bars = { '1m': [{ ...bar, low: d('79'), prices: 60 }], '5m': A_MARKET_VIEW.bars['5m'] };
    gateway.prices = at(99, '81.5', { bars });
    await until('the change', () => heard.length === 2);
    expect(heard[1]).toMatchObject({ version: 99, bars1m: [{ low: '79', prices: 60 }] });
    expect(heard[1]).not.toHaveProperty('bars5m');
  });

  it('say what they do not take, and go on', async () => {
    const { socket, heard } = await join(await start());
    for (const text of ['hello', '{"action":"buy"}', SUBSCRIBE.replace('LTC', 'XYZ')]) {
      socket.send(text);
    }
    socket.send(SUBSCRIBE);
    await until('all answers', () => heard.length === 4);
    expect(heard.map(({ type, code, seq }) => [seq, type, code])).toEqual([
      [1, 'refused', 'NOT_JSON'],
      [2, 'refused', 'NOT_ALLOWED'],
      [3, 'refused', 'MARKET_NOT_FOUND'],
      [4, 'snapshot', undefined],
    ]);
  });

  it('are not shown any more once they are not wanted', async () => {
    const { socket, heard } = await join(await start());
    socket.send(SUBSCRIBE);
    await until('the snapshot', () => heard.length === 1);
    socket.send(SUBSCRIBE.replace('subscribe', 'unsubscribe'));
    socket.send('{}');
    await until('it was read', () => heard.length === 2);
    gateway.prices = at(41, '81.6');
    const other = await join(sockets[0]?.url ?? '');
    other.socket.send(SUBSCRIBE);
    await until('the other sees it', () => other.heard.length === 1);
    gateway.prices = at(42, '81.7');
    await until('the other sees its change', () => other.heard.length === 2);
    expect(heard).toHaveLength(2);
  });

  it('say once that the engine is away, and go on when it is back', async () => {
    const { socket, heard } = await join(await start());
    socket.send(SUBSCRIBE);
    await until('the snapshot', () => heard.length === 1);
    const { seen } = gateway;
    gateway.seen = undefined;
    await until('that it is away', () => heard.length === 2);
    gateway.seen = seen;
    gateway.prices = at(3, '80');
    await until('the change', () => heard.length === 3);
    expect(heard.slice(1).map(({ type }) => type)).toEqual(['engine-away', 'delta']);
  });
});

describe('the door of the live prices', () => {
  it.each([
    ['another path', '/other', {}, 404],
    ['a page of another site', '/live', { origin: 'https://example.com' }, 403],
  ])('is shut to %s', async (_what, path, options, status) => {
    const url = (await start()).replace('/live', path);
    await expect(join(url, options)).rejects.toThrow(`Unexpected server response: ${status}`);
  });

  it('is open to a token that may read, by header or as a browser gives it, until it is revoked', async () => {
    const scopes = new Set<Scope>(['read']);
    const grant = { actor: 'a', limitedAs: undefined, scopes, accounts: 'all' } as const;
    tokens = { grantOf: (token) => (token === 'key' ? grant : undefined) };
    const url = await start({ pingMs: 20 });
    await expect(join(url)).rejects.toThrow('401');
    await expect(join(url, { headers: { authorization: 'Bearer no' } })).rejects.toThrow('401');
    await join(url, { headers: { authorization: 'Bearer key' } });
    const socket = new WebSocket(url, ['stopledger.live', 'bearer.key']);
    sockets.push(socket);
    await new Promise((resolve) => socket.once('open', resolve));
    expect(socket.protocol).toBe('stopledger.live');
    expect(live.readerCount).toBe(2);
    scopes.clear();
    await until('both are closed', () => live.readerCount === 0);
    await expect(join(url, { headers: { authorization: 'Bearer key' } })).rejects.toThrow('403');
  });

  it('is open to pages of its own', async () => {
    const url = await start();
    const { socket } = await join(url, { origin: url.replace('ws', 'http').replace('/live', '') });
    expect(socket.readyState).toBe(WebSocket.OPEN);
  });

  it('is shut when there are enough readers', async () => {
    const url = await start({ readersMax: 1 });
    await join(url);
    await expect(join(url)).rejects.toThrow('503');
  });
});

describe('a reader that takes nothing', () => {
  it('is closed after a while, holds up nobody, and little is piled up for it', async () => {
    const url = await start({ behindMsMax: 200 });
    const { port } = new URL(url);
    const slow = connect(Number(port), '127.0.0.1');
    const key = 'dGhlIHNhbXBsZSBub25jZQ==';
    slow.write(
      `GET /live HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
    );
    await new Promise((resolve) => slow.once('data', resolve));
    slow.pause();
    slow.on('error', () => undefined);
    const body = Buffer.from(SUBSCRIBE);
    slow.write(Buffer.concat([Buffer.from([0x81, 0x80 | body.length, 0, 0, 0, 0]), body]));
    const { socket, heard } = await join(url);
    socket.send(SUBSCRIBE);
    expect(live.readerCount).toBe(2);
    // A name so long fills the buffers between here and there soon.
    const feed = 'f'.repeat(200_000);
    let version = 41;
    await until('the slow one is given up', () => {
      version += 1;
      const last = { ...LAST, price: d('81'), feed: `${feed}${version}` };
      gateway.prices = at(version, '81', { last });
      return live.readerCount === 1;
    });
    slow.destroy();
    const before = heard.length;
    gateway.prices = at(version + 1, '99');
    await until('the other goes on', () => heard.length > before);
    expect(heard.at(-1)).toMatchObject({ type: 'delta', last: { price: '99' } });
  });
});
