import type { Fact } from '../domain/facts.js';
import { ZERO, add, compare, decimal, subtract } from '../domain/kernel/decimal.js';
import type { Decimal } from '../domain/kernel/decimal.js';
import type { KnownStop } from '../domain/stop/stop-state.js';
import { spokenFor, stepOf } from './exit-progress.js';
import type { Registry } from './registry.js';

/** What of an open position neither a level of an armed stop nor an exit under way takes care of. */
export function uncoveredOf(registry: Registry, positionId: string): Decimal {
  const position = registry.positions.get(positionId);
  if (position?.status !== 'open') return ZERO;
  // A level alone fires a stop: without one it has targets or times alone, or waits for its activation or a first price.
  const { levelled, leaving } = registry.sums.of(positionId);
  let covered = levelled;
  for (const stopId of leaving) {
    const stop = registry.stops.get(stopId);
    if (stop) covered = add(covered, leavingOf(registry, stop));
  }
  const open = decimal(position.quantity);
  return compare(covered, open) >= 0 ? ZERO : subtract(open, covered);
}

/** What of a stop's exits is under way. */
function leavingOf(registry: Registry, stop: KnownStop): Decimal {
  let covered = ZERO;
  for (const exit of stop.exits) {
    // One that is to be tried again is under way; one that waits for its market is not.
    const { kind } = stepOf(registry, stop, exit);
    if (kind !== 'hold' && kind !== 'held') covered = add(covered, spokenFor(registry, stop, exit));
  }
  return covered;
}

/** The position whose protection a fact may change; undefined for facts that leave all quantities alone. */
export function positionTouchedBy(fact: Fact): string | undefined {
  switch (fact.type) {
    case 'StopTrailed':
      // The first level of a range that has just become known.
      return fact.data.previous.level === null ? fact.data.positionId : undefined;
    case 'OrderAcked':
    case 'OrderUnknown':
      return undefined;
    default:
      return 'positionId' in fact.data ? fact.data.positionId : undefined;
  }
}
