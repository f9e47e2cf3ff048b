import type { AccountEvent } from '../../src/domain/account/account.events.js';
import type { AccountId, AccountMode, Currency } from '../../src/domain/kernel/units.js';
import { isoTime } from '../projection.js';
import type { Projection } from '../projection.js';

/** Answers: which accounts are there, and do they trade for real? Read by: the API's accounts. */
export interface AccountRow {
  readonly accountId: AccountId;
  readonly broker: string;
  readonly mode: AccountMode;
  readonly currency: Currency;
  readonly revision: number;
  readonly openedAt: string;
  readonly updatedAt: string;
}

export const accounts: Projection<AccountEvent, AccountRow> = {
  name: 'accounts',
  version: 1,
  key: 'accountId',
  consumes: { AccountOpened: true },
  keyOf: (recorded) => recorded.event.data.accountId,
  evolve: (_row, { event: { data }, revision }) => ({
    accountId: data.accountId,
    broker: data.broker,
    mode: data.mode,
    currency: data.currency,
    revision,
    openedAt: isoTime(data.at),
    updatedAt: isoTime(data.at),
  }),
};
