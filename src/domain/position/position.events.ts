import type { DomainEvent, Stamp } from '../kernel/event.js';
import type { Currency, DecimalText, OrderId, PositionSide } from '../kernel/units.js';

/** A position is known from here on. Source: declared by a command. */
export type PositionOpened = DomainEvent<
  'PositionOpened',
  1,
  Stamp & {
    readonly origin: 'declared';
    readonly side: PositionSide;
    readonly quantity: DecimalText;
    readonly entryPrice: DecimalText;
    readonly quoteCurrency: Currency;
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
  readonly quoteCurrency: Currency;
  /** (exit - entry) x quantity for a long, mirrored for a short; before fees, in the quote currency. */
  readonly realisedPnl: DecimalText;
}

/** Part of the position was closed by a fill. */
export type PositionReduced = DomainEvent<'PositionReduced', 1, Stamp & PositionExit>;

/** The last of the position was closed by a fill: it is flat. */
export type PositionClosed = DomainEvent<'PositionClosed', 1, Stamp & PositionExit>;

export type PositionEvent = PositionOpened | PositionReduced | PositionClosed;
