import type { AccountId } from '../domain/kernel/units.js';
import type { KnownPosition } from '../domain/position/position-state.js';
import type { Registry } from './registry.js';

/** What of an account is not over. */
export interface OpenTrade {
  readonly positions: number;
  readonly stops: number;
  readonly orders: number;
}

export function* openPositionsOf(
  { positions }: Pick<Registry, 'positions'>,
  accountId: AccountId,
): Generator<KnownPosition> {
  for (const position of positions.values()) {
    if (position.status === 'open' && position.stamp.accountId === accountId) yield position;
  }
}

/** Undefined: everything is over. */
export function openTradeOf(
  registry: Pick<Registry, 'positions' | 'stops' | 'orders'>,
  accountId: AccountId,
): OpenTrade | undefined {
  const open = {
    positions: [...openPositionsOf(registry, accountId)].length,
    stops: countOf(registry.stops.where('armed', 'suspended'), accountId),
    orders: countOf(registry.orders.unsettled(), accountId),
  };
  return open.positions + open.stops + open.orders > 0 ? open : undefined;
}

function countOf(
  found: Iterable<{ readonly stamp: { readonly accountId: AccountId } }>,
  accountId: AccountId,
): number {
  let count = 0;
  for (const { stamp } of found) if (stamp.accountId === accountId) count += 1;
  return count;
}
