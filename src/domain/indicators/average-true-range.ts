/** A bar in integer price units. */
export interface UnitBar {
  readonly high: number;
  readonly low: number;
  readonly close: number;
}

/** Digits that an average has below the price units. Rounded half up after every bar, so that the figure is exact. */
export const AVERAGE_DIGITS = 4;
const FINE = 10n ** BigInt(AVERAGE_DIGITS);

/** Wilder's average true range as far as the bars reach. */
export interface AverageRange {
  /** In 10^-AVERAGE_DIGITS price units: the sum of the ranges until there are `period` bars, their average from then on. */
  readonly value: bigint;
  readonly bars: number;
  /** Of the newest bar, in price units; null before the first. */
  readonly close: number | null;
}

export const NO_RANGE: AverageRange = { value: 0n, bars: 0, close: null };

/** The greatest of high - low and the distances of both from the close before. */
export function trueRange({ high, low }: UnitBar, closeBefore: number | null): number {
  if (closeBefore === null) return high - low;
  return Math.max(high, closeBefore) - Math.min(low, closeBefore);
}

/**
 * The average after one more bar: the mean of the first `period` ranges, then
 * (average x (period - 1) + range) / period.
 *
 * Source: J. Welles Wilder, New Concepts in Technical Trading Systems, 1978.
 */
export function withBar(before: AverageRange, bar: UnitBar, period: number): AverageRange {
  const range = BigInt(trueRange(bar, before.close)) * FINE;
  const bars = Math.min(before.bars + 1, period);
  const count = BigInt(period);
  const { close } = bar;
  if (before.bars === period) {
    return { value: halfUp(before.value * (count - 1n) + range, count), bars, close };
  }
  const sum = before.value + range;
  return { value: bars === period ? halfUp(sum, count) : sum, bars, close };
}

/** The average in 10^-AVERAGE_DIGITS price units; undefined until there have been bars enough. */
export function averageOf({ value, bars }: AverageRange, period: number): bigint | undefined {
  return bars === period ? value : undefined;
}

function halfUp(sum: bigint, count: bigint): bigint {
  return (2n * sum + count) / (2n * count);
}
