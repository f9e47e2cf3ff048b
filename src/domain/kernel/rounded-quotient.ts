import type { Decimal } from './decimal.js';

/**
 * Digits after the point that a quotient of money or coins keeps at least. The smallest coin unit in use has 18 digits;
 * venues settle in 8.
 */
export const QUOTIENT_SCALE = 18;

/** The quotient at `scale` digits, half to even: over many roundings neither side gains. Throws for a divisor of zero. */
export function roundedQuotient(dividend: Decimal, divisor: Decimal, scale: number): Decimal {
  if (divisor.units === 0n) throw new Error('Invariant: a divisor is not zero');
  const shift = scale - dividend.scale + divisor.scale;
  const numerator = shift >= 0 ? dividend.units * 10n ** BigInt(shift) : dividend.units;
  const denominator = shift >= 0 ? divisor.units : divisor.units * 10n ** BigInt(-shift);
  return { units: halfToEven(numerator, denominator), scale };
}

function halfToEven(numerator: bigint, denominator: bigint): bigint {
  const isNegative = numerator < 0n !== denominator < 0n;
  const above = numerator < 0n ? -numerator : numerator;
  const below = denominator < 0n ? -denominator : denominator;
  const whole = above / below;
  const twiceRest = (above % below) * 2n;
  const isUp = twiceRest > below || (twiceRest === below && whole % 2n === 1n);
  const rounded = isUp ? whole + 1n : whole;
  return isNegative ? -rounded : rounded;
}
