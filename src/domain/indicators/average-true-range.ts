import { FINE, halfUp } from './fine-average.js';
import type { FineAverage } from './fine-average.js';

/** A bar in integer price units. */
export interface UnitBar {
  readonly high: number;
  readonly low: number;
  readonly close: number;
}

/** Wilder's average true range as far as the bars reach. */
export interface AverageRange extends FineAverage {
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
