import { settlementOf, tradeFlow } from '../kernel/contract.js';
import type { Contract } from '../kernel/contract.js';
import { ZERO, add, decimal, multiply, negate } from '../kernel/decimal.js';
import type { Decimal } from '../kernel/decimal.js';
import { exitSide } from '../kernel/units.js';
import type { Currency, DecimalText, OrderSide, PositionSide } from '../kernel/units.js';
import { booked } from './cost-book.js';
import type { CostBasis, CostBook } from './cost-book.js';

export interface Entry {
  readonly side: PositionSide;
  readonly quantity: DecimalText;
  readonly entryPrice: DecimalText;
  readonly contract?: Contract;
}

/** A fill of a position's orders. */
export interface PositionFill {
  readonly side: PositionSide;
  readonly quantity: DecimalText;
  readonly price: DecimalText;
  readonly feeAmount: DecimalText;
  readonly feeCurrency: Currency;
  readonly quoteCurrency: Currency;
  readonly contract?: Contract;
}

export interface PositionTrade {
  readonly book: CostBook;
  readonly realised: Decimal;
  /** In the currency of the P&L; a fee in a third currency is not among them. */
  readonly fees: Decimal;
}

/** Books what a position is opened with. What it cost in fees is not known: it was declared. */
export function entering(book: CostBook, entry: Entry, basis: CostBasis): PositionTrade {
  const side: OrderSide = entry.side === 'long' ? 'buy' : 'sell';
  const trade = { side, quantity: decimal(entry.quantity), price: decimal(entry.entryPrice) };
  return { ...traded(book, { ...trade, contract: entry.contract }, basis), fees: ZERO };
}

/** Books a fill that brings in, and its fee. */
export function filling(book: CostBook, fill: PositionFill, basis: CostBasis): PositionTrade {
  return withFee(book, fill, { side: fill.side === 'long' ? 'buy' : 'sell', basis });
}

/** Books a fill that takes out, and its fee. */
export function leaving(book: CostBook, fill: PositionFill, basis: CostBasis): PositionTrade {
  return withFee(book, fill, { side: exitSide(fill.side), basis });
}

/** A fee that is paid in what is traded is a sale of that much, at the fill's price. */
function withFee(
  book: CostBook,
  fill: PositionFill,
  { side: traversed, basis }: { readonly side: OrderSide; readonly basis: CostBasis },
): PositionTrade {
  const { contract } = fill;
  const price = decimal(fill.price);
  const fee = decimal(fill.feeAmount);
  const trade = { side: traversed, quantity: decimal(fill.quantity), price, contract };
  const result = traded(book, trade, basis);
  if (!isPaidInKind(fill)) {
    const isOwn = fill.feeCurrency === settlementOf(contract, fill.quoteCurrency);
    return { ...result, fees: isOwn ? fee : ZERO };
  }
  // Coins that the venue keeps are worth what they would have brought; below zero it pays us.
  const paid = fee.units < 0n ? negate(fee) : fee;
  const side = fee.units < 0n ? 'buy' : 'sell';
  const sale = traded(result.book, { side, quantity: paid, price, contract }, basis);
  return { ...sale, realised: add(result.realised, sale.realised), fees: multiply(fee, price) };
}

/** True when the fee was taken from the coins that were traded. */
export function isPaidInKind({ contract, feeCurrency }: PositionFill): boolean {
  return contract?.kind === 'spot' && feeCurrency === contract.baseCurrency;
}

function traded(
  book: CostBook,
  trade: {
    readonly side: OrderSide;
    readonly quantity: Decimal;
    readonly price: Decimal;
    readonly contract: Contract | undefined;
  },
  basis: CostBasis,
) {
  const quantity = trade.side === 'buy' ? trade.quantity : negate(trade.quantity);
  return booked(book, { quantity, flow: tradeFlow(trade.contract, trade.side, trade) }, basis);
}
