import type { DomainEvent } from '../kernel/event.js';
import type {
  AccountId,
  Currency,
  DecimalText,
  InputRef,
  InstrumentId,
  UnixMs,
} from '../kernel/units.js';

interface AccountStamp {
  readonly accountId: AccountId;
  readonly input: InputRef;
  readonly at: UnixMs;
}

export type CashKind = 'deposit' | 'withdrawal' | 'fee' | 'funding' | 'dividend';

/**
 * Money came or went without a trade of ours. Source: command, from the broker's statement; one event for each `entryId`.
 */
export type CashMoved = DomainEvent<
  'CashMoved',
  1,
  AccountStamp & {
    /** The statement's own number of the entry: the same one counts once. */
    readonly entryId: string;
    readonly kind: CashKind;
    /** Signed: above zero came in. */
    readonly amount: DecimalText;
    readonly currency: Currency;
    /** What it was paid for; null when for nothing in particular. */
    readonly instrumentId: InstrumentId | null;
    /** When the broker booked it. */
    readonly bookedAtMs: UnixMs;
  }
>;

/** Which holdings a sale is counted against. Both are kept, so that a change needs no rebuild. Source: command. */
export type CostBasisChosen = DomainEvent<
  'CostBasisChosen',
  1,
  AccountStamp & { readonly costBasis: 'fifo' | 'average' }
>;

/** What one unit of `currency` is worth in `inCurrency`, and who says so. Source: command. */
export type ConversionRateStated = DomainEvent<
  'ConversionRateStated',
  1,
  AccountStamp & {
    readonly currency: Currency;
    readonly inCurrency: Currency;
    /** Above zero. */
    readonly rate: DecimalText;
    readonly source: string;
  }
>;

export type AccountingEvent = CashMoved | CostBasisChosen | ConversionRateStated;
