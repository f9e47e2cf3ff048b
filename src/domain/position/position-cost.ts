import { tradeFlow } from '../kernel/contract.js';
import type { Contract } from '../kernel/contract.js';
import {
  ZERO,
  add,
  compare,
  decimal,
  formatDecimal,
  isZero,
  multiply,
  negate,
} from '../kernel/decimal.js';
import type { Decimal } from '../kernel/decimal.js';
import { QUOTIENT_SCALE, roundedQuotient } from '../kernel/rounded-quotient.js';
import type { DecimalText, PositionSide } from '../kernel/units.js';

/** What is held, and what it cost. */
export interface Holding {
  readonly side: PositionSide;
  readonly quantity: DecimalText;
  readonly entryPrice: DecimalText;
  readonly contract?: Contract;
  /** Cash that it cost, below zero when paid. Missing: it came in at one price. */
  readonly cost?: DecimalText;
}

/** Cash flow of a quantity that came in at the entry price. */
export function enteringFlow(held: Holding, quantity: DecimalText): Decimal {
  return flowIn(held, { quantity: decimal(quantity), price: decimal(held.entryPrice) });
}

/**
 * What of the cost belongs to a part that leaves; undefined where all came in at one price. The last part takes all that
 * is left, so that roundings of the parts before it leave nothing behind.
 */
export function shareOfCost(held: Holding, quantity: DecimalText): Decimal | undefined {
  if (held.cost === undefined) return undefined;
  const cost = decimal(held.cost);
  const open = decimal(held.quantity);
  const part = decimal(quantity);
  if (compare(part, open) === 0) return cost;
  return roundedQuotient(multiply(cost, part), open, Math.max(QUOTIENT_SCALE, cost.scale));
}

/** Cost, quantity and average price with one more fill of an entry. */
export function costAfter(
  held: Holding,
  fill: { readonly quantity: DecimalText; readonly price: DecimalText },
): { cost: DecimalText; openQuantity: DecimalText; entryPrice: DecimalText } {
  const isFlat = isZero(decimal(held.quantity));
  const before = held.cost === undefined ? enteringFlow(held, held.quantity) : decimal(held.cost);
  const added = { quantity: decimal(fill.quantity), price: decimal(fill.price) };
  const cost = add(isFlat ? ZERO : before, flowIn(held, added));
  const open = add(decimal(held.quantity), added.quantity);
  return {
    cost: formatDecimal(cost),
    openQuantity: formatDecimal(open),
    entryPrice: isFlat ? fill.price : averagePrice(held.contract, open, cost),
  };
}

function averagePrice(
  contract: Contract | undefined,
  quantity: Decimal,
  cost: Decimal,
): DecimalText {
  const size = multiply(quantity, decimal(contract?.multiplier ?? '1'));
  const value = cost.units < 0n ? negate(cost) : cost;
  const [over, under] = contract?.kind === 'inverse' ? [size, value] : [value, size];
  return formatDecimal(roundedQuotient(over, under, QUOTIENT_SCALE));
}

function flowIn(
  { side, contract }: Holding,
  trade: { readonly quantity: Decimal; readonly price: Decimal },
): Decimal {
  return tradeFlow(contract, side === 'long' ? 'buy' : 'sell', trade);
}
