import { expectKeptPromises, runChaos } from '../support/chaos-promises.js';

const SEEDS = 500;
// One seed again, as a failure names it: SEED=40 npx jest test/simulation/chaos --selectProjects integration
const only = process.env['SEED'];

describe('an engine whose log, venue and own life fail at random', () => {
  it(`keeps every promise, seed by seed (${only ?? `${SEEDS} seeds`})`, async () => {
    const [from, to] = only === undefined ? [1, SEEDS] : [Number(only), Number(only)];
    let [left, takeOvers, targetsHit] = [0, 0, 0];
    for (let seed = from; seed <= to; seed += 1) {
      const run = await runChaos(seed);
      expectKeptPromises(run);
      left += run.world.left.length;
      takeOvers += run.world.takeOvers;
      targetsHit += run.world.venue.book.targetsHit;
    }
    // What is promised of stops and targets that are left to the venue, and of take-overs, is put to the test.
    if (only === undefined) expect(Math.min(left, takeOvers, targetsHit)).toBeGreaterThan(0);
  }, 180_000);

  it('ends in the same way whenever a seed is run', async () => {
    const logOf = async () => (await runChaos(7)).world.log.events.map(({ id }) => id);
    expect(await logOf()).toStrictEqual(await logOf());
  });
});
