import { compare } from '../kernel/decimal.js';
import type { Decimal } from '../kernel/decimal.js';
import type { PositionSide, UnixMs } from '../kernel/units.js';
import { tighterStop } from './stop-share.js';

/** A stop that rests at the venue behind ours, and when it was put there. */
export interface RestingStop {
  readonly price: Decimal;
  readonly placedAtMs: UnixMs;
}

/**
 * The resting stop after another price is wanted for it: replaced only by a tighter one, and not before the interval
 * has passed since it was placed, since a venue counts every replacement.
 */
export function replaced(
  side: PositionSide,
  resting: RestingStop,
  wanted: { readonly price: Decimal; readonly atMs: UnixMs; readonly intervalMs: number },
): RestingStop {
  const price = tighterStop(side, resting.price, wanted.price);
  const isDue = wanted.atMs - resting.placedAtMs >= wanted.intervalMs;
  if (compare(price, resting.price) === 0 || !isDue) return resting;
  return { price, placedAtMs: wanted.atMs };
}
