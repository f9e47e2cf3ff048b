import { Client } from 'pg';
import { TokenFile } from '../../src/adapters/token-file/token-file.js';
import { startApi } from '../support/api-fixture.js';
import type { Answer, RunningApi } from '../support/api-fixture.js';
import { DocumentedClient } from '../support/documented-client.js';
import type { Call, Operation } from '../support/documented-client.js';
import { MemoryEventFeed } from '../support/memory-event-feed.js';
import { temporaryFolder } from '../support/postgres-fixture.js';
import { READ_SIDE_END, READ_SIDE_LOG } from '../support/read-side-log.js';
import { BODIES, OF_DEMO } from '../support/route-calls.js';
import { refusing } from '../support/scripted-gateway.js';
import { A_SIGNAL_SOURCE } from '../support/signal-source.js';

const ADMIN = { authorization: 'Bearer an-admin-token-of-the-environment' };
const NOW = new Date('2025-06-21T21:31:00Z');
const A_PROBLEM = { code: 'A_CODE', field: 'quantity', rule: 'must be so', value: '1' };
const LONGER_THAN_ANY_LIMIT = 'x'.repeat(17 * 1024 * 1024);
const BATCH = 'StopArmingController_armMany';
const folder = temporaryFolder('document');
const tokens = new TokenFile(`${folder.path}/tokens.json`, ADMIN.authorization.slice(7));

let api: RunningApi;
let client: DocumentedClient;
/** Of an API that lets nobody ask twice a second. */
let strictApi: RunningApi;
let strict: DocumentedClient;

beforeAll(async () => {
  const seldom = { tokens, requestsPerSecond: 1 };
  strictApi = await startApi(new MemoryEventFeed(READ_SIDE_LOG), undefined, seldom);
  strict = new DocumentedClient(strictApi);
  const access = { tokens, requestsPerSecond: 1_000 };
  api = await startApi(new MemoryEventFeed(READ_SIDE_LOG), undefined, access, {
    signals: [A_SIGNAL_SOURCE],
  });
  expect((await api.get(`/api/v1/stops?waitFor=${READ_SIDE_END}`, ADMIN)).status).toBe(200);
  client = new DocumentedClient(api);
}, 60_000);

afterAll(async () => {
  await api.close();
  await strictApi.close();
  folder.remove();
}, 30_000);

/** What the operation takes and answers well. */
function wellAsked(operation: Operation): Call {
  const { id, method, path, parameters } = operation;
  const inPath = parameters.filter((each) => each.in === 'path').map(({ name }) => name);
  const changes = parameters.some(({ name }) => name === 'If-Match');
  const headers = { ...ADMIN, ...(changes && { 'if-match': '"1"' }) };
  return {
    path: Object.fromEntries(inPath.map((name) => [name, OF_DEMO[name] ?? 'x'])),
    query: id === 'PnlController_totals' ? { accountId: 'demo' } : {},
    headers,
    body: id === 'SignalsController_take' ? aSignal() : bodyOf(method, path),
  };
}

function bodyOf(method: string, path: string): unknown {
  return method === 'POST' || method === 'PATCH' ? BODIES[path] : undefined;
}

function aSignal() {
  return { alert: 'buy', ticker: 'LTCUSDT', time: new Date().toISOString(), qty: '1' };
}

type Recipe = (operation: Operation, call: Call) => Promise<Answer>;

function isWrite({ method }: Operation): boolean {
  return method !== 'GET';
}

/** The engine refuses the next command with this. */
function refusedAs(...how: Parameters<typeof refusing>): Recipe {
  return (operation, call) => {
    api.gateway.answerNext(refusing(...how));
    return client.send(operation, call);
  };
}

async function badlyAsked(operation: Operation, call: Call): Promise<Answer> {
  // An id that is no text: the path itself cannot be read.
  if (operation.path.includes('{')) {
    return api.send(operation.method, operation.path.replace(/\{\w+\}/g, '%zz'), call.body, ADMIN);
  }
  return client.send(operation, { ...call, body: '{' });
}

function notFound(operation: Operation, call: Call): Promise<Answer> {
  if (isWrite(operation)) return refusedAs('not-found', A_PROBLEM)(operation, call);
  const nothing = Object.fromEntries(Object.keys(call.path ?? {}).map((name) => [name, 'nope']));
  const query = { ...call.query, ...(call.query?.['accountId'] && { accountId: 'nope' }) };
  return client.send(operation, { ...call, path: nothing, query });
}

async function invalid(operation: Operation, call: Call): Promise<Answer> {
  if (operation.id === BATCH) return client.send(operation, { ...call, body: { stops: '1' } });
  if (isWrite(operation)) return refusedAs('invalid', A_PROBLEM)(operation, call);
  return client.send(operation, { ...call, query: { ...call.query, nonsense: '1' } });
}

async function tooOften(operation: Operation, call: Call): Promise<Answer> {
  const { token } = tokens.create({ name: 'eager', scopes: [] }, NOW);
  const headers = { ...call.headers, authorization: `Bearer ${token}` };
  const asked = Array.from({ length: 5 }, () => strict.send(operation, { ...call, headers }));
  const answers = await Promise.all(asked);
  return answers.find(({ status }) => status === 429) ?? answers[0]!;
}

/** A write meets an engine that fails in a way that nobody has foreseen. */
function faulty(operation: Operation, call: Call): Promise<Answer> {
  api.gateway.answerNext(new Error('a fault of ours'));
  return client.send(operation, call);
}

function engineAway(operation: Operation, call: Call): Promise<Answer> {
  const reason = 'The engine cannot be reached now.';
  api.gateway.answerNext({ kind: 'unavailable', reason, retryAfterMs: 1_000 });
  return client.send(operation, call);
}

/** How each status comes about, of every operation that has it; a reading fails with its tables, and last. */
const RECIPES: Readonly<Record<number, Recipe>> = {
  200: (operation, call) => {
    const isArming = operation.id === 'StopArmingController_arm';
    const query = { ...call.query, ...(isArming && { dryRun: 'true' }) };
    const good = { ...call, query };
    client.checkCall(operation, good);
    return client.send(operation, good);
  },
  201: (operation, call) => {
    client.checkCall(operation, call);
    return client.send(operation, call);
  },
  304: async (operation, call) => {
    const { headers } = await client.send(operation, call);
    const known = { ...call.headers, 'if-none-match': headers.get('etag') ?? '' };
    return client.send(operation, { ...call, headers: known });
  },
  400: badlyAsked,
  401: (operation, call) => client.send(operation, { ...call, headers: {} }),
  403: (operation, call) => {
    const { token } = tokens.create({ name: 'nobody', scopes: [] }, NOW);
    const headers = { ...call.headers, authorization: `Bearer ${token}` };
    return client.send(operation, { ...call, headers });
  },
  404: notFound,
  409: refusedAs('conflict', A_PROBLEM),
  412: refusedAs('stale', A_PROBLEM),
  413: (operation, call) =>
    client.send(operation, { ...call, body: JSON.stringify(LONGER_THAN_ANY_LIMIT) }),
  415: (operation, call) => {
    const headers = { ...call.headers, 'content-type': 'image/png' };
    return client.send(operation, { ...call, headers, body: 'x' });
  },
  422: invalid,
  428: (operation, call) => client.send(operation, { ...call, headers: ADMIN }),
  429: tooOften,
  500: faulty,
  503: engineAway,
};

/** Statuses that the operation says it has and that were not answered, with what was. */
async function unlike(operation: Operation, statuses: readonly number[]): Promise<string[]> {
  const found: string[] = [];
  for (const status of statuses) {
    const recipe = RECIPES[status];
    if (!recipe) throw new Error(`${operation.id}: nobody knows how ${status} comes about`);
    const answer = await recipe(operation, wellAsked(operation));
    if (answer.status !== status) found.push(`${status}: ${answer.status} ${answer.text}`);
  }
  return found;
}

describe('a client made from the OpenAPI document', () => {
  it('is answered by every operation with every status that the document names', async () => {
    for (const operation of client.operations) {
      const fails = isWrite(operation) ? [] : [500, 503];
      const statuses = operation.statuses.filter((status) => !fails.includes(status));
      expect([operation.id, await unlike(operation, statuses)]).toStrictEqual([operation.id, []]);
    }
    expect(client.operations.length).toBeGreaterThan(50);
  });

  it('is told of a fault by every reading, and nothing of what it is', async () => {
    await damageTables();
    const asked = ['market', 'book', 'quarantine', 'refusedFrames', 'view'] as const;
    const mocks = asked.map((name) =>
      jest.spyOn(api.gateway, name).mockRejectedValue(new Error('a fault of ours')),
    );
    api.boards.push(undefined as never);
    for (const operation of client.operations.filter(reads(500))) {
      const { status, text } = await client.send(operation, wellAsked(operation));
      expect([operation.id, status]).toStrictEqual([operation.id, 500]);
      expect(text).not.toMatch(/fault of ours|column|select/);
    }
    api.boards.pop();
    for (const mock of mocks) mock.mockRestore();
  });

  it('is told by every reading when nothing can be read', async () => {
    await api.postgres.stop();
    api.gateway.seen = undefined;
    for (const operation of client.operations.filter(reads(503))) {
      const { status, headers } = await client.send(operation, wellAsked(operation));
      expect([operation.id, status]).toStrictEqual([operation.id, 503]);
      // Health is for machines that come again by themselves.
      const isOfApi = operation.path.startsWith('/api/');
      expect([operation.id, headers.get('retry-after')]).toStrictEqual([
        ...[operation.id, isOfApi ? '1' : null],
      ]);
    }
  });
});

function reads(status: number): (operation: Operation) => boolean {
  return (operation) => !isWrite(operation) && operation.statuses.includes(status);
}

/** No view has the columns that it had. */
async function damageTables(): Promise<void> {
  const database = new Client({ connectionString: api.postgres.url });
  await database.connect();
  const { rows } = await database.query<{ view: string; column: string }>(
    `select table_name as view, column_name as column from information_schema.columns
     join information_schema.views using (table_schema, table_name) where table_schema = 'public'`,
  );
  for (const { view, column } of rows) {
    await database.query(`alter view ${view} rename column ${column} to gone_${column}`);
  }
  await database.end();
}
