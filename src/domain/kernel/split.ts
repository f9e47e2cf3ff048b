import { decimal, formatDecimal } from './decimal.js';
import type { Decimal } from './decimal.js';
import { ceilOnGrid, floorOnGrid } from './price-bands.js';
import type { BandedGrid } from './price-bands.js';
import { QUOTIENT_SCALE, roundedQuotient } from './rounded-quotient.js';
import type { DecimalText } from './units.js';

/** So many old units become so many new ones, at prices that are as much lower. */
export interface SplitRatio {
  readonly from: number;
  readonly to: number;
}

/** Which way what falls between two steps goes. */
export type Towards = 'down' | 'up';

/** A price of before as a multiple of a step of now: exact, then rounded once. */
export function splitSteps(
  price: Decimal,
  { from, to }: SplitRatio,
  step: Decimal,
  towards: Towards,
): bigint {
  const numerator = price.units * BigInt(from) * 10n ** BigInt(step.scale);
  return quotient(numerator, 10n ** BigInt(price.scale) * BigInt(to) * step.units, towards);
}

/** A price of before, as the nearest one of now on that side. */
export function splitPrice(
  price: DecimalText,
  ratio: SplitRatio,
  grid: BandedGrid,
  towards: Towards,
): DecimalText {
  const tick = decimal(grid.priceTick);
  const units = splitSteps(decimal(price), ratio, tick, towards) * tick.units;
  const near = { units, scale: tick.scale };
  return formatDecimal(towards === 'up' ? ceilOnGrid(grid, near) : floorOnGrid(grid, near));
}

/** What was paid for a unit: with the digits of an average. */
export function splitEntryPrice(price: DecimalText, { from, to }: SplitRatio): DecimalText {
  const { units, scale } = decimal(price);
  const whole = { units: units * BigInt(from), scale };
  return formatDecimal(roundedQuotient(whole, { units: BigInt(to), scale: 0 }, QUOTIENT_SCALE));
}

/** A quantity of before that need be no number of steps, as one of long ago. */
export function splitUnits(quantity: DecimalText, { from, to }: SplitRatio): DecimalText {
  return splitEntryPrice(quantity, { from: to, to: from });
}

/** A quantity of before in whole steps of now, never more. */
export function splitQuantity(
  quantity: Decimal,
  { from, to }: SplitRatio,
  quantityStep: DecimalText,
): Decimal {
  const step = decimal(quantityStep);
  return {
    units: splitSteps(quantity, { from: to, to: from }, step, 'down') * step.units,
    scale: step.scale,
  };
}

/** Whether a quantity of before is a number of whole steps of now. */
export function isWholeSplit(
  quantity: Decimal,
  { from, to }: SplitRatio,
  quantityStep: DecimalText,
): boolean {
  const [step, turned] = [decimal(quantityStep), { from: to, to: from }];
  return splitSteps(quantity, turned, step, 'down') === splitSteps(quantity, turned, step, 'up');
}

function quotient(numerator: bigint, denominator: bigint, towards: Towards): bigint {
  const whole = numerator / denominator;
  const rest = numerator % denominator;
  if (rest === 0n) return whole;
  if (towards === 'up') return rest > 0n ? whole + 1n : whole;
  return rest < 0n ? whole - 1n : whole;
}
