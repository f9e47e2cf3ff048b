import { provePlans } from '../support/plan-proof.js';

it('finds the rows of every list by an index, however they are filtered and ordered', async () => {
  const { queries, dear } = await provePlans(30_000, 6_000);
  expect(dear).toStrictEqual([]);
  expect(queries).toBeGreaterThan(100);
}, 120_000);
