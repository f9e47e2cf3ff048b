import { add, compare, decimal, isPositive, multiply, subtract } from '../domain/kernel/decimal.js';
import type { Decimal } from '../domain/kernel/decimal.js';
import type { OrderSide } from '../domain/kernel/units.js';

/** A part of an order that was traded at one price. */
export interface ExitFill {
  readonly price: Decimal;
  readonly quantity: Decimal;
}

/** What a book shows on the side that an order takes from, best price first. A size is undefined where none was told. */
export interface ShownLevel {
  readonly price: Decimal;
  readonly size: Decimal | undefined;
}

/** The worse of two prices for an order: the higher one to buy at, the lower one to sell at. */
export function worseOf(side: OrderSide, a: Decimal, b: Decimal): Decimal {
  const isHigher = compare(a, b) > 0;
  return isHigher === (side === 'buy') ? a : b;
}

/** True when a price is at a mark or beyond it, as a stop of this exit side counts. */
export function isBeyond(side: OrderSide, price: Decimal, mark: Decimal): boolean {
  return side === 'buy' ? compare(price, mark) >= 0 : compare(price, mark) <= 0;
}

/** Where a stop fills within a bar: at the open where the market gapped over it, else at the stop itself. */
export function fillInBar(side: OrderSide, stop: Decimal, open: Decimal | undefined): Decimal {
  return open && isBeyond(side, open, stop) ? open : stop;
}

/** Fills a market order from what is shown; what exceeds it fills one tick worse than the last price. */
export function fillFromBook(
  side: OrderSide,
  quantity: Decimal,
  { levels, tick }: { levels: readonly ShownLevel[]; tick: Decimal },
): readonly ExitFill[] {
  const fills: ExitFill[] = [];
  let rest = quantity;
  for (const { price, size } of levels) {
    if (!isPositive(rest)) return fills;
    const taken = size && compare(size, rest) < 0 ? size : rest;
    if (isPositive(taken)) fills.push({ price, quantity: taken });
    rest = subtract(rest, taken);
  }
  const last = levels.at(-1);
  if (last && isPositive(rest))
    fills.push({ price: worse(side, last.price, tick), quantity: rest });
  return fills;
}

/** What a limit order takes of one shown price: nothing beyond the limit, and no more than is shown. */
export function fillAtLimit(
  side: OrderSide,
  rest: Decimal,
  { limit, shown }: { limit: Decimal; shown: ShownLevel },
): ExitFill | undefined {
  const isInReach =
    side === 'buy' ? compare(shown.price, limit) <= 0 : compare(shown.price, limit) >= 0;
  if (!isInReach || !isPositive(rest)) return undefined;
  const quantity = shown.size && compare(shown.size, rest) < 0 ? shown.size : rest;
  return { price: shown.price, quantity };
}

/** The worst price that a protected market order takes: so many ticks beyond the best one. */
export function protectedPrice(
  side: OrderSide,
  best: Decimal,
  ticks: Decimal,
  tick: Decimal,
): Decimal {
  const room = multiply(ticks, tick);
  return side === 'buy' ? add(best, room) : subtract(best, room);
}

/** An exit never does more than close the position. */
export function reduceOnly(quantity: Decimal, position: Decimal): Decimal {
  return compare(quantity, position) > 0 ? position : quantity;
}

function worse(side: OrderSide, price: Decimal, tick: Decimal): Decimal {
  const moved = side === 'buy' ? add(price, tick) : subtract(price, tick);
  return isPositive(moved) ? moved : decimal('0');
}
