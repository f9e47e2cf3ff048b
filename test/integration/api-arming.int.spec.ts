import { TokenFile } from '../../src/adapters/token-file/token-file.js';
import { join } from 'node:path';
import { startApi } from '../support/api-fixture.js';
import type { RunningApi } from '../support/api-fixture.js';
import { MemoryEventFeed } from '../support/memory-event-feed.js';
import { temporaryFolder } from '../support/postgres-fixture.js';
import { READ_SIDE_LOG } from '../support/read-side-log.js';
import { A_TRIAL, refusing } from '../support/scripted-gateway.js';

const ADMIN = 'an-admin-token-of-the-environment';
const folder = temporaryFolder('arming');
const tokens = new TokenFile(join(folder.path, 'tokens.json'), ADMIN);
const admin = { authorization: `Bearer ${ADMIN}` };
const STOP = { positionId: 'P9', plan: { stop: '70' } };

let api: RunningApi;

beforeAll(async () => {
  const access = { tokens, requestsPerSecond: 10_000 };
  api = await startApi(new MemoryEventFeed(READ_SIDE_LOG), undefined, access);
}, 60_000);

afterAll(async () => {
  await api.close();
  folder.remove();
}, 30_000);

const batch = (stops: unknown, headers: Record<string, string> = {}) =>
  api.send('POST', '/api/v1/stops/batch', { stops }, { ...admin, ...headers });

describe('a dry run', () => {
  it('says where the stop would stand, and orders nothing', async () => {
    const { status, body } = await api.send('POST', '/api/v1/stops?dryRun=true', STOP, admin);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      ...{ dryRun: true, positionId: 'P9', quantity: '10', level: '81.73', extreme: '83.4' },
      ...{ limitPrice: null, activated: true, firesNow: false, atPrice: null },
    });
    expect(api.gateway.commands).toStrictEqual([]);
    expect(api.gateway.trials.at(-1)).toMatchObject({ kind: 'ArmStop', ...STOP });
  });

  it('is refused as the stop would be', async () => {
    const problem = { code: 'OVER_COVERED', field: 'quantity', rule: 'is too large', value: '11' };
    api.gateway.trial = refusing('conflict', problem);
    const { status, body } = await api.send('POST', '/api/v1/stops?dryRun=true', STOP, admin);
    expect([status, body.code]).toStrictEqual([409, 'OVER_COVERED']);
    api.gateway.trial = A_TRIAL;
  });

  it('is none unless it is asked for', async () => {
    expect((await api.send('POST', '/api/v1/stops?dryRun=false', STOP, admin)).status).toBe(201);
    const { status, body } = await api.send('POST', '/api/v1/stops?dryRun=1', STOP, admin);
    expect([status, body.field]).toStrictEqual([422, 'dryRun']);
  });

  it('is of the own account alone', async () => {
    const { token } = tokens.create(
      { name: 'other', scopes: ['trade'], accounts: ['other'] },
      new Date('2025-06-21T21:31:00Z'),
    );
    const headers = { authorization: `Bearer ${token}` };
    const { status } = await api.send('POST', '/api/v1/stops?dryRun=true', STOP, headers);
    expect(status).toBe(404);
  });
});

describe('a batch', () => {
  it('arms each stop or says why not, in the order of the request', async () => {
    const { status, body } = await batch([STOP, { positionId: 'P9' }, STOP]);
    expect([status, body.armed, body.refused, body.asOfPosition]).toStrictEqual([
      200,
      2,
      1,
      '7700',
    ]);
    expect(body.items.map((item: any) => [item.index, item.problem?.field ?? null])).toStrictEqual([
      [0, null],
      [1, 'plan'],
      [2, null],
    ]);
    expect(body.items[0].stopId).not.toBe(body.items[2].stopId);
  });

  it('may be ten thousand stops, and repeated by its key', async () => {
    const before = api.gateway.commands.length;
    const stops = Array.from({ length: 10_000 }, () => STOP);
    const first = await batch(stops, { 'idempotency-key': 'b-1' });
    expect([first.status, first.body.armed]).toStrictEqual([200, 10_000]);
    const ids = () => api.gateway.commands.slice(-10_000).map(({ commandId }) => commandId);
    const once = new Set(ids());
    expect([api.gateway.commands.length - before, once.size]).toStrictEqual([10_000, 10_000]);
    await batch(stops.slice(0, 5), { 'idempotency-key': 'b-1' });
    expect(
      ids()
        .slice(-5)
        .every((id) => once.has(id)),
    ).toBe(true);
  }, 60_000);

  it.each([
    ['nothing', [], 'stops'],
    ['more', Array.from({ length: 10_001 }, () => STOP), 'stops'],
    ['no list', STOP, 'stops'],
  ])('of %s is refused', async (_what, stops, field) => {
    const { status, body } = await batch(stops);
    expect([status, body.field]).toStrictEqual([422, field]);
  });

  it('says that an engine was away for the stops that it missed', async () => {
    api.gateway.answerNext({ kind: 'unavailable', reason: 'the log is away', retryAfterMs: 1_000 });
    const { body } = await batch([STOP, STOP]);
    expect([body.armed, body.items[0].problem.status]).toStrictEqual([1, 503]);
  });
});
