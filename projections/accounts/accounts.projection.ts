import { invariant } from '../../src/domain/kernel/assert.js';
import type { AccountOpened } from '../../src/domain/account/account.events.js';
import type { CostBasisChosen } from '../../src/domain/account/accounting.events.js';
import type { AccountId, AccountMode, Currency } from '../../src/domain/kernel/units.js';
import { isoTime } from '../projection.js';
import type { Projection } from '../projection.js';

/** Answers: which accounts are there, do they trade for real, how are their books kept? Read by: the API's accounts, P&L. */
export interface AccountRow {
  readonly accountId: AccountId;
  readonly broker: string;
  readonly mode: AccountMode;
  readonly currency: Currency;
  readonly costBasis: 'fifo' | 'average';
  readonly revision: number;
  readonly openedAt: string;
  readonly updatedAt: string;
}

export const accounts: Projection<AccountOpened | CostBasisChosen, AccountRow> = {
  name: 'accounts',
  version: 2,
  key: 'accountId',
  consumes: { AccountOpened: true, CostBasisChosen: true },
  keyOf: (recorded) => recorded.event.data.accountId,
  evolve: (row, { event, revision }) => {
    const updatedAt = isoTime(event.data.at);
    if (event.type === 'CostBasisChosen') {
      invariant(row !== undefined, 'an account is opened before its books are kept');
      return { ...row, costBasis: event.data.costBasis, revision, updatedAt };
    }
    const { accountId, broker, mode, currency } = event.data;
    // What tax offices take when nobody chose.
    const costBasis = row?.costBasis ?? 'fifo';
    return {
      accountId,
      broker,
      mode,
      currency,
      costBasis,
      revision,
      openedAt: updatedAt,
      updatedAt,
    };
  },
};
