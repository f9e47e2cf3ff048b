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

  it('keeps for its life what it was opened with, and says of each what it was', () => {
    const fixture = new PartitionFixture();
    const account = {
      accountId: 'real',
      broker: 'openalgo',
      mode: 'live',
      currency: 'INR',
    } as const;
    const open = (more: object) =>
      fixture.command({ kind: 'OpenAccount', ...account, actor: 'configuration', ...more });
    expect(open({})).toMatchObject({ kind: 'accepted' });
    expect(open({})).toMatchObject({ kind: 'accepted' });
    const rule = (was: string) => `must stay "${was}", with which the account was opened`;
    const code = 'ACCOUNT_EXISTS';
    expect(open({ broker: 'binance', mode: 'shadow', currency: 'USDT' })).toStrictEqual({
      kind: 'rejected',
      rejection: 'conflict',
      problems: [
        { code, field: 'broker', rule: rule('openalgo'), value: 'binance' },
        { code, field: 'mode', rule: rule('live'), value: 'shadow' },
        { code, field: 'currency', rule: rule('INR'), value: 'USDT' },
      ],
    });
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
