import { invariant } from '../../src/domain/kernel/assert.js';
import type { AccountOpened } from '../../src/domain/account/account.events.js';
import type { CostBasisChosen } from '../../src/domain/account/accounting.events.js';
import type { TradingEvent } from '../../src/domain/account/trading.events.js';
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
  /** Whether it may enter. */
  readonly trading: 'open' | 'halted' | 'killed';
  /** Why it may not; null when it may. */
  readonly tradingReason: string | null;
  readonly revision: number;
  readonly openedAt: string;
  readonly updatedAt: string;
}

export const accounts: Projection<AccountOpened | CostBasisChosen | TradingEvent, AccountRow> = {
  name: 'accounts',
  version: 3,
  key: 'accountId',
  consumes: {
    AccountOpened: true,
    CostBasisChosen: true,
    TradingHalted: true,
    TradingResumed: true,
    KillSwitchPulled: true,
  },
  keyOf: (recorded) => recorded.event.data.accountId,
  evolve: (row, { event, revision }) => {
    const updatedAt = isoTime(event.data.at);
    if (event.type === 'CostBasisChosen') {
      invariant(row !== undefined, 'an account is opened before its books are kept');
      return { ...row, costBasis: event.data.costBasis, revision, updatedAt };
    }
    if (event.type !== 'AccountOpened') {
      invariant(row !== undefined, 'an account is opened before its trading is steered');
      return { ...row, ...steered(event), revision, updatedAt };
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
      trading: row?.trading ?? 'open',
      tradingReason: row?.tradingReason ?? null,
      revision,
      openedAt: updatedAt,
      updatedAt,
    };
  },
};

function steered({ type, data }: TradingEvent): Pick<AccountRow, 'trading' | 'tradingReason'> {
  if (type === 'TradingResumed') return { trading: 'open', tradingReason: null };
  return { trading: type === 'TradingHalted' ? 'halted' : 'killed', tradingReason: data.reason };
}
