import type { Contract } from '../kernel/contract.js';
import type { DomainEvent, Stamp } from '../kernel/event.js';
import type { Currency, DecimalText, OrderId, PositionSide } from '../kernel/units.js';

/**
 * A position is known from here on. Source: declared by a command. Version 2 carries the instrument's contract; version 1
 * is written, now as ever, where a unit is worth its price in the quote currency.
 */
export type PositionOpened = DomainEvent<
  'PositionOpened',
  1 | 2,
  Stamp & {
    readonly origin: 'declared';
    readonly side: PositionSide;
    readonly quantity: DecimalText;
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

export type PositionEvent = PositionOpened | PositionReduced | PositionClosed;
