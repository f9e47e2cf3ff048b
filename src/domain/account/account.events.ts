import type { DomainEvent } from '../kernel/event.js';
import type { AccountingEvent } from './accounting.events.js';
import type { TradingEvent } from './trading.events.js';
import type { AccountId, AccountMode, Currency, InputRef, UnixMs } from '../kernel/units.js';

/** An account is known from here on. Source: configuration or command. Never holds a secret. */
export type AccountOpened = DomainEvent<
  'AccountOpened',
  1,
  {
    readonly accountId: AccountId;
    readonly broker: string;
    readonly mode: AccountMode;
    readonly currency: Currency;
    readonly input: InputRef;
    readonly at: UnixMs;
  }
>;

export type AccountEvent = AccountOpened | AccountingEvent | TradingEvent;
