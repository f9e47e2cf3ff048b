// fast-check as the tests see it: one seed for every run of `npm test`, so that a commit passes or fails for what
// it changed. PROPERTY_SEED=random looks elsewhere, PROPERTY_SEED=n again at what a failure printed.
const fc = require('../../node_modules/fast-check/lib/cjs/fast-check.js');

const asked = process.env.PROPERTY_SEED ?? '20250621';
if (asked !== 'random') {
  if (!/^-?\d{1,10}$/.test(asked)) {
    throw new Error(`PROPERTY_SEED must be a whole number or random, not ${asked}`);
  }
  fc.configureGlobal({ seed: Number(asked) });
}

module.exports = fc;
