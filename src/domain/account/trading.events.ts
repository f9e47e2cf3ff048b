import type { DomainEvent } from '../kernel/event.js';
import type { AccountId, InputRef, UnixMs } from '../kernel/units.js';

interface TradingStamp {
  readonly accountId: AccountId;
  /** Why, in the words of who asked. */
  readonly reason: string;
  readonly input: InputRef;
  readonly at: UnixMs;
}

/** The account enters nothing more until it is resumed; exits pass. Source: command. */
export type TradingHalted = DomainEvent<'TradingHalted', 1, TradingStamp>;

/** The account may enter again. Source: command. */
export type TradingResumed = DomainEvent<'TradingResumed', 1, TradingStamp>;

/** As a halt; entries are taken back and every open position leaves at market. Source: command. */
export type KillSwitchPulled = DomainEvent<'KillSwitchPulled', 1, TradingStamp>;

export type TradingEvent = TradingHalted | TradingResumed | KillSwitchPulled;
