import type { AccountId, DecimalText, InstrumentId } from '../domain/kernel/units.js';
import type { PlanRequest } from '../domain/stop/plan-request.js';
import type { VenueHolding } from '../engine/inputs.js';
import type { PositionsOutcome, VenueBroker, VenuePosition } from './ports/broker.port.js';

/** An account whose venue keeps a position book. */
export interface ReconciledAccount {
  readonly accountId: AccountId;
  readonly broker: Pick<VenueBroker, 'positions'>;
  /** Whether what the venue holds without our doing becomes a position, and the plan that guards it then. */
  readonly adopts: boolean;
  readonly adoptPlan: PlanRequest | undefined;
}

export interface ReconciliationOptions {
  /** Instruments in which an account has open positions of ours. */
  readonly heldBy: (accountId: AccountId) => readonly InstrumentId[];
  readonly isDefined: (instrumentId: InstrumentId) => boolean;
  readonly report: (holding: VenueHolding) => void;
  /** A venue that does not tell what it holds: unknown is never flat. Undefined: it tells again. */
  readonly onUnknown: (accountId: AccountId, cause: string | undefined) => void;
  /** What it holds of an instrument that is not defined here cannot be guarded. Undefined: nothing any more. */
  readonly onUndefined: (accountId: AccountId, found: readonly InstrumentId[]) => void;
}

interface Reading {
  /** By instrument and book, as one text each: the same twice is believed. */
  readonly books: ReadonlyMap<string, DecimalText>;
}

/**
 * Compares the position books of venues with ours, again and again. What a venue says is handed on only when it has
 * said the very same twice in a row: one reading may lie between a fill and its report.
 */
export class Reconciliation {
  private readonly before = new Map<AccountId, Reading>();
  private readonly asked = new Set<AccountId>();

  constructor(private readonly options: ReconciliationOptions) {}

  async check(account: ReconciledAccount): Promise<void> {
    const { accountId, broker } = account;
    // A venue that is slow is not asked again on top.
    if (this.asked.has(accountId)) return;
    this.asked.add(accountId);
    const outcome = await broker.positions();
    this.asked.delete(accountId);
    this.take(account, outcome);
  }

  /** What the venue's newest word on a book is; undefined where it has said nothing, or nothing that could be read. */
  newest(
    accountId: AccountId,
    book: Pick<VenuePosition, 'instrumentId' | 'book'>,
  ): DecimalText | undefined {
    return this.before.get(accountId)?.books.get(keyOf(book));
  }

  private take(account: ReconciledAccount, outcome: PositionsOutcome): void {
    const { accountId } = account;
    if (outcome.kind === 'unknown') {
      this.before.delete(accountId);
      this.options.onUnknown(accountId, outcome.cause);
      return;
    }
    this.options.onUnknown(accountId, undefined);
    const held = this.complete(accountId, outcome.positions);
    const known = held.filter(({ instrumentId }) => this.options.isDefined(instrumentId));
    const others = held.filter(({ instrumentId }) => !this.options.isDefined(instrumentId));
    this.options.onUndefined(accountId, [...new Set(others.map((one) => one.instrumentId))]);
    const before = this.before.get(accountId)?.books;
    this.before.set(accountId, { books: new Map(known.map((one) => [keyOf(one), one.quantity])) });
    for (const one of known) {
      if (before?.get(keyOf(one)) !== one.quantity) continue;
      const { instrumentId, book, quantity, entryPrice } = one;
      const { adopts, adoptPlan: plan } = account;
      this.options.report({ accountId, instrumentId, book, quantity, entryPrice, adopts, plan });
    }
  }

  /** A known answer is whole: what it does not name is flat. */
  private complete(
    accountId: AccountId,
    positions: readonly VenuePosition[],
  ): readonly VenuePosition[] {
    const isHedged = positions.some(({ book }) => book !== 'net');
    const books = isHedged ? (['long', 'short'] as const) : (['net'] as const);
    const flat = this.options
      .heldBy(accountId)
      .flatMap((instrumentId) => books.map((book) => ({ ...FLAT, instrumentId, book })));
    const named = new Set(positions.map(keyOf));
    return [...positions, ...flat.filter((one) => !named.has(keyOf(one)))];
  }
}

const FLAT = { quantity: '0' as DecimalText, entryPrice: undefined };

function keyOf({ instrumentId, book }: Pick<VenuePosition, 'instrumentId' | 'book'>): string {
  return `${instrumentId} ${book}`;
}
