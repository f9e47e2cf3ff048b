import type { Socket } from 'node:net';
import { join } from 'node:path';
import { createClient } from 'graphql-ws';
import type { Client } from 'graphql-ws';
import { Client as PostgresClient } from 'pg';
import { WebSocket } from 'ws';
import { TokenFile } from '../../src/adapters/token-file/token-file.js';
import type { Fact } from '../../src/domain/facts.js';
import type { Recorded } from '../../src/domain/kernel/event.js';
import { startApi } from '../support/api-fixture.js';
import type { RunningApi } from '../support/api-fixture.js';
import { accountOpened, d, recordedLog, stopTrailed } from '../support/event-builders.js';
import { MemoryEventFeed } from '../support/memory-event-feed.js';
import { temporaryFolder } from '../support/postgres-fixture.js';
import { READ_SIDE_FACTS } from '../support/read-side-log.js';
import { A_MARKET_VIEW } from '../support/scripted-gateway.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

const NOW = new Date('2025-06-21T21:31:00Z');
const ADMIN = 'an-admin-token-of-the-environment';
const MOVES = Array.from({ length: 40 }, (_, index) =>
  index % 2 === 0
    ? stopTrailed({ positionId: 'P9', stopId: 'S9' })
    : stopTrailed({ accountId: 'other', stopId: 'SA' }),
);
const KEPT = 100;
const MANY = 800;
const LONG = 'x'.repeat(20_000);
const LOG = recordedLog([
  ...READ_SIDE_FACTS,
  ...MOVES,
  ...Array.from({ length: MANY }, () => accountOpened({ accountId: 'last', broker: LONG })),
]);
const BEFORE = LOG.slice(0, READ_SIDE_FACTS.length);

const folder = temporaryFolder('subscription-tokens');
const tokens = new TokenFile(join(folder.path, 'tokens.json'), ADMIN);
const clients: Client[] = [];
let api: RunningApi;

beforeAll(async () => {
  api = await startApi(
    new MemoryEventFeed(BEFORE, 100),
    undefined,
    { tokens },
    { decisionsKept: KEPT },
  );
});

afterEach(async () => {
  for (const client of clients.splice(0)) await client.dispose();
});

afterAll(async () => {
  await api.close();
  folder.remove();
});

interface Heard {
  readonly data: any[];
  error: any;
  isComplete: boolean;
  end(): void;
}

/** A client that says who it is as a browser must: in its first message. */
function clientOf(token: string | undefined, sockets: WebSocket[] = [], headers = {}): Client {
  class Noted extends WebSocket {
    constructor(url: string, protocols: string | string[]) {
      super(url, protocols, { headers });
      sockets.push(this);
    }
  }
  const client = createClient({
    url: `${api.origin.replace('http', 'ws')}/graphql`,
    webSocketImpl: Noted,
    retryAttempts: 0,
    lazy: true,
    ...(token !== undefined && { connectionParams: { authorization: `Bearer ${token}` } }),
  });
  clients.push(client);
  return client;
}

function subscribe(client: Client, query: string, variables?: Record<string, unknown>): Heard {
  const heard: Heard = { data: [], error: undefined, isComplete: false, end: () => end() };
  const end = client.subscribe(
    { query, ...(variables && { variables }) },
    {
      next: (result) => heard.data.push(result.data ?? result),
      error: (error) => (heard.error = error),
      complete: () => (heard.isComplete = true),
    },
  );
  return heard;
}

function heardOf(heard: Heard, count: number): Promise<unknown> {
  return until(
    `message ${String(count)} (${JSON.stringify(heard.error)})`,
    () => heard.data.length >= count,
  );
}

function grow(count: number): readonly Recorded<Fact>[] {
  const { length } = api.feed.facts;
  const facts = LOG.slice(length, length + count);
  expect(facts).toHaveLength(count);
  api.feed.append(...facts);
  return facts;
}

function positionsOf(facts: readonly Recorded<Fact>[], streamId?: string): readonly string[] {
  return facts
    .filter((fact) => streamId === undefined || fact.streamId === streamId)
    .map(({ position }) => position.toString());
}

const DECISION = `subscription($after:String,$accountIds:[String!]){decision(after:$after,accountIds:$accountIds){
  position after decision{streamId revision eventType accountId data} state{asOfPosition stops{items{stopId asOfPosition}} orders{nextCursor} positions{items{positionId}}}
}}`;

describe('subscriptions', () => {
  it('tell decisions: what is open first, then each as the log takes it', async () => {
    const heard = subscribe(clientOf(ADMIN), DECISION);
    await heardOf(heard, 1);
    const end = api.feed.end.toString();
    expect(heard.data[0].decision).toMatchObject({
      ...{ position: end, decision: null },
      state: {
        asOfPosition: end,
        positions: { items: [{ positionId: 'P9' }, { positionId: 'PA' }] },
      },
    });
    const [one, two] = grow(2);
    await heardOf(heard, 3);
    expect(heard.data.slice(1).map(({ decision }) => decision)).toMatchObject([
      { position: one?.position.toString(), after: end, decision: { streamId: 'stop-S9' } },
      { position: two?.position.toString(), after: one?.position.toString() },
    ]);
    expect(heard.data[1].decision.decision.data).toStrictEqual(
      JSON.parse(JSON.stringify(one?.event.data)),
    );
    heard.end();
    await until('it has ended', () => heard.isComplete);
    const again = subscribe(clientOf(ADMIN), DECISION, { after: one?.position.toString() });
    await heardOf(again, 1);
    expect(again.data[0].decision.position).toBe(two?.position.toString());
  });

  it('tell how a stop is after each change, as the list has it a moment later', async () => {
    const query = `subscription{stopChanged(after:"${api.feed.end.toString()}"){position isSnapshot items{stopId level trailMoves revision asOfPosition}}}`;
    const heard = subscribe(clientOf(ADMIN), query);
    const other = subscribe(
      clientOf(ADMIN),
      'subscription{positionChanged{isSnapshot items{positionId}}}',
    );
    await heardOf(other, 1);
    expect(other.data[0].positionChanged).toStrictEqual({
      isSnapshot: true,
      items: [{ positionId: 'P9' }, { positionId: 'PA' }],
    });
    const facts = grow(4);
    await heardOf(heard, 4);
    expect(heard.data.map(({ stopChanged }) => stopChanged.position)).toStrictEqual(
      positionsOf(facts),
    );
    for (const [index, stopId] of ['S9', 'SA'].entries()) {
      const newest = heard.data[2 + index].stopChanged;
      const path = `/api/v1/stops/${stopId}?waitFor=${facts.at(-1)!.position.toString()}`;
      const { body } = await api.get(path, { authorization: `Bearer ${ADMIN}` });
      const { level, trailMoves, revision } = body;
      expect(newest.items[0]).toMatchObject({ stopId, level, trailMoves, revision });
    }
  });

  it('are executed once for all who ask the same, and apart by right', async () => {
    const { token } = tokens.create({ name: 't', scopes: ['read'], accounts: ['other'] }, NOW);
    const query = 'subscription{stopChanged{items{stopId position{positionId}}}}';
    const all = Array.from({ length: 20 }, () => subscribe(clientOf(ADMIN), query));
    const others = Array.from({ length: 20 }, () => subscribe(clientOf(token), query));
    for (const each of [...all, ...others]) await heardOf(each, 1);
    const statements = jest.spyOn(PostgresClient.prototype, 'query');
    grow(2);
    for (const each of all) await heardOf(each, 3);
    for (const each of others) await heardOf(each, 2);
    const texts = statements.mock.calls.map(([statement]) => JSON.stringify(statement));
    statements.mockRestore();
    for (const { data } of all) expect(data).toStrictEqual(all[0]?.data);
    for (const { data } of others) {
      expect(data.slice(1)).toMatchObject([{ stopChanged: { items: [{ stopId: 'SA' }] } }]);
    }
    // The position of each of two stops for all, and of one of them for the others.
    expect(texts.filter((text) => text.includes('from positions r'))).toHaveLength(3);
  });

  it('tell orders, of which nothing is open', async () => {
    const heard = subscribe(
      clientOf(ADMIN),
      'subscription{orderChanged{isSnapshot items{orderId}}}',
    );
    await heardOf(heard, 1);
    expect(heard.data[0].orderChanged).toStrictEqual({ isSnapshot: true, items: [] });
  });

  it('tell prices, of several that came together the newest', async () => {
    const query = `subscription{tick(instrumentIds:["BINANCE:LTCUSDT"]){version last{price} bars1m{low}}}`;
    const heard = subscribe(clientOf(ADMIN), query);
    await heardOf(heard, 1);
    expect(heard.data[0].tick).toMatchObject({ version: 40, bars1m: [{ low: '81.4' }] });
    const { last } = A_MARKET_VIEW;
    api.gateway.prices = {
      ...A_MARKET_VIEW,
      version: 99,
      last: last && { ...last, price: d('82') },
    };
    await heardOf(heard, 2);
    expect(heard.data[1].tick).toMatchObject({ version: 99, last: { price: '82' } });
  });

  it('go on without PostgreSQL’s part when they know where they were', async () => {
    const { token } = tokens.create({ name: 't', scopes: ['read'], accounts: ['other'] }, NOW);
    const after = api.feed.end.toString();
    const heard = subscribe(clientOf(token), DECISION, { after });
    const named = subscribe(clientOf(ADMIN), DECISION, { after, accountIds: ['other'] });
    const strange = subscribe(clientOf(token), DECISION, { after, accountIds: ['demo'] });
    const facts = grow(6);
    const expected = positionsOf(facts, 'stop-SA');
    for (const each of [heard, named]) {
      await heardOf(each, expected.length);
      expect(each.data.map(({ decision }) => decision.position)).toStrictEqual(expected);
    }
    expect(strange.data).toStrictEqual([]);
  });

  it('show a token of another account nothing of this one', async () => {
    const { token } = tokens.create({ name: 't', scopes: ['read'], accounts: ['other'] }, NOW);
    const client = clientOf(token);
    const all = ['stopChanged', 'orderChanged', 'positionChanged'].map((field) =>
      subscribe(client, `subscription{${field}{isSnapshot items{accountId}}}`),
    );
    const state = subscribe(client, DECISION);
    for (const each of [...all, state]) await heardOf(each, 1);
    grow(2);
    await heardOf(all[0]!, 2);
    const said = JSON.stringify([...all, state].map(({ data }) => data));
    expect(said).toContain('"other"');
    expect(said).not.toMatch(/"demo"|S9|P9/);
  });

  it.each([
    ['no token', undefined],
    ['an unknown token', 'slt_nobody'],
    ['a token that may not read', 'none'],
  ])('refuse %s when it connects', async (_what, given) => {
    const token = given === 'none' ? tokens.create({ name: 'n', scopes: [] }, NOW).token : given;
    const heard = subscribe(clientOf(token), DECISION);
    await until('it is refused', () => heard.error !== undefined);
    expect(heard.error.code).toBe(4403);
  });

  it('take a token of the header, and no page of another origin', async () => {
    const bearer = { authorization: `Bearer ${ADMIN}` };
    const heard = subscribe(clientOf(undefined, [], bearer), DECISION);
    await heardOf(heard, 1);
    const evil = subscribe(clientOf(ADMIN, [], { origin: 'https://evil.example' }), DECISION);
    await until('it is refused', () => evil.error !== undefined);
    expect(evil.error.message).toContain('403');
  });

  it.each([
    ['a query', '{stops{nextCursor}}', 'Queries and mutations are sent by POST.'],
    [
      'a mutation',
      'mutation{cancelStop(stopId:"S9"){id}}',
      'Queries and mutations are sent by POST.',
    ],
    ['an unknown field', 'subscription{zork}', 'Cannot query field "zork" on type "Subscription".'],
    [
      'too many fields',
      `subscription{stopChanged{items{${Array.from({ length: 500 }, (_, i) => `a${String(i)}:stopId`).join(' ')}}}}`,
      'A query has at most 500 fields, this one has 502.',
    ],
    [
      'too deep a document',
      `subscription{stopChanged{${'items{'.repeat(20)}stopId${'}'.repeat(20)}}}`,
      'A query is at most 16 levels deep.',
    ],
    ['too many words', `subscription{stopChanged{${'position '.repeat(5_000)}}}`, 'Syntax Error'],
  ])('refuse %s', async (_what, query, message) => {
    const heard = subscribe(clientOf(ADMIN), query);
    await until('it is refused', () => heard.error !== undefined);
    expect(JSON.stringify(heard.error)).toContain(message.replaceAll('"', String.raw`\"`));
  });

  it('say in the words of REST what is wrong', async () => {
    const heard = subscribe(clientOf(ADMIN), 'subscription{decision(after:"soon"){position}}');
    await until('it is refused', () => heard.isComplete);
    expect(heard.data[0].errors[0].extensions).toMatchObject({
      ...{ status: 422, code: 'WRONG_FORM', field: 'after', value: 'soon' },
    });
  });

  it('show what is open to who reads too slowly to hear of everything', async () => {
    const sockets: WebSocket[] = [];
    const slow = subscribe(clientOf(ADMIN, sockets), DECISION);
    await heardOf(slow, 1);
    grow(LOG.length - MANY - api.feed.facts.length);
    const quick = subscribe(clientOf(ADMIN), 'subscription{decision{position}}');
    await heardOf(quick, 1);
    const [socket] = sockets as unknown as { _socket: Socket }[];
    socket?._socket.pause();
    const before = api.bugs.length;
    // More than is kept, and more than the buffers on the way take.
    for (let sent = 0; sent < MANY; sent += KEPT) {
      grow(KEPT);
      await heardOf(quick, 1 + sent + KEPT);
    }
    socket?._socket.resume();
    const end = api.feed.end.toString();
    await until('the slow one is there', () => slow.data.at(-1)?.decision.position === end);
    const states = slow.data.filter(({ decision }) => decision.state !== null);
    expect(states.length).toBeGreaterThan(1);
    for (const [index, { decision }] of slow.data.entries()) {
      if (decision.decision) expect(decision.after).toBe(slow.data[index - 1].decision.position);
    }
    expect(api.bugs.length).toBe(before);
  });
});
