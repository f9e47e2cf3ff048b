import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema } from 'graphql';
import { startApi } from '../support/api-fixture.js';
import type { RunningApi } from '../support/api-fixture.js';
import { COMMAND_CALLS, mutationOf } from '../support/command-calls.js';
import { MemoryEventFeed } from '../support/memory-event-feed.js';
import { READ_SIDE_LOG } from '../support/read-side-log.js';
import { refusing } from '../support/scripted-gateway.js';

let api: RunningApi;

beforeAll(async () => {
  api = await startApi(new MemoryEventFeed(READ_SIDE_LOG));
}, 60_000);

afterAll(() => api.close(), 30_000);

const FRESH = { stopId: 'fresh', orderId: 'fresh', positionId: 'fresh' };
const MADE: Readonly<Record<string, object>> = {
  openPosition: { positionId: FRESH.positionId },
  placeOrder: { orderId: FRESH.orderId },
  armStop: { stopId: FRESH.stopId },
  armStops: { stopId: FRESH.stopId },
};

it('has a mutation for every command that REST has', async () => {
  const text = readFileSync(join(__dirname, '../../src/api/graphql/schema.graphql'), 'utf8');
  const mutations = Object.keys(buildSchema(text).getMutationType()?.getFields() ?? {});
  expect(mutations.sort()).toStrictEqual(COMMAND_CALLS.map(({ name }) => name).sort());
  const { body } = await api.get('/api/docs-json');
  const writes = Object.entries<object>(body.paths).flatMap(([path, methods]) =>
    Object.keys(methods)
      .filter((method) => method !== 'get' && path !== '/api/v1/signals')
      .map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(writes).toHaveLength(COMMAND_CALLS.length);
});

it.each(COMMAND_CALLS)('$name sends the engine what REST sends it', async (call) => {
  const key = `key-${call.name}`;
  const before = api.gateway.commands.length;
  const rest = await api.send(call.method, call.path, call.body, {
    ...call.headers,
    'idempotency-key': key,
  });
  expect([200, 201]).toContain(rest.status);
  const answer = await api.graphql(mutationOf(call, key));
  expect(answer.body.errors).toBeUndefined();
  const [byRest, byGraphql] = api.gateway.commands
    .slice(before)
    .map((command) => ({ ...command, ...MADE[call.name] }));
  expect(api.gateway.commands).toHaveLength(before + 2);
  expect(byGraphql).toStrictEqual(byRest);
  // The engine calls a key that comes back with another request a mistake: to it these are the same request.
  const [restHash, graphqlHash] = api.gateway.requestHashes.slice(before);
  expect(graphqlHash).toBe(restHash);
});

it('tries a stop without arming it', async () => {
  const before = api.gateway.commands.length;
  const query = `mutation{armStop(dryRun:true,input:{positionId:"P9",plan:{stop:"70"}}){armed{id} trial{positionId level firesNow plan{triggerBy}}}}`;
  const { body } = await api.graphql(query);
  expect(body.data.armStop).toStrictEqual({
    armed: null,
    trial: { positionId: 'P9', level: '81.73', firesNow: false, plan: { triggerBy: 'last' } },
  });
  expect([api.gateway.commands.length - before, api.gateway.trials.length]).toStrictEqual([0, 1]);
});

it('takes variables as well as literals', async () => {
  const query = `mutation($input:StopInput!){armStop(input:$input){armed{id revision asOfPosition}}}`;
  const input = { positionId: 'P9', plan: { trail: { bps: '50' }, dialect: 'lean' } };
  const { body } = await api.graphql(query, { input });
  expect(body.data.armStop.armed).toMatchObject({ revision: 4, asOfPosition: '7700' });
  expect(api.gateway.last).toMatchObject({ kind: 'ArmStop', ...input });
});

it.each([
  [
    'armStop(input:{positionId:"P9",plan:{trail:{}}}){armed{id}}',
    422,
    'TRAIL_NOT_ONE_DISTANCE',
    'plan.trail',
  ],
  [
    'armStop(input:{positionId:"P9",plan:{stop:"7,5"}}){armed{id}}',
    422,
    'NOT_A_DECIMAL',
    'plan.stop',
  ],
  ['amendStop(stopId:"S9",plan:{stop:"70"}){id}', 428, 'IF_MATCH_REQUIRED', 'expectedRevision'],
  ['cancelStop(stopId:"a\\u0000"){id}', 404, 'STOP_NOT_FOUND', 'stopId'],
  ['cancelOrder(orderId:""){id}', 404, 'ORDER_NOT_FOUND', 'orderId'],
  ['closePosition(positionId:" "){id}', 404, 'POSITION_NOT_FOUND', 'positionId'],
  ['haltTrading(accountId:"/",reason:"x"){id}', 404, 'ACCOUNT_NOT_FOUND', 'accountId'],
  ['haltTrading(accountId:"demo",reason:""){id}', 422, 'WRONG_FORM', 'reason'],
  ['cancelStop(stopId:"S9",idempotencyKey:"a b"){id}', 422, 'WRONG_FORM', 'idempotencyKey'],
])('says in the words of REST what is wrong with %s', async (call, status, code, field) => {
  const before = api.gateway.commands.length;
  const [error] = (await api.graphql(`mutation{${call}}`)).body.errors;
  expect(error.extensions).toMatchObject({ status, code, field });
  expect(api.gateway.commands).toHaveLength(before);
});

it('says what the engine refuses, by its rule', async () => {
  const problem = { code: 'STOP_CLOSED', field: 'stopId', rule: 'has ended', value: 'S9' };
  api.gateway.answerNext(refusing('conflict', problem));
  const [refused] = (await api.graphql('mutation{cancelStop(stopId:"S9"){id}}')).body.errors;
  expect(refused.extensions).toMatchObject({ ...problem, status: 409 });
  const stale = { code: 'REVISION_STALE', field: 'If-Match', rule: 'must be newer', value: '7' };
  api.gateway.answerNext(refusing('stale', stale));
  const cancel = 'mutation{cancelStop(stopId:"S9",expectedRevision:7){id}}';
  const [raced] = (await api.graphql(cancel)).body.errors;
  expect(raced.extensions).toMatchObject({ ...stale, field: 'expectedRevision', status: 412 });
  expect(raced.message).toBe('expectedRevision must be newer, was 7');
  api.gateway.answerNext({ kind: 'unavailable', reason: 'the log is away', retryAfterMs: 1_000 });
  const [away] = (await api.graphql('mutation{cancelStop(stopId:"S9"){id}}')).body.errors;
  expect(away.extensions).toMatchObject({ status: 503, code: 'ENGINE_UNAVAILABLE' });
});

it('survives a document that is nested beyond all measure', async () => {
  const deep = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`;
  const query = 'mutation($input:StopInput!){armStop(input:$input){armed{id}}}';
  const input = `{"positionId":"P9","plan":{"dialect":${deep}}}`;
  const body = `{"query":${JSON.stringify(query)},"variables":{"input":${input}}}`;
  const answer = await api.send('POST', '/graphql', body);
  expect([answer.status, answer.body.errors?.[0].extensions.status]).toStrictEqual([200, 422]);
  expect(api.bugs).toStrictEqual([]);
});

it('changes nothing by GET, which a link of another page could be', async () => {
  const before = api.gateway.commands.length;
  const query = encodeURIComponent('mutation{cancelStop(stopId:"S9"){id}}');
  const answer = await api.get(`/graphql?query=${query}`);
  expect([answer.status, api.gateway.commands.length - before]).toStrictEqual([405, 0]);
});
