import { proveByFuzz } from '../support/fuzz-proof.js';

it('answers whatever is sent, without a fault, a secret or a row of another account', async () => {
  const { requests, cursors, statuses, faults, bugs } = await proveByFuzz(20_250_621, 1_200);
  expect(faults).toStrictEqual([]);
  expect(bugs).toStrictEqual([]);
  expect(requests).toBe(1_200);
  expect(cursors).toBeGreaterThan(20);
  // The requests are good enough to get somewhere, and bad enough to be refused.
  expect(statuses[200]).toBeGreaterThan(100);
  expect(statuses[422]).toBeGreaterThan(100);
}, 120_000);
