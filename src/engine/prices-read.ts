import type { PriceKind } from '../domain/feed/feed.events.js';
import type { InstrumentId } from '../domain/kernel/units.js';
import { kindsReadBy } from './price-source.js';
import type { Registry } from './registry.js';
import type { StopBook } from './stop-book.js';

/** By instrument: without these prices something that is armed, or will be by an open entry, is blind. */
export type PricesRead = ReadonlyMap<InstrumentId, ReadonlySet<PriceKind>>;

/** Kinds of prices that armed stops read, and those that open entries will arm. Cost: one look at each instrument. */
export function pricesRead(
  book: StopBook,
  { entriesOf, orders }: Pick<Registry, 'entriesOf' | 'orders'>,
): PricesRead {
  const found = new Map<InstrumentId, Set<PriceKind>>();
  const note = (instrumentId: InstrumentId, kind: PriceKind): void => {
    const kinds = found.get(instrumentId);
    if (kinds) kinds.add(kind);
    else found.set(instrumentId, new Set([kind]));
  };
  for (const [instrumentId, kind] of book.kindsRead()) note(instrumentId, kind);
  for (const orderIds of entriesOf.values()) {
    for (const orderId of orderIds) {
      const order = orders.get(orderId);
      if (!order?.protection) continue;
      const side = order.side === 'buy' ? 'long' : 'short';
      for (const kind of kindsReadBy(order.protection, side)) note(order.stamp.instrumentId, kind);
    }
  }
  return found;
}
