import {
  ZERO,
  add,
  decimal,
  formatDecimal,
  multiply,
  negate,
  subtract,
} from '../domain/kernel/decimal.js';
import type { DecimalText } from '../domain/kernel/units.js';
import type { SweepCase, SweepOutcome } from './plan-sweep.js';

/**
 * What the exits of a case come to, in the quote currency of a linear instrument, at the prices that decided them: before
 * costs, and before what a venue makes of an order. Undefined for a case that was refused or decided no exit.
 */
export function gainOf({ side }: SweepCase, outcome: SweepOutcome): DecimalText | undefined {
  if (outcome.kind === 'refused' || outcome.exits.length === 0) return undefined;
  const entry = decimal(outcome.entryPrice);
  const rise = outcome.exits.reduce(
    (sum, { price, quantity }) =>
      add(sum, multiply(subtract(decimal(price), entry), decimal(quantity))),
    ZERO,
  );
  return formatDecimal(side === 'long' ? rise : negate(rise));
}
