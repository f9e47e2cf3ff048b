/** Digits that an average has below the price units. Rounded half up after every bar, so that the figure is exact. */
export const AVERAGE_DIGITS = 4;

/** A price unit in 10^-AVERAGE_DIGITS price units. */
export const FINE = 10n ** BigInt(AVERAGE_DIGITS);

/** An average as far as the bars reach. */
export interface FineAverage {
  /** In 10^-AVERAGE_DIGITS price units: the sum of what is averaged until there are `period` bars, the average from then on. */
  readonly value: bigint;
  readonly bars: number;
}

/** The average in 10^-AVERAGE_DIGITS price units; undefined until there have been bars enough. */
export function averageOf({ value, bars }: FineAverage, period: number): bigint | undefined {
  return bars === period ? value : undefined;
}

/** The quotient rounded half up, below zero too; `count` is above 0. */
export function halfUp(sum: bigint, count: bigint): bigint {
  const [twice, divisor] = [2n * sum + count, 2n * count];
  const whole = twice / divisor;
  return whole * divisor > twice ? whole - 1n : whole;
}
