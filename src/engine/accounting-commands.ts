import type { CashKind } from '../domain/account/accounting.events.js';
import type { CostBasis } from '../domain/pnl/cost-book.js';
import type { CommandHead } from './command-head.js';

export interface MoveCash extends CommandHead {
  readonly kind: 'MoveCash';
  readonly accountId: string;
  readonly entryId: string;
  readonly cashKind: CashKind;
  readonly amount: string;
  readonly currency: string;
  readonly instrumentId?: string;
  /** Default: now. */
  readonly bookedAtMs?: number;
}

export interface ChooseCostBasis extends CommandHead {
  readonly kind: 'ChooseCostBasis';
  readonly accountId: string;
  readonly costBasis: CostBasis;
}

export interface StateConversionRate extends CommandHead {
  readonly kind: 'StateConversionRate';
  readonly accountId: string;
  readonly currency: string;
  readonly inCurrency: string;
  readonly rate: string;
  readonly source: string;
}

/** What concerns the books of an account and no stop. */
export type AccountingCommand = MoveCash | ChooseCostBasis | StateConversionRate;
