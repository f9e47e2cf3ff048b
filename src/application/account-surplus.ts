import { decimal, subtract } from '../domain/kernel/decimal.js';
import type { AccountId, DecimalText, OrderId } from '../domain/kernel/units.js';
import { isDust, netOf } from '../engine/reconcile-desk.js';
import type { Registry } from '../engine/registry.js';
import type { VenuePosition } from './ports/broker.port.js';

export interface AccountSurplusOptions {
  readonly registry: Registry;
  /** Whether anything of an account can leave. */
  readonly isThere: (accountId: AccountId) => boolean;
  /** What a book of the venue held when it was last read; undefined where it was not, or could not be. */
  readonly newest: (
    accountId: AccountId,
    book: Pick<VenuePosition, 'instrumentId' | 'book'>,
  ) => DecimalText | undefined;
}

/**
 * Whether an account holds more of an instrument than the position of an exit. A venue cuts or refuses what would take more
 * than the account holds; what is sold twice of a position it does not see where something else is there to be sold.
 */
export class AccountSurplus {
  constructor(private readonly options: AccountSurplusOptions) {}

  /** False only if the venue's newest word is that the account holds just what the order is to close. */
  mayBe(orderId: OrderId): boolean {
    const { registry, isThere, newest } = this.options;
    const { stamp } = registry.orders.get(orderId) ?? {};
    if (!stamp) return true;
    const { accountId, instrumentId, positionId } = stamp;
    // Nothing leaves through it, be it once or twice.
    if (!isThere(accountId)) return false;
    if (registry.sharesBook(orderId)) return true;
    // A simulated venue holds what was declared, and nothing else.
    if (registry.accounts.get(accountId)?.mode !== 'live') return false;
    const position = registry.positions.get(positionId);
    const instrument = registry.instruments.get(instrumentId);
    if (!position || !instrument) return true;
    const held =
      newest(accountId, { instrumentId, book: 'net' }) ??
      newest(accountId, { instrumentId, book: position.side });
    return held === undefined || !isDust(subtract(decimal(held), netOf([position])), instrument);
  }
}
