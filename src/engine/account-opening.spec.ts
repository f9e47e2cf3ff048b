import { PartitionFixture } from '../../test/support/partition-fixture.js';

describe('an account', () => {
  const open = (more: Record<string, string>) =>
    new PartitionFixture().command({
      kind: 'OpenAccount',
      accountId: 'real',
      broker: 'openalgo',
      mode: 'live',
      currency: 'INR',
      ...more,
    });

  it('acts in the world by the configuration alone', () => {
    expect(open({ actor: 'api' })).toMatchObject({
      kind: 'rejected',
      problems: [{ code: 'BROKER_NOT_CONFIGURED', field: 'broker', value: 'openalgo' }],
    });
    expect(open({ actor: 'api', mode: 'shadow' })).toMatchObject({ kind: 'rejected' });
    expect(open({ actor: 'configuration' })).toMatchObject({ kind: 'accepted' });
  });

  it('is never live on paper', () => {
    expect(open({ actor: 'configuration', broker: 'paper' })).toMatchObject({
      kind: 'rejected',
      problems: [{ code: 'MODE_NOT_AVAILABLE', field: 'mode', value: 'live' }],
    });
    expect(open({ actor: 'api', broker: 'paper', mode: 'shadow' })).toMatchObject({
      kind: 'accepted',
    });
  });
});
