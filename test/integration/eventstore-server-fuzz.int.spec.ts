import { expectUnharmed, proveByFuzz } from './store-fuzz.builder.js';

const INPUTS = 10_000;

it('refuses whatever it cannot read and serves all others on', async () => {
  const proof = await proveByFuzz(1, INPUTS);
  expectUnharmed(proof, INPUTS);
});
