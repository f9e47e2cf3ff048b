import { decimal, multiply, negate } from './decimal.js';
import type { Decimal } from './decimal.js';
import { QUOTIENT_SCALE, roundedQuotient } from './rounded-quotient.js';
import type { Currency, DecimalText, OrderSide } from './units.js';

/**
 * What one unit of quantity is worth at a price, and in which currency.
 *
 * `spot` and `linear`: quantity x multiplier x price, in the quote currency (or what it settles in).
 * `inverse`: quantity x multiplier / price, in the base currency: a contract of 100 USD, paid in coins.
 */
export interface Contract {
  readonly kind: 'spot' | 'linear' | 'inverse';
  /** Above 0. */
  readonly multiplier: DecimalText;
  readonly baseCurrency: Currency;
  readonly settlementCurrency: Currency;
}

/** Value of a trade, always above zero. That of an inverse contract is rounded, once. */
export function tradeValue(
  contract: Contract | undefined,
  quantity: Decimal,
  price: Decimal,
): Decimal {
  if (!contract) return multiply(quantity, price);
  const size = multiply(quantity, decimal(contract.multiplier));
  return contract.kind === 'inverse'
    ? roundedQuotient(size, price, QUOTIENT_SCALE)
    : multiply(size, price);
}

/**
 * What the trade adds to cash, seen from its settlement currency. Who buys pays the value; with an inverse contract the
 * value shrinks as the price rises, so that signs are turned. P&L is the sum of the flows of what was opened and closed.
 */
export function tradeFlow(
  contract: Contract | undefined,
  side: OrderSide,
  { quantity, price }: { readonly quantity: Decimal; readonly price: Decimal },
): Decimal {
  const value = tradeValue(contract, quantity, price);
  const isPaid = (side === 'buy') !== (contract?.kind === 'inverse');
  return isPaid ? negate(value) : value;
}

/** The currency in which profit and loss arise. */
export function settlementOf(contract: Contract | undefined, quoteCurrency: Currency): Currency {
  return contract?.settlementCurrency ?? quoteCurrency;
}
