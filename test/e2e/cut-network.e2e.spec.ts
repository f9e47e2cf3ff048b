import { TwoEngines } from '../support/two-engines.js';

describe('two engines in front of one log and one venue, and the network of one cut', () => {
  let both: TwoEngines;

  beforeAll(async () => {
    both = await TwoEngines.start();
  });

  afterAll(() => both.dispose());

  it('send one order when the price comes while the one that is cut off still holds its lease', async () => {
    expect(await both.exitWithinLease('both')).toBe(1);
  });

  it('send no attempt anew that the venue had refused to the one that is cut off', async () => {
    expect(await both.exitRefusedWithinLease('both')).toBe(1);
  });

  it('send one order when the price comes to both once its lease has run out', async () => {
    expect(await both.exitAfterLease('out')).toBe(1);
  });
});

describe('an engine that is cut off from the log before another one comes', () => {
  it('lets its exit leave, and the other one finds it and says that it may be alive', async () => {
    const both = await TwoEngines.start(1);
    try {
      expect(await both.exitOfLoneOwner()).toBe(1);
    } finally {
      await both.dispose();
    }
  });
});
