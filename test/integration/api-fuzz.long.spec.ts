import { proveByFuzz } from '../support/fuzz-proof.js';

it('answers a hundred thousand requests without a fault, a secret or a row of another account', async () => {
  const seed = Date.now();
  process.stdout.write(`seed ${String(seed)}\n`);
  const { requests, faults, bugs } = await proveByFuzz(seed, 100_000);
  expect([seed, faults]).toStrictEqual([seed, []]);
  expect(bugs).toStrictEqual([]);
  expect(requests).toBe(100_000);
}, 3_600_000);
