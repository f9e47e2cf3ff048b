import {
  ONE,
  ZERO,
  add,
  compare,
  divide,
  isZero,
  multiply,
  negate,
  subtract,
} from '../kernel/decimal.js';
import type { Decimal } from '../kernel/decimal.js';
import type { PositionSide } from '../kernel/units.js';

/** Digits of a share that is a quotient. */
const SHARE_DIGITS = 18;

/** The price a share of a rate behind it: below for a long, above for a short. A lever makes the share smaller. */
export function stopBehind(
  side: PositionSide,
  { rate, share, leverage }: { rate: Decimal; share: Decimal; leverage: Decimal },
): Decimal {
  const size = share.units < 0n ? negate(share) : share;
  const distance = divide(multiply(rate, size), leverage, SHARE_DIGITS);
  return side === 'long' ? subtract(rate, distance) : add(rate, distance);
}

/** The better of a stop and another one: a stop only ratchets. */
export function tighterStop(side: PositionSide, stop: Decimal, other: Decimal): Decimal {
  const order = compare(other, stop);
  return (side === 'long' ? order > 0 : order < 0) ? other : stop;
}

/**
 * A stop that was put as a share of the entry, as a share of the current price: both with the lever in them.
 *
 * long 1 - (1 + stop) / (1 + profit), short (1 - stop) / (1 - profit) - 1, not below 0.
 */
export function shareFromEntry(
  side: PositionSide,
  { stop, profit, leverage }: { stop: Decimal; profit: Decimal; leverage: Decimal },
): Decimal {
  // Multiplied by the lever above and below, the shares need no division of their own.
  const signed = (value: Decimal): Decimal => (side === 'long' ? value : negate(value));
  const whole = add(leverage, signed(profit));
  if (isZero(whole)) return ONE;
  const kept = divide(multiply(add(leverage, signed(stop)), leverage), whole, SHARE_DIGITS);
  const share = side === 'long' ? subtract(leverage, kept) : subtract(kept, leverage);
  return compare(share, ZERO) < 0 ? ZERO : share;
}

/** A stop price as a share of the current price, between nothing and all of it, with the lever in it. */
export function shareFromPrice(
  side: PositionSide,
  { stop, current, leverage }: { stop: Decimal; current: Decimal; leverage: Decimal },
): Decimal {
  if (isZero(current)) return ONE;
  const part = divide(stop, current, SHARE_DIGITS);
  const share = side === 'long' ? subtract(ONE, part) : subtract(part, ONE);
  const clamped = compare(share, ZERO) < 0 ? ZERO : compare(share, ONE) > 0 ? ONE : share;
  return multiply(clamped, leverage);
}
