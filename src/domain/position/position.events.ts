import type { Contract } from '../kernel/contract.js';
import type { DomainEvent, Stamp } from '../kernel/event.js';
import type { SplitRatio } from '../kernel/split.js';
import type { Currency, DecimalText, OrderId, PositionSide } from '../kernel/units.js';

interface Opening extends Stamp {
  readonly side: PositionSide;
  readonly quantity: DecimalText;
  readonly entryPrice: DecimalText;
  readonly quoteCurrency: Currency;
  readonly contract?: Contract;
}

/** What a fill of an entry brought in; each counts once. */
export interface EntryFill {
  readonly orderId: OrderId;
  readonly venueTradeId: string;
  readonly feeAmount: DecimalText;
  readonly feeCurrency: Currency;
}

/**
 * A position is known from here on. Source: declared by a command. Version 2 carries the instrument's contract; version 1
 * is written, now as ever, where a unit is worth its price in the quote currency.
 */
export type PositionDeclared = DomainEvent<
  'PositionOpened',
  1 | 2,
  Opening & { readonly origin: 'declared' }
>;

/** Version 3 was not declared: the first fill of an entry opened it, or the venue held it without our doing. */
export type PositionFound = DomainEvent<
  'PositionOpened',
  3,
  Opening &
    (
      | { readonly origin: 'fill'; readonly fill: EntryFill }
      | { readonly origin: 'adopted'; readonly fill: null }
    )
>;

export type PositionOpened = PositionDeclared | PositionFound;

/** A further fill of an entry added to the position, or opened it again when it was flat. */
export type PositionIncreased = DomainEvent<
  'PositionIncreased',
  1,
  Stamp &
    EntryFill & {
      readonly side: PositionSide;
      readonly quantity: DecimalText;
      readonly price: DecimalText;
      /** All that is open now, this fill included. */
      readonly openQuantity: DecimalText;
      /** Average of what is open now, weighted, to 18 digits; half to even. */
      readonly entryPrice: DecimalText;
      readonly quoteCurrency: Currency;
      readonly contract?: Contract;
    }
>;

/**
 * The venue holds less than we thought, and it is right: the position was closed or turned by somebody else's doing. At
 * which price is not known, so that nothing is realised. Source: the venue's own position book, read twice.
 */
export type PositionReconciled = DomainEvent<
  'PositionReconciled',
  1,
  Stamp & {
    readonly side: PositionSide;
    readonly previousQuantity: DecimalText;
    readonly reducedBy: DecimalText;
    /** What is open now. */
    readonly openQuantity: DecimalText;
    /** All that the venue holds of the instrument, in all our positions; below zero when sold. */
    readonly venueQuantity: DecimalText;
    readonly entryPrice: DecimalText;
    readonly quoteCurrency: Currency;
    readonly contract?: Contract;
  }
>;

export interface PositionExit {
  readonly side: PositionSide;
  readonly orderId: OrderId;
  /** The fill that did it; each counts once. */
  readonly venueTradeId: string;
  readonly quantity: DecimalText;
  readonly price: DecimalText;
  readonly entryPrice: DecimalText;
  readonly remainingQuantity: DecimalText;
  readonly feeAmount: DecimalText;
  readonly feeCurrency: Currency;
  /** Of the price; also of `realisedPnl`, unless a contract settles in another. */
  readonly quoteCurrency: Currency;
  /** That of the position; in version 2 only. */
  readonly contract?: Contract;
  /** Value of the exit less that of the entry for a long, mirrored for a short; before fees. */
  readonly realisedPnl: DecimalText;
}

/** Part of the position was closed by a fill. */
export type PositionReduced = DomainEvent<'PositionReduced', 1 | 2, Stamp & PositionExit>;

/** The last of the position was closed by a fill: it is flat. */
export type PositionClosed = DomainEvent<'PositionClosed', 1 | 2, Stamp & PositionExit>;

/**
 * The instrument was split: as much is held as before, in other units. What it cost is what it was; a share of it is
 * what a unit of now cost, to 18 digits; half to even.
 */
export type PositionRestated = DomainEvent<
  'PositionRestated',
  1,
  Stamp & {
    readonly side: PositionSide;
    readonly ratio: SplitRatio;
    readonly previousQuantity: DecimalText;
    readonly openQuantity: DecimalText;
    readonly previousEntryPrice: DecimalText;
    readonly entryPrice: DecimalText;
    readonly quoteCurrency: Currency;
    readonly contract?: Contract;
  }
>;

export type PositionEvent =
  | PositionOpened
  | PositionIncreased
  | PositionReduced
  | PositionClosed
  | PositionReconciled
  | PositionRestated;
