import { Seeded } from '../support/seeded.js';
import { KILL_STEPS } from '../../src/eventstore-server/log/kill-point.js';
import { CrashTrial } from './eventstore-crash.builder.js';
import { ServerBench } from './eventstore-server.builder.js';

// About half an hour on an idle core; on a loaded one several times that.
const KILLS = 504;
const SEED = Number(process.env['CRASH_SEED'] ?? Date.now() % 1_000_000);

let bench: ServerBench;

beforeAll(() => {
  bench = new ServerBench();
});

afterAll(() => bench.tearDown());

it(`an event store loses nothing, doubles nothing and moves nothing over ${KILLS} kills (CRASH_SEED=${SEED})`, async () => {
  const report = await new CrashTrial(bench, new Seeded(SEED)).run(KILLS);
  expect(report.kills).toBeGreaterThanOrEqual(KILLS);
  expect(report.byStep.size).toBe(KILL_STEPS.length + 1);
}, 3_600_000);
