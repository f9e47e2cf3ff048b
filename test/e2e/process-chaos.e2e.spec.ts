import { processChaos } from '../support/process-chaos.js';

describe('processes that are killed at random moments', () => {
  it('lose no trigger, send no second order, and leave the read models of a fresh rebuild', async () => {
    const { broken, verified, uncovered } = await processChaos(7, 5);
    expect(broken).toStrictEqual([]);
    expect([verified.code, uncovered]).toStrictEqual([0, []]);
  }, 300_000);
});
