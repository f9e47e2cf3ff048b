import { expectKeptPromises, runChaos } from '../support/chaos-promises.js';

const SEEDS = 100_000;
const SLICE = 5_000;
// Part of them, so that a run can go on where another one ended: FROM_SEED=40001 TO_SEED=60000 npx jest ...
const first = Number(process.env['FROM_SEED'] ?? 1);
const last = Number(process.env['TO_SEED'] ?? first + SEEDS - 1);
const slices = Array.from({ length: Math.ceil((last - first + 1) / SLICE) }, (_, index) => {
  const from = first + index * SLICE;
  return [from, Math.min(from + SLICE - 1, last)] as const;
});

describe('an engine whose log, venue and own life fail at random', () => {
  it.each(slices)(
    'keeps every promise, seeds %d to %d',
    async (from, to) => {
      const startedMs = Date.now();
      const broken: string[] = [];
      for (let seed = from; seed <= to; seed += 1) {
        const run = await runChaos(seed);
        try {
          expectKeptPromises(run);
        } catch (error) {
          broken.push(String(error));
          // A run of hours tells at once what can be looked into meanwhile.
          process.stdout.write(`${String(error)}\n`);
        }
      }
      const rate = Math.round(((to - from + 1) * 1_000) / (Date.now() - startedMs));
      process.stdout.write(`seeds ${from} to ${to}: ${broken.length} broken, ${rate} a second\n`);
      expect(broken).toStrictEqual([]);
    },
    1_800_000,
  );
});
