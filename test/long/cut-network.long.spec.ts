import type { CutHalf } from '../support/cut-line.js';
import { TwoEngines } from '../support/two-engines.js';

const ROUNDS = 3;

describe('two engines, and every half of the network cut again and again', () => {
  it('one trigger, one order at the venue', async () => {
    const both = await TwoEngines.start();
    const orders: number[] = [];
    try {
      for (let round = 0; round < ROUNDS; round += 1) {
        for (const half of ['both', 'out', 'back'] satisfies CutHalf[]) {
          orders.push(await both.exitWithinLease(half), await both.exitAfterLease(half));
        }
      }
    } finally {
      await both.dispose();
    }
    expect(orders).toStrictEqual(Array.from({ length: 6 * ROUNDS }, () => 1));
  }, 600_000);
});
