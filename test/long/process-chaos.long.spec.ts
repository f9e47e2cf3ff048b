import { processChaos } from '../support/process-chaos.js';

const SERIES = 10;
const ROUNDS = 25;

describe('processes that are killed at random moments', () => {
  it.each(Array.from({ length: SERIES }, (_, index) => 1_000 + index))(
    'seed %d: no trigger is lost, no second order leaves, and the read models are those of a fresh rebuild',
    async (seed) => {
      const { broken, verified, uncovered, kills } = await processChaos(seed, ROUNDS);
      process.stdout.write(`seed ${seed}: ${JSON.stringify(kills)}\n`);
      expect(broken).toStrictEqual([]);
      expect([verified.code, uncovered]).toStrictEqual([0, []]);
    },
    3_600_000,
  );
});
