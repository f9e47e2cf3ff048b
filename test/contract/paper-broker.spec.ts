import { brokerContract } from './broker.contract.js';
import { PaperUnderTest } from './paper-under-test.js';

brokerContract('the paper broker', {
  open: () => Promise.resolve(new PaperUnderTest()),
  never: [
    'refused',
    'error-after',
    'garbled-after',
    'throttled',
    'banned',
    'silent',
    'error',
    'garbled',
    'repeated-reports',
  ],
});
