import { ZERO, add, compare, decimal, negate, subtract } from '../kernel/decimal.js';
import type { Decimal } from '../kernel/decimal.js';
import type { DecimalText, OrderSide } from '../kernel/units.js';

/**
 * What an exit on this side may still take: what is open on the other side, less what exits on their way may take.
 * Zero when nothing is open, or when the order would add to the position.
 */
export function reducibleQuantity(asked: {
  readonly side: OrderSide;
  /** Net: below zero when sold. */
  readonly position: Decimal;
  /** What is unfilled of exits on the same side that were sent before this one. */
  readonly onTheirWay: readonly DecimalText[];
}): Decimal {
  const { side, position, onTheirWay } = asked;
  const open = side === 'sell' ? position : negate(position);
  const taken = onTheirWay.reduce((sum, quantity) => add(sum, decimal(quantity)), ZERO);
  const rest = subtract(open, taken);
  return compare(rest, ZERO) > 0 ? rest : ZERO;
}
