import { statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { buildSchema, getNamedType, isLeafType, isNonNullType, isObjectType } from 'graphql';
import type { GraphQLField, GraphQLFieldMap } from 'graphql';
import { TokenFile } from '../../src/adapters/token-file/token-file.js';
import type { Scope } from '../../src/application/ports/access.port.js';
import { startApi } from '../support/api-fixture.js';
import type { Answer, RunningApi } from '../support/api-fixture.js';
import { COMMAND_CALLS, mutationOf } from '../support/command-calls.js';
import { MemoryEventFeed } from '../support/memory-event-feed.js';
import { A_SIGNAL_SOURCE } from '../support/signal-source.js';
import { BODIES, OF_DEMO } from '../support/route-calls.js';
import { temporaryFolder } from '../support/postgres-fixture.js';
import { READ_SIDE_END, READ_SIDE_LOG } from '../support/read-side-log.js';
import { until } from '../support/until.js';

const NOW = new Date('2025-06-21T21:31:00Z');
const ADMIN = 'an-admin-token-of-the-environment';
const SLOW_CLIENT_MS = 1_000;
const folder = temporaryFolder('tokens');
const path = join(folder.path, 'tokens.json');
const tokens = new TokenFile(path, ADMIN);

let api: RunningApi;

beforeAll(async () => {
  const access = { tokens, requestsPerSecond: 10_000, slowClientMs: SLOW_CLIENT_MS };
  api = await startApi(new MemoryEventFeed(READ_SIDE_LOG), undefined, access, {
    signals: [A_SIGNAL_SOURCE],
  });
  const ready = await api.get(`/api/v1/stops?waitFor=${READ_SIDE_END}`, bearer(ADMIN));
  expect(ready.status).toBe(200);
}, 60_000);

afterAll(async () => {
  await api.close();
  folder.remove();
}, 30_000);

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

function given(scopes: readonly Scope[], ...accounts: string[]): Record<string, string> {
  const limited = accounts.length > 0 ? { accounts } : {};
  return bearer(tokens.create({ name: 'test', scopes, ...limited }, NOW).token);
}

interface Route {
  readonly method: string;
  readonly path: string;
}

async function routes(): Promise<readonly Route[]> {
  const { body } = await api.get('/api/docs-json');
  return Object.entries<object>(body.paths).flatMap(([each, methods]) =>
    Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path: each })),
  );
}

function ask(route: Route, headers: Record<string, string>): Promise<Answer> {
  const target = route.path.replace(/\{(\w+)\}/g, (_, id: string) => OF_DEMO[id] ?? 'x');
  const query = route.path === '/api/v1/pnl/totals' ? '?accountId=demo' : '';
  if (route.path === '/api/v1/signals') return signal(headers);
  const hasBody = route.method === 'POST' || route.method === 'PATCH';
  const body = hasBody ? (BODIES[route.path] ?? {}) : undefined;
  const seen = route.method === 'PATCH' ? { 'if-match': '"1"' } : {};
  return api.send(route.method, target + query, body, { ...headers, ...seen });
}

function signal(headers: Record<string, string>): Promise<Answer> {
  const time = new Date().toISOString();
  const body = { alert: 'buy', ticker: 'LTCUSDT', time, qty: '1' };
  return api.send('POST', '/api/v1/signals', body, headers);
}

const OPEN = ['GET /health/live', 'GET /health/ready'];

describe('every route', () => {
  it('asks for a token, but health and documents', async () => {
    const open: string[] = [];
    for (const route of await routes()) {
      const answer = await ask(route, {});
      if (answer.status === 401) {
        expect(answer.body.code).toBe('TOKEN_REQUIRED');
        expect(answer.headers.get('www-authenticate')).toBe('Bearer');
      } else open.push(`${route.method} ${route.path}`);
    }
    expect(open).toStrictEqual(OPEN);
    expect((await api.graphql('{stops{nextCursor}}')).status).toBe(401);
  });

  it('refuses tokens that nobody gave, or that were revoked', async () => {
    const { token, kept } = tokens.create({ name: 'gone', scopes: ['admin'] }, NOW);
    expect((await api.get('/api/v1/stops', bearer(token))).status).toBe(200);
    expect(tokens.revoke(kept.id, NOW)).toBe(true);
    for (const wrong of [
      token,
      `${ADMIN}x`,
      token.slice(0, -1),
      'x',
      'slt_000000000000_'.padEnd(60, 'A'),
    ]) {
      for (const route of await routes()) {
        if (OPEN.includes(`${route.method} ${route.path}`)) continue;
        expect([route.path, (await ask(route, bearer(wrong))).status]).toStrictEqual([
          route.path,
          401,
        ]);
      }
    }
  });

  it('asks for a scope', async () => {
    const nobody = given([]);
    for (const route of await routes()) {
      if (OPEN.includes(`${route.method} ${route.path}`)) continue;
      const { status, body } = await ask(route, nobody);
      expect([route.method, route.path, status, body.code]).toStrictEqual([
        route.method,
        route.path,
        403,
        'SCOPE_MISSING',
      ]);
    }
  });

  it('lets a reader read, and change nothing', async () => {
    const reader = given(['read']);
    const before = api.gateway.commands.length;
    for (const route of await routes()) {
      const { status } = await ask(route, reader);
      const isRead = route.method === 'GET';
      expect([route.method, route.path, status]).toStrictEqual([
        route.method,
        route.path,
        isRead ? 200 : 403,
      ]);
    }
    expect(api.gateway.commands).toHaveLength(before);
  });

  it('lets a trader change what is an account’s, and nothing that is everybody’s', async () => {
    const trader = given(['trade']);
    for (const route of await routes()) {
      const isEverybodys =
        route.method === 'POST' && /\/(instruments|accounts|split)$/.test(route.path);
      const before = api.gateway.commands.length;
      const { status } = await ask(route, trader);
      expect([route.path, status === 403]).toStrictEqual([route.path, isEverybodys]);
      // Whatever it changes, the events say who asked for it.
      const actors = api.gateway.commands.slice(before).map(({ actor }) => actor);
      const isWrite = route.method !== 'GET' && !isEverybodys;
      expect([route.path, actors]).toStrictEqual([route.path, isWrite ? ['token:test'] : []]);
    }
  });

  it('tells the keys of one caller from those of another', async () => {
    const key = { 'idempotency-key': 'deposit-1' };
    const [one, two] = ['one', 'two'].map((name) =>
      bearer(tokens.create({ name, scopes: ['trade'] }, NOW).token),
    );
    const path = '/api/v1/accounts/demo/cash';
    const body = BODIES['/api/v1/accounts/{accountId}/cash'];
    for (const headers of [one, one, two])
      await api.send('POST', path, body, { ...headers, ...key });
    const [first, again, others] = api.gateway.commands.slice(-3).map(({ commandId }) => commandId);
    expect(again).toBe(first);
    expect(others).not.toBe(first);
  });

  it('shows a token of another account nothing of this one, and takes no order for it', async () => {
    const stranger = given(['trade'], 'other');
    const before = api.gateway.commands.length;
    for (const route of await routes()) {
      const { status, text } = await ask(route, stranger);
      // What was asked for may be repeated, and instruments belong to all.
      const isCommon = /instruments|feeds|health/.test(route.path);
      if (!isCommon)
        expect([route.path, text.includes('"accountId":"demo"')]).toStrictEqual([
          route.path,
          false,
        ]);
      if (route.path.includes('{') && !isCommon)
        expect([route.path, [403, 404]]).toStrictEqual([
          route.path,
          expect.arrayContaining([status]),
        ]);
      expect(text).not.toMatch(/"(positionId":"P9|stopId":"S9|stopId":"S000|orderId":"S000)/);
    }
    expect(api.gateway.commands).toHaveLength(before);
    for (const one of ['stops/S9', 'orders/S0001-1-1', 'positions/P9', 'accounts/demo']) {
      const past = await api.get(`/api/v1/${one}?at=${READ_SIDE_END}`, stranger);
      expect([one, past.status]).toStrictEqual([one, 404]);
    }
    for (const { method, path } of await routes()) {
      if (method !== 'GET' || path.includes('{')) continue;
      const exported = await api.get(`${path}?format=jsonl`, stranger);
      expect([path, exported.text.includes('"accountId":"demo"')]).toStrictEqual([path, false]);
    }
    const metrics = await api.get('/metrics', stranger);
    expect([metrics.status, metrics.body.code]).toStrictEqual([403, 'ACCOUNT_NOT_ALLOWED']);
    const { body } = await api.get('/api/v1/positions', stranger);
    expect(body.items.map((row: any) => row.positionId)).toStrictEqual(['PA']);
    expect((await api.get('/api/v1/positions?accountId=demo', stranger)).body.items).toStrictEqual(
      [],
    );
    expect((await api.get('/api/v1/stops/SA', stranger)).status).toBe(200);
  });
});

describe('every resolver', () => {
  const schema = async () => {
    const { readFileSync } = await import('node:fs');
    const text = readFileSync(join(__dirname, '../../src/api/graphql/schema.graphql'), 'utf8');
    return buildSchema(text);
  };

  /** Asks for every plain field of a root field and of its rows, with ids of account demo. */
  function queryOf(field: GraphQLField<unknown, unknown>): string {
    const args = field.args
      .filter((arg) => isNonNullType(arg.type))
      .map((arg) => `${arg.name}:"${OF_DEMO[arg.name] ?? 'x'}"`);
    const call = args.length > 0 ? `(${args.join()})` : '';
    const { items, ...page } = fieldsOf(field);
    return `{${field.name}${call}{${leaves(page)} ${items ? `items{${leaves(fieldsOf(items))}}` : ''}}}`;
  }

  function fieldsOf({ type }: GraphQLField<unknown, unknown>) {
    const named = getNamedType(type);
    return isObjectType(named) ? named.getFields() : {};
  }

  function leaves(fields: GraphQLFieldMap<unknown, unknown>): string {
    const plain = Object.values(fields).filter(({ type }) => isLeafType(getNamedType(type)));
    return plain.map(({ name }) => name).join(' ');
  }

  it('shows a token of another account nothing of this one', async () => {
    const fields = Object.values((await schema()).getQueryType()?.getFields() ?? {});
    expect(fields.length).toBeGreaterThan(15);
    const stranger = given(['read'], 'other');
    for (const field of fields) {
      expect(isObjectType(field.type) || isNonNullType(field.type)).toBe(true);
      const answer = await api.send('POST', '/graphql', { query: queryOf(field) }, stranger);
      expect([field.name, answer.status]).toStrictEqual([field.name, 200]);
      // What was asked for may be repeated as the value that names nothing.
      const told = answer.text.replaceAll('"value":"demo"', '');
      expect([field.name, told.includes('"demo"')]).toStrictEqual([field.name, false]);
      const problems = answer.body.errors?.map((error: any) => error.extensions?.code) ?? [];
      for (const code of problems) expect(code).toMatch(/_NOT_FOUND$|^ACCOUNT_NOT_ALLOWED$/);
    }
  });

  it('asks for a scope', async () => {
    const fields = Object.values((await schema()).getQueryType()?.getFields() ?? {});
    const nobody = given([]);
    for (const field of fields) {
      const answer = await api.send('POST', '/graphql', { query: queryOf(field) }, nobody);
      expect([field.name, answer.body.errors?.[0]?.extensions?.code]).toStrictEqual([
        field.name,
        'SCOPE_MISSING',
      ]);
    }
  });
});

describe('every mutation', () => {
  const sent = async (headers: Record<string, string>, call: (typeof COMMAND_CALLS)[number]) => {
    const before = api.gateway.commands.length;
    const { body } = await api.send('POST', '/graphql', { query: mutationOf(call) }, headers);
    const inItem = body.data?.armStops?.items[0].problem?.code;
    return {
      code: inItem ?? body.errors?.[0]?.extensions?.code,
      actors: api.gateway.commands.slice(before).map(({ actor }) => actor),
    };
  };
  const isEverybodys = (name: string) =>
    ['defineInstrument', 'splitInstrument', 'openAccount'].includes(name);

  it.each(COMMAND_CALLS)('$name asks for a scope, and for the account', async (call) => {
    const refused = { code: 'SCOPE_MISSING', actors: [] };
    for (const scopes of [[], ['read']] as const) {
      expect(await sent(given(scopes), call)).toStrictEqual(refused);
    }
    const trader = await sent(given(['trade']), call);
    expect(trader).toStrictEqual(
      isEverybodys(call.name) ? refused : { code: undefined, actors: ['token:test'] },
    );
    const stranger = await sent(given(['trade'], 'other'), call);
    expect(stranger.actors).toStrictEqual([]);
    expect(stranger.code).toMatch(/_NOT_FOUND$|^ACCOUNT_NOT_ALLOWED$|^SCOPE_MISSING$/);
  });
});

describe('the door', () => {
  it('lets no page of another origin in, not even with a token', async () => {
    const evil = { ...bearer(ADMIN), origin: 'https://evil.example' };
    const answer = await api.get('/api/v1/stops', evil);
    expect([answer.status, answer.body.code]).toStrictEqual([403, 'ORIGIN_NOT_ALLOWED']);
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    const preflight = { ...evil, 'access-control-request-method': 'POST' };
    const asked = await api.send('OPTIONS', '/api/v1/stops', undefined, preflight);
    expect([asked.status, asked.headers.get('access-control-allow-origin')]).toStrictEqual([
      403,
      null,
    ]);
    const own = { ...bearer(ADMIN), origin: api.origin };
    expect((await api.get('/api/v1/stops', own)).status).toBe(200);
  });

  it('tells browsers to keep everything to themselves', async () => {
    const { headers } = await api.get('/api/v1/stops', bearer(ADMIN));
    expect(Object.fromEntries(headers)).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    });
  });

  it('lets no client hold a connection by sending slowly', async () => {
    const { port } = new URL(api.origin);
    const socket = connect(Number(port), '127.0.0.1');
    let heard = '';
    socket.on('data', (chunk: Buffer) => void (heard += chunk.toString()));
    socket.on('error', () => undefined);
    const closed = new Promise<void>((done) => socket.once('close', () => done()));
    socket.write('POST /api/v1/stops HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-le');
    await closed;
    expect(heard).toMatch(/^HTTP\/1\.1 408/);
  });

  it('keeps hashes in a file of its owner, and no secret', () => {
    const { token } = tokens.create({ name: 'kept', scopes: ['read'] }, NOW);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(JSON.stringify(tokens.list())).not.toContain(token.slice(-43));
  });

  it('takes note of what another process changed in the file', async () => {
    const { token, kept } = new TokenFile(path).create({ name: 'cli', scopes: ['read'] }, NOW);
    const statusNow = async () => (await api.get('/api/v1/stops', bearer(token))).status;
    await until('the token is known', async () => (await statusNow()) === 200);
    new TokenFile(path).revoke(kept.id, NOW);
    await until('the token is refused', async () => (await statusNow()) === 401);
  });
});

it('limits how often a token may ask, and each token by itself', async () => {
  const limited = await startApi(new MemoryEventFeed(READ_SIDE_LOG), undefined, {
    tokens,
    requestsPerSecond: 1,
  });
  try {
    const [one, two] = [given(['read']), given(['read'])];
    const statuses = [];
    for (let count = 0; count < 4; count += 1) {
      statuses.push((await limited.get('/api/v1/instruments', one)).status);
    }
    expect(statuses.slice(0, 2)).toStrictEqual([200, 200]);
    expect(statuses).toContain(429);
    const refused = await limited.get('/api/v1/instruments', one);
    expect([refused.body.code, refused.headers.get('retry-after')]).toStrictEqual([
      'TOO_MANY_REQUESTS',
      '1',
    ]);
    expect((await limited.get('/api/v1/instruments', two)).status).toBe(200);
  } finally {
    await limited.close();
  }
}, 60_000);
