import { checkDemo } from './engine-setup.main.js';

const DEMO = { isDemo: true, accounts: [{ id: 'demo' }] as never };

describe('the demo', () => {
  it('plays in its own log alone: an account of somebody there ends it before anything is done', () => {
    expect(() => checkDemo(DEMO, ['demo', 'mine'])).toThrow('the log holds account mine');
    expect(() => checkDemo(DEMO, ['demo'])).not.toThrow();
    expect(() => checkDemo({ ...DEMO, isDemo: false }, ['mine'])).not.toThrow();
  });
});
