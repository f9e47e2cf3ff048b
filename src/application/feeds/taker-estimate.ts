import {
  ZERO,
  add,
  compare,
  decimal,
  divide,
  formatDecimal,
  isPositive,
  multiply,
  subtract,
} from '../../domain/kernel/decimal.js';
import type { Decimal } from '../../domain/kernel/decimal.js';
import type { DecimalText, OrderSide } from '../../domain/kernel/units.js';
import type { TakerEstimate } from '../ports/market-gateway.port.js';
import type { OrderBook } from './order-book.js';

// An average of prices has no end of digits; these are far below any fee.
const AVERAGE_DIGITS = 4;
const BPS_DIGITS = 2;
const BPS: Decimal = { units: 10_000n, scale: 0 };

/**
 * What an order that takes from the book at once would get: level by level from the best on. Undefined where the book is
 * void or has no price on the side that is taken from.
 */
export function takerEstimate(
  book: OrderBook,
  order: { readonly side: OrderSide; readonly quantity: DecimalText; readonly priceScale: number },
): TakerEstimate | undefined {
  const taken = order.side === 'sell' ? 'bid' : 'ask';
  const best = book.isSound ? book.best(taken) : undefined;
  if (!best) return undefined;
  let rest = decimal(order.quantity);
  let filled = ZERO;
  let value = ZERO;
  let worst = best.priceUnits;
  for (const { priceUnits, size } of book.levels(taken)) {
    if (!isPositive(rest)) break;
    const rests = decimal(size);
    const quantity = compare(rests, rest) < 0 ? rests : rest;
    rest = subtract(rest, quantity);
    filled = add(filled, quantity);
    value = add(value, multiply(quantity, priceOf(priceUnits, order.priceScale)));
    worst = priceUnits;
  }
  const bestPrice = priceOf(best.priceUnits, order.priceScale);
  const average = divide(value, filled, order.priceScale + AVERAGE_DIGITS);
  const worse = order.side === 'sell' ? subtract(bestPrice, average) : subtract(average, bestPrice);
  return {
    side: order.side,
    quantity: order.quantity,
    filledQuantity: formatDecimal(filled),
    averagePrice: formatDecimal(average),
    worstPrice: formatDecimal(priceOf(worst, order.priceScale)),
    slippageBps: formatDecimal(divide(multiply(worse, BPS), bestPrice, BPS_DIGITS)),
  };
}

function priceOf(units: number, scale: number): Decimal {
  return { units: BigInt(units), scale };
}
