import { compare } from '../domain/kernel/decimal.js';
import type { LiveStop } from './live-stop.js';
import type { BarTerms, Slope, StopTerms } from './stop-terms.js';

/**
 * Lets a stop of an amended plan take over what is known of the prices that moved it under the plan of before. Where
 * nothing that decides the level was amended it stands where it stood, whatever brought it there; else the best price
 * known counts for the new trail, activation, tightening and break-even.
 */
export function takeOver(before: LiveStop, live: LiveStop): void {
  if (isDecidedAlike(before.terms, live.terms)) {
    live.level = inUnitsOf(live.terms, before);
    live.extreme = before.extreme;
    live.activated = before.activated;
    return;
  }
  if (before.activated) live.seed(before.extreme);
  live.seedBreakEven(before.bestKnown);
}

/** Both by the same prices: a limit may need finer units than the plan of before had. */
function inUnitsOf({ fine }: StopTerms, { level, terms }: LiveStop): number {
  // Rounded up is closer behind the price, should there be digits that no part of the new plan accounts for.
  return fine >= terms.fine ? level * (fine / terms.fine) : Math.ceil(level / (terms.fine / fine));
}

/** What decides the level: as it is, and in level units. */
const OF_PRICES = [
  'scale',
  'trails',
  'tightFrom',
  'activation',
  'activatesAdversely',
  'breakEvenFrom',
  'rounding',
  'movesByTrigger',
] as const;
const OF_LEVELS = ['ladderFrom', 'rungFine', 'leastGain', 'fixedLevel', 'breakEvenLevel'] as const;

/** Whether whatever price comes moves the level alike. What fires the stop, and how it leaves, may differ. */
function isDecidedAlike(one: StopTerms, other: StopTerms): boolean {
  const isSameLevel = (level: number, as: number): boolean =>
    Object.is(level / one.fine, as / other.fine);
  const isSameSlope = (slope: Slope, as: Slope): boolean =>
    isSameLevel(slope.factor, as.factor) && isSameLevel(slope.amountFine, as.amountFine);
  return (
    OF_PRICES.every((field) => Object.is(one[field], other[field])) &&
    OF_LEVELS.every((field) => isSameLevel(one[field], other[field])) &&
    isSameSlope(one.trail, other.trail) &&
    isSameSlope(one.tight, other.tight) &&
    isMeasuredAlike(one.bars, other.bars)
  );
}

function isMeasuredAlike(one: BarTerms | undefined, other: BarTerms | undefined): boolean {
  if (!one || !other) return one === other;
  return (
    one.kind === other.kind &&
    one.period === other.period &&
    one.intervalMs === other.intervalMs &&
    compare(one.multiple, other.multiple) === 0
  );
}
