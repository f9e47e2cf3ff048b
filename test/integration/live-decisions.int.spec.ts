import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { Client } from 'pg';
import { TokenFile } from '../../src/adapters/token-file/token-file.js';
import { LiveHandler } from '../../src/api/live/live.handler.js';
import { OpenStates } from '../../src/api/live/open-states.js';
import { routeUpgrades } from '../../src/api/upgrades.js';
import { DecisionStream } from '../../src/application/decision-stream.js';
import { LOCAL_GRANT } from '../../src/application/ports/access.port.js';
import type { Fact } from '../../src/domain/facts.js';
import type { Recorded } from '../../src/domain/kernel/event.js';
import { startApi } from '../support/api-fixture.js';
import type { RunningApi } from '../support/api-fixture.js';
import { accountOpened, recordedLog, stopTrailed } from '../support/event-builders.js';
import { LiveClient } from '../support/live-client.js';
import { MemoryEventFeed } from '../support/memory-event-feed.js';
import { temporaryFolder } from '../support/postgres-fixture.js';
import { READ_SIDE_FACTS } from '../support/read-side-log.js';
import { ScriptedGateway } from '../support/scripted-gateway.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

const NOW = new Date('2025-06-21T21:31:00Z');
const ADMIN = 'an-admin-token-of-the-environment';
const MOVES = Array.from({ length: 60 }, (_, index) =>
  index % 2 === 0
    ? stopTrailed({ positionId: 'P9', stopId: 'S9' })
    : stopTrailed({ accountId: 'other', stopId: 'SA' }),
);
const LOG = recordedLog([...READ_SIDE_FACTS, ...MOVES]);
const BEFORE = LOG.slice(0, READ_SIDE_FACTS.length);

function positionOf({ position }: Recorded<Fact>): string {
  return position.toString();
}

/** Of a statement as the driver is handed it. */
function textOf(asked: unknown): string {
  return typeof asked === 'string' ? asked : ((asked as { text?: string }).text ?? '');
}

function bearer(token: string): object {
  return { headers: { authorization: `Bearer ${token}` } };
}

describe('decisions on /live', () => {
  const folder = temporaryFolder('live-tokens');
  const tokens = new TokenFile(join(folder.path, 'tokens.json'), ADMIN);
  const clients: LiveClient[] = [];
  let api: RunningApi;

  beforeAll(async () => {
    api = await startApi(new MemoryEventFeed(BEFORE), undefined, { tokens });
  });

  afterEach(() => clients.splice(0).forEach(({ socket }) => socket.terminate()));

  afterAll(async () => {
    await api.close();
    folder.remove();
  });

  /** The log grows by so many moves, of account `demo` and `other` by turns. */
  function grow(count: number): readonly Recorded<Fact>[] {
    const { length } = api.feed.facts;
    const facts = LOG.slice(length, length + count);
    expect(facts).toHaveLength(count);
    api.feed.append(...facts);
    return facts;
  }

  function ofOther(facts: readonly Recorded<Fact>[]): readonly string[] {
    return facts.filter(({ streamId }) => streamId === 'stop-SA').map(positionOf);
  }

  async function joined(options = bearer(ADMIN)): Promise<LiveClient> {
    const client = await LiveClient.join(`${api.origin.replace('http', 'ws')}/live`, options);
    clients.push(client);
    return client;
  }

  it('are what is open, and then each as the log takes it, one after the other', async () => {
    const client = await joined();
    client.ask({ action: 'follow' });
    const state = await client.nth(1);
    const end = api.feed.end.toString();
    expect(state).toMatchObject({ type: 'state', seq: 1, position: end, asOfPosition: end });
    const ids = (page: any, key: string) => page.items.map((row: any) => row[key]);
    expect(ids(state.stops, 'stopId')).toStrictEqual(['S9', 'SA']);
    expect(ids(state.positions, 'positionId')).toStrictEqual(['P9', 'PA']);
    expect(state.orders).toStrictEqual({ items: [], nextCursor: null, asOfPosition: end });
    const [one, two] = grow(2);
    if (!one || !two) throw new Error('the log has them');
    expect(await client.nth(2)).toStrictEqual({
      ...{ type: 'decision', seq: 2, after: end, position: one.position.toString() },
      ...{ streamId: 'stop-S9', revision: one.revision, eventType: 'StopTrailed' },
      ...{ accountId: 'demo', instrumentId: 'BINANCE:LTCUSDT', actor: one.metadata.actor },
      commandId: one.metadata.commandId ?? null,
      correlationId: one.metadata.$correlationId,
      causationId: one.metadata.$causationId,
      recordedAt: new Date(one.recordedAt).toISOString(),
      data: JSON.parse(JSON.stringify(one.event.data)),
    });
    expect(await client.nth(3)).toMatchObject({
      ...{ seq: 3, after: one.position.toString(), position: two.position.toString() },
    });
  });

  it('are those of the token’s accounts alone', async () => {
    const { token } = tokens.create({ name: 't', scopes: ['read'], accounts: ['other'] }, NOW);
    const client = await joined(bearer(token));
    client.ask({ action: 'follow' });
    const state = await client.nth(1);
    expect(JSON.stringify(state)).not.toContain('"demo"');
    expect(state.stops.items).toHaveLength(1);
    const expected = ofOther(grow(6));
    await client.nth(1 + expected.length);
    expect(client.ofType('decision').map(({ position }) => position)).toStrictEqual(expected);
  });

  it('are those of the accounts that are asked for', async () => {
    const client = await joined();
    client.ask({ action: 'follow', accountIds: ['other'] });
    expect((await client.nth(1)).positions.items).toHaveLength(1);
    const expected = ofOther(grow(6));
    await client.nth(1 + expected.length);
    expect(client.ofType('decision').map(({ position }) => position)).toStrictEqual(expected);
  });

  it('are missed by none of many who join together while the log goes on', async () => {
    const together = await Promise.all(Array.from({ length: 20 }, () => joined()));
    const statements = jest.spyOn(Client.prototype, 'query');
    const facts: Recorded<Fact>[] = [];
    for (const client of together) {
      client.ask({ action: 'follow' });
      if (facts.length < 10) facts.push(...grow(1));
    }
    const end = api.feed.end.toString();
    for (const client of together) {
      await until('it knows all', () => client.heard.at(-1)?.position === end);
      const [state, ...told] = client.heard;
      expect(state.type).toBe('state');
      const known = BigInt(state.position);
      expect(BigInt(state.asOfPosition)).toBeGreaterThanOrEqual(known);
      const since = facts.filter(({ position }) => position > known).map(positionOf);
      expect(told.map(({ position }) => position)).toStrictEqual(since);
    }
    const reads = statements.mock.calls.filter(([asked]) => /from open_stops /.test(textOf(asked)));
    statements.mockRestore();
    expect(reads.length).toBeGreaterThan(0);
    expect(reads.length).toBeLessThanOrEqual(4);
  });

  it('end when they are not wanted any more, and begin anew when asked again', async () => {
    const client = await joined();
    client.ask({ action: 'follow' });
    await client.nth(1);
    client.ask({ action: 'unfollow' });
    client.ask({ action: 'follow', after: 'soon' });
    expect(await client.nth(2)).toMatchObject({ type: 'refused', field: 'after' });
    grow(2);
    client.ask({ action: 'follow' });
    expect(await client.nth(3)).toMatchObject({
      ...{ type: 'state', seq: 3, position: api.feed.end.toString() },
    });
  });

  it('come without PostgreSQL, and go on behind a known position after a new connection', async () => {
    const client = await joined();
    client.ask({ action: 'follow' });
    await client.nth(1);
    await api.postgres.stop();
    const missed = grow(3);
    const newest = await client.nth(4);
    expect(newest.position).toBe(missed[2]?.position.toString());
    client.socket.terminate();
    const later = grow(3);
    const again = await joined();
    again.ask({ action: 'follow', after: newest.position });
    await again.nth(3);
    expect(again.heard.map(({ position }) => position)).toStrictEqual(later.map(positionOf));
    expect(again.heard[0].after).toBe(newest.position);
    const blind = await joined();
    blind.ask({ action: 'follow' });
    expect(await blind.nth(1)).toMatchObject({ type: 'refused' });
  });
});

describe('a reader of decisions that takes nothing', () => {
  const KEPT_MAX = 40;
  const LONG = 'x'.repeat(50_000);
  const many = recordedLog(
    Array.from({ length: 600 }, (_, index) =>
      accountOpened({ accountId: `a${String(index)}`, broker: LONG }),
    ),
  );
  let server: Server;
  let live: LiveHandler;
  let decisions: DecisionStream;

  afterEach(async () => {
    live.close();
    await decisions.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('is shown what is open in place of what it missed, and no gap is silent', async () => {
    const feed = new MemoryEventFeed([many[0]!]);
    decisions = new DecisionStream(feed, { keptMax: KEPT_MAX });
    const nothing = { items: [], nextCursor: null, asOfPosition: '0' };
    const reads = { list: () => Promise.resolve(nothing), waitFor: () => Promise.resolve(true) };
    live = new LiveHandler(new ScriptedGateway(), { decisions, states: new OpenStates(reads) });
    server = createServer();
    routeUpgrades(server, { '/live': live.upgrade(() => LOCAL_GRANT) });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const url = `ws://127.0.0.1:${String((server.address() as AddressInfo).port)}/live`;
    const [slow, quick] = [await LiveClient.join(url), await LiveClient.join(url)];
    for (const client of [slow, quick]) client.ask({ action: 'follow' });
    await Promise.all([slow.nth(1), quick.nth(1)]);
    const line = (slow.socket as unknown as { _socket: Socket })._socket;
    line.pause();
    // So much fits into no buffer on the way.
    for (const [index, fact] of many.slice(1).entries()) {
      feed.append(fact);
      if (index % 20 === 0) await quick.nth(index + 2);
    }
    await quick.nth(many.length);
    expect(quick.ofType('decision')).toHaveLength(many.length - 1);
    line.resume();
    const end = feed.end.toString();
    await until('the slow one knows all', () => slow.heard.at(-1)?.position === end);
    expect(slow.ofType('state').length).toBeGreaterThan(1);
    for (const [index, message] of slow.heard.entries()) {
      const before = slow.heard[index - 1];
      expect(message.seq).toBe(index + 1);
      if (message.type === 'decision') expect(message.after).toBe(before.position);
    }
    for (const { socket } of [slow, quick]) socket.terminate();
  });
});
