import type { Contract } from '../kernel/contract.js';
import type { DomainEvent } from '../kernel/event.js';
import type { PriceBand } from '../kernel/price-bands.js';
import type { SplitRatio } from '../kernel/split.js';
import type { TradingHours } from './trading-hours.js';
import type { Currency, DecimalText, InputRef, InstrumentId, UnixMs } from '../kernel/units.js';

/**
 * What is traded, and on which grids. A later definition of the same instrument raises `instrumentVersion`. Version 2
 * carries a contract; without one a unit is worth its price in the quote currency. Version 3 carries trading hours,
 * version 4 ticks that change with the price.
 */
export type InstrumentDefined = DomainEvent<
  'InstrumentDefined',
  1 | 2 | 3 | 4,
  {
    readonly instrumentId: InstrumentId;
    /** 1-based; stamped into every event that rests on the definition. */
    readonly instrumentVersion: number;
    readonly venue: string;
    readonly symbol: string;
    /** The finest. */
    readonly priceTick: DecimalText;
    readonly quantityStep: DecimalText;
    readonly quoteCurrency: Currency;
    readonly contract?: Contract;
    /** Feed ids, primary first. */
    readonly feeds: readonly string[];
    /** When the trading session ends, each day: local time with the venue's distance from UTC, `15:30+05:30`. */
    readonly sessionEnd?: string;
    /** Missing: nobody has said when it trades. */
    readonly tradingHours?: TradingHours;
    /** Missing: the tick is the same at every price. */
    readonly priceBands?: readonly PriceBand[];
    readonly input: InputRef;
    readonly at: UnixMs;
  }
>;

/**
 * An instrument was split, or re-denominated, while positions and stops are open on it: from here on a unit, and with it
 * every price, is another one. What it came to for each is in `PositionRestated` and `StopRestated` of the same input.
 */
export type InstrumentAmended = DomainEvent<
  'InstrumentAmended',
  1,
  {
    readonly instrumentId: InstrumentId;
    readonly instrumentVersion: number;
    readonly ratio: SplitRatio;
    readonly previous: { readonly priceTick: DecimalText; readonly quantityStep: DecimalText };
    readonly priceTick: DecimalText;
    readonly quantityStep: DecimalText;
    readonly input: InputRef;
    readonly at: UnixMs;
  }
>;

export type InstrumentEvent = InstrumentDefined | InstrumentAmended;
