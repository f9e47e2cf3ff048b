import type { Contract } from '../kernel/contract.js';
import type { DomainEvent } from '../kernel/event.js';
import type { TradingHours } from './trading-hours.js';
import type { Currency, DecimalText, InputRef, InstrumentId, UnixMs } from '../kernel/units.js';

/**
 * What is traded, and on which grids. A later definition of the same instrument raises `instrumentVersion`. Version 2
 * carries a contract; without one a unit is worth its price in the quote currency. Version 3 carries trading hours.
 */
export type InstrumentDefined = DomainEvent<
  'InstrumentDefined',
  1 | 2 | 3,
  {
    readonly instrumentId: InstrumentId;
    /** 1-based; stamped into every event that rests on the definition. */
    readonly instrumentVersion: number;
    readonly venue: string;
    readonly symbol: string;
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
    /** Ticks that change with the price, lowest band first: `from` its price on, prices lie on multiples of `tick`. */
    readonly priceBands?: readonly { readonly from: DecimalText; readonly tick: DecimalText }[];
    readonly input: InputRef;
    readonly at: UnixMs;
  }
>;

export type InstrumentEvent = InstrumentDefined;
