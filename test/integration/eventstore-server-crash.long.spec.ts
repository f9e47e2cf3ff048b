import { Seeded } from '../support/seeded.js';
import { KILL_STEPS } from '../../src/eventstore-server/log/kill-point.js';
import { CrashTrial } from './eventstore-crash.builder.js';
import { ServerBench } from './eventstore-server.builder.js';

// Each on a log of its own, which grows with every kill; together 504. About half an hour on an idle core.
const TRIALS = 6;
const KILLS = 84;
const SEED = Number(process.env['CRASH_SEED'] ?? Date.now() % 1_000_000);

let bench: ServerBench;

beforeAll(() => {
  bench = new ServerBench();
});

afterAll(() => bench.tearDown());

it.each(Array.from({ length: TRIALS }, (_, trial) => SEED + trial))(
  `an event store loses nothing, doubles nothing and moves nothing over ${KILLS} kills (CRASH_SEED=%d)`,
  async (seed) => {
    const report = await new CrashTrial(bench, new Seeded(seed), `crash-${seed}`).run(KILLS);
    expect(report.kills).toBeGreaterThanOrEqual(KILLS);
    expect(report.byStep.size).toBe(KILL_STEPS.length + 1);
  },
  3_600_000,
);
