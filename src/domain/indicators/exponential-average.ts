import { FINE, halfUp } from './fine-average.js';
import type { FineAverage } from './fine-average.js';

export const NO_AVERAGE: FineAverage = { value: 0n, bars: 0 };

/**
 * The exponential average after one more close, in price units: the mean of the first `period` closes, then
 * average + 2 / (period + 1) x (close - average).
 */
export function withClose(before: FineAverage, close: number, period: number): FineAverage {
  const bars = Math.min(before.bars + 1, period);
  const count = BigInt(period);
  const fine = BigInt(close) * FINE;
  if (before.bars === period) {
    return { value: halfUp(before.value * (count - 1n) + 2n * fine, count + 1n), bars };
  }
  const sum = before.value + fine;
  return { value: bars === period ? halfUp(sum, count) : sum, bars };
}
