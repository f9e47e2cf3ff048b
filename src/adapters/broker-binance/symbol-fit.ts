import {
  compare,
  decimal,
  floorTo,
  formatDecimal,
  isMultipleOf,
  isPositive,
  multiply,
} from '../../domain/kernel/decimal.js';
import type { Decimal } from '../../domain/kernel/decimal.js';
import type { DecimalText } from '../../domain/kernel/units.js';
import type { OrderTerms } from '../../domain/order/order-terms.js';
import type { DenialReason, Denied } from '../../application/ports/broker.port.js';
import type { SymbolFilters } from './binance.messages.js';

/** The quantity that may leave, or why nothing may. */
export type Fit = { readonly kind: 'fits'; readonly quantity: DecimalText } | Denied;

export interface AskedOrder {
  readonly quantity: DecimalText;
  readonly terms: OrderTerms;
  readonly reduceOnly: boolean;
  /** Of a limit order that rests with it. */
  readonly targetPrice?: DecimalText | undefined;
}

/**
 * Puts an order on the venue's grid. An exit is cut down to whole lots, and what is left of it is dust; an entry that is
 * on no lot, and a price that is on no tick, are mistakes and are kept back: nothing is rounded in silence.
 */
export function fit(asked: AskedOrder, filters: SymbolFilters): Fit {
  const { quantity, terms, reduceOnly, targetPrice } = asked;
  const offTick = [...pricesOf(terms), ...(targetPrice === undefined ? [] : [targetPrice])].find(
    (price) => !isOn(price, filters.tickSize),
  );
  if (offTick !== undefined) {
    return denied(
      'invalid-ticket',
      `price must be a multiple of ${filters.tickSize}, was ${offTick}`,
    );
  }
  const step = stepOf(terms, filters);
  const given = decimal(quantity);
  if (step !== undefined && !reduceOnly && !isMultipleOf(given, decimal(step))) {
    return denied('invalid-ticket', `quantity must be a multiple of ${step}, was ${quantity}`);
  }
  const size = step === undefined ? given : floorTo(given, decimal(step));
  const { minQty, minNotional } = filters;
  if (!isPositive(size) || (minQty !== undefined && compare(size, decimal(minQty)) < 0)) {
    return denied('dust', `quantity must be at least ${minQty ?? step}, was ${quantity}`);
  }
  const maxQty = maxOf(terms, filters);
  if (maxQty !== undefined && compare(size, decimal(maxQty)) > 0) {
    return denied('too-large', `quantity must be at most ${maxQty}, was ${quantity}`);
  }
  const value = valueOf(size, terms);
  // An exit of little value is the venue's to judge: futures take it, whatever it is worth.
  if (
    value &&
    !reduceOnly &&
    minNotional !== undefined &&
    compare(value, decimal(minNotional)) < 0
  ) {
    const text = `value must be at least ${minNotional}, was ${formatDecimal(value)}`;
    return denied('dust', text);
  }
  return { kind: 'fits', quantity: formatDecimal(size) };
}

/** Whole lots of a quantity; what is below one lot is flat. */
export function lotsOf(quantity: Decimal, filters: SymbolFilters | undefined): Decimal {
  const step = filters?.stepSize;
  return step === undefined || !isPositive(quantity) ? quantity : floorTo(quantity, decimal(step));
}

export function denied(reason: DenialReason, rule: string): Denied {
  return { kind: 'denied', reason, rule };
}

function pricesOf(terms: OrderTerms): DecimalText[] {
  switch (terms.type) {
    case 'market':
      return [];
    case 'limit':
      return [terms.limitPrice];
    case 'stop':
      return [terms.stopPrice, ...(terms.limitPrice === undefined ? [] : [terms.limitPrice])];
  }
}

function isOn(price: DecimalText, tick: DecimalText | undefined): boolean {
  return tick === undefined || isMultipleOf(decimal(price), decimal(tick));
}

function isMarket(terms: OrderTerms): boolean {
  return terms.type === 'market' || (terms.type === 'stop' && terms.limitPrice === undefined);
}

/** The coarser of both where a market order has a lot of its own. */
function stepOf(terms: OrderTerms, filters: SymbolFilters): DecimalText | undefined {
  const { stepSize, marketStepSize } = filters;
  if (!isMarket(terms) || marketStepSize === undefined) return stepSize;
  if (stepSize === undefined) return marketStepSize;
  return compare(decimal(stepSize), decimal(marketStepSize)) < 0 ? marketStepSize : stepSize;
}

function maxOf(terms: OrderTerms, filters: SymbolFilters): DecimalText | undefined {
  return isMarket(terms) ? (filters.marketMaxQty ?? filters.maxQty) : filters.maxQty;
}

/** Of an order at a price of its own. What a market order is worth the venue alone can say. */
function valueOf(size: Decimal, terms: OrderTerms): Decimal | undefined {
  const price = terms.type === 'market' ? undefined : terms.limitPrice;
  return price === undefined ? undefined : multiply(size, decimal(price));
}
