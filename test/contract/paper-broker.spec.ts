import { brokerContract } from './broker.contract.js';
import { PaperUnderTest } from './paper-under-test.js';

const NO_WIRE = 'it lives in our process: there is no answer that could break on its way';
const NO_SERVER = 'there is no server that could count calls or be down';

brokerContract('the paper broker', {
  open: () => Promise.resolve(new PaperUnderTest()),
  never: {
    refused: 'it refuses only what has nothing to reduce',
    'reset-after': NO_WIRE,
    'error-after': NO_WIRE,
    'garbled-after': NO_WIRE,
    garbled: NO_WIRE,
    error: NO_SERVER,
    silent: NO_SERVER,
    maintenance: NO_SERVER,
    throttled: NO_SERVER,
    banned: NO_SERVER,
    'repeated-reports': 'a fill is told as it is written',
    'cancelled-by-hand': 'nobody else has a hand on its book',
    'clock-skew': 'its clock is ours',
  },
});
