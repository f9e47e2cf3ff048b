import { Seeded } from '../support/seeded.js';
import { KILL_STEPS } from '../../src/eventstore-server/log/kill-point.js';
import { CrashTrial } from './eventstore-crash.builder.js';
import { ServerBench } from './eventstore-server.builder.js';

const SEED = 20_261_121;

let bench: ServerBench;

beforeAll(() => {
  bench = new ServerBench();
});

afterAll(() => bench.tearDown());

// The same with 500 kills: eventstore-server-crash.long.spec.ts.
it(`loses nothing when it is killed at each step of writing (seed ${SEED})`, async () => {
  const report = await new CrashTrial(bench, new Seeded(SEED)).run(KILL_STEPS.length + 1);
  expect(report.kills).toBeGreaterThan(KILL_STEPS.length);
  expect(report.acknowledged).toBeGreaterThan(1000);
  expect([...report.byStep.keys()].toSorted()).toStrictEqual(
    [...KILL_STEPS, 'from outside'].toSorted(),
  );
});
