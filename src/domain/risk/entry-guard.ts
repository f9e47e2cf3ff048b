import { ONE, add, compare, multiply, subtract } from '../kernel/decimal.js';
import type { Decimal } from '../kernel/decimal.js';
import type { OrderSide } from '../kernel/units.js';

/** How far from the market an entry may be placed, as shares of a price. */
export interface EntryBounds {
  readonly near: Decimal;
  /** Of an order that takes: how far the market may have gone against it. */
  readonly far: Decimal;
}

/**
 * True when an order that waits in the book lies within the bound of the market: a buy not so far below it, a sell not
 * so far above it, that it would only rest there.
 */
export function mayRest(
  side: OrderSide,
  orderPrice: Decimal,
  market: Decimal,
  near: Decimal,
): boolean {
  return side === 'buy'
    ? compare(orderPrice, multiply(market, subtract(ONE, near))) > 0
    : compare(orderPrice, multiply(market, add(ONE, near))) < 0;
}

/** True when the market lies strictly within the bounds around the price of an order that takes. */
export function mayTake(
  side: OrderSide,
  orderPrice: Decimal,
  market: Decimal,
  { near, far }: EntryBounds,
): boolean {
  const [below, above] = side === 'buy' ? [near, far] : [far, near];
  return (
    compare(market, multiply(orderPrice, subtract(ONE, below))) > 0 &&
    compare(market, multiply(orderPrice, add(ONE, above))) < 0
  );
}
