import { expectKeptPromises, runChaos } from '../support/chaos-promises.js';

// About half an hour on one core.
const SEEDS = 100_000;

describe('an engine whose log, venue and own life fail at random', () => {
  it(`keeps every promise (${SEEDS} seeds)`, async () => {
    for (let seed = 1; seed <= SEEDS; seed += 1) expectKeptPromises(await runChaos(seed));
  }, 7_200_000);
});
