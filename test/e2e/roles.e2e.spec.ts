import { AppProcess } from '../support/app-process.js';
import { startMemoryStore } from '../support/memory-store.js';
import type { MemoryStore } from '../support/memory-store.js';
import { sharePostgres } from '../support/postgres-fixture.js';
import type { RunningPostgres } from '../support/postgres-fixture.js';
import { ScriptedVenue } from '../support/scripted-venue.js';
import { until } from '../support/until.js';

// As containers have them: each role a start of its own with a data directory of its own, the stores elsewhere.

let postgres: RunningPostgres;
let venue: ScriptedVenue;
let store: MemoryStore;
let engine: AppProcess;
let projector: AppProcess;
let api: AppProcess;

sharePostgres('roles', (running) => (postgres = running));

async function started(roles: string): Promise<AppProcess> {
  const log = `esdb://127.0.0.1:${store.port}?tls=false`;
  const app = await AppProcess.prepare(venue.url, {}, log, { roles });
  app.configure(`database: {url: "${postgres.url}"}\n`);
  if (roles === 'engine') app.configure('engineHost: 127.0.0.2\n');
  if (roles === 'api') app.configure(`engineDir: ${engine.dataDir}\n`);
  await app.start();
  return app;
}

beforeAll(async () => {
  venue = await ScriptedVenue.open();
  store = await startMemoryStore();
  engine = await started('engine');
  projector = await started('projector');
  api = await started('api');
}, 120_000);

afterAll(async () => {
  for (const app of [api, projector, engine]) await app.dispose();
  store.kill();
  await venue.close();
}, 60_000);

function checks() {
  return api.get('/health/ready').then(({ status, body }) => ({ status, ...body['checks'] }));
}

/** The market reaches a stop, and fills its exit with the print behind it. */
async function leavesAt(price: string, stopId: string): Promise<void> {
  await venue.sendPrint(price);
  await until('the exit is at the venue', () =>
    engine.output.includes(`OrderAcked           ${stopId}`),
  );
  await venue.sendPrint(price);
  expect((await api.stopWhen(stopId, 'closed'))['unfilledQuantity']).toBe('0');
}

it('commands, guards and shows as one start does', async () => {
  expect(await checks()).toStrictEqual({
    ...{ status: 200, postgres: 'up', engine: 'up', projector: 'elsewhere' },
  });
  await venue.sendThrough(0);
  await api.lastTradeIs('293517768');
  const positionId = await api.openPosition('long', '10', '83');
  const stopId = await api.armStop(positionId, { stop: '82' });
  await leavesAt('81.99', stopId);
});

it('takes up where it was when the engine has been gone, on another port', async () => {
  const positionId = await api.openPosition('long', '1', '82');
  const stopId = await api.armStop(positionId, { stop: '81' });
  await engine.kill();
  await until('the API knows', async () => (await checks()).status === 503);
  const refused = await api.post('/api/v1/stops', { positionId, plan: { stop: '81.5' } });
  expect(refused.status).toBe(503);
  await engine.start();
  await until('the API has found it', async () => (await checks()).status === 200);
  await leavesAt('80.99', stopId);
});

it('answers while the projector is gone, and says how old the answer is', async () => {
  const positionId = await api.openPosition('long', '1', '81');
  await until('it is shown', async () => (await api.rows('positions')).length === 3);
  await projector.interrupt();
  const armed = await api.post('/api/v1/stops', { positionId, plan: { stop: '80' } });
  expect(armed.status).toBe(201);
  const position = armed.body['asOfPosition'] as string;
  const { body } = await api.get(`/api/v1/stops?positionId=${positionId}`);
  expect(body['items']).toStrictEqual([]);
  expect(BigInt(body['asOfPosition'] as string)).toBeLessThan(BigInt(position));
  await projector.start();
  const { status } = await api.get(`/api/v1/stops/${armed.body['stopId']}?waitFor=${position}`);
  expect(status).toBe(200);
});
