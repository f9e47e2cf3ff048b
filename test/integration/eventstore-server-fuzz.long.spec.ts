import { expectUnharmed, proveByFuzz } from './store-fuzz.builder.js';

const INPUTS = 1_000_000;
/** Of a heap that is a little emptier or fuller at the two moments of looking. */
const GROWN_BYTES_MAX = 64 * 1024 * 1024;

it('refuses whatever it cannot read, a million times, and does not grow', async () => {
  const proof = await proveByFuzz(2, INPUTS);
  expectUnharmed(proof, INPUTS);
  expect(proof.grownBytes).toBeLessThan(GROWN_BYTES_MAX);
}, 3_600_000);
