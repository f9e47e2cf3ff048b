/** A value that can still be the highest, and how many have come since. */
export interface HighCandidate {
  readonly value: number;
  readonly age: number;
}

/** The highest of the newest `period` values as far as they reach. The lowest is the highest of them negated. */
export interface RollingHigh {
  /** Oldest first: each is above all that came after it. */
  readonly candidates: readonly HighCandidate[];
  /** So many values have come, `period` at most. */
  readonly count: number;
}

export const NO_HIGH: RollingHigh = { candidates: [], count: 0 };

/**
 * The same after one more value.
 *
 * Cost: O(candidates); of values that wander they are few, `period` where every value is below the one before.
 */
export function withValue(before: RollingHigh, value: number, period: number): RollingHigh {
  const candidates: HighCandidate[] = [];
  for (const one of before.candidates) {
    const age = one.age + 1;
    if (age < period && one.value > value) candidates.push({ value: one.value, age });
  }
  candidates.push({ value, age: 0 });
  return { candidates, count: Math.min(before.count + 1, period) };
}

/** The highest of the newest `period` values; undefined until so many have come. */
export function highestOf({ candidates, count }: RollingHigh, period: number): number | undefined {
  return count === period ? candidates[0]?.value : undefined;
}
