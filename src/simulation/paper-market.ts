import { settlementOf, tradeValue } from '../domain/kernel/contract.js';
import type { Contract } from '../domain/kernel/contract.js';
import {
  add,
  compare,
  decimal,
  floorTo,
  formatDecimal,
  isPositive,
  multiply,
  negate,
  subtract,
  smaller,
} from '../domain/kernel/decimal.js';
import type { Decimal } from '../domain/kernel/decimal.js';
import type {
  Currency,
  DecimalText,
  InstrumentId,
  OrderSide,
  UnixMs,
} from '../domain/kernel/units.js';
import { chance } from './chance.js';

/** A print of the market, as the venue sees it. */
export interface PaperPrint {
  readonly instrumentId: InstrumentId;
  readonly price: DecimalText;
  readonly at: UnixMs;
  /** Needed where limit orders take no more than what printed. */
  readonly size?: DecimalText | undefined;
  /** Needed where the terms give a spread or a depth. */
  readonly grid?:
    { readonly priceTick: DecimalText; readonly quantityStep: DecimalText } | undefined;
}

/** What a unit of an instrument is worth at a price, and in which currency. */
export interface PaperInstrument {
  readonly quoteCurrency: Currency;
  readonly contract?: Contract | undefined;
}

/** How good the simulated market is. Missing: an order trades at the print, whole. */
export interface PaperTerms {
  /** Of a fill's value, in the currency in which its instrument settles. */
  readonly feeBps: DecimalText;
  /** Every instrument that is ordered is known. */
  readonly instrumentOf: (instrumentId: InstrumentId) => PaperInstrument;
  readonly seed?: number | undefined;
  /** The other side's best price lies this many ticks behind the print. */
  readonly spreadTicks?: number | undefined;
  /** About so much rests at each price of the book; an order that takes more goes on at the next tick. */
  readonly levelQuantity?: DecimalText | undefined;
  /** So many prices of the book can be taken at one print; the rest waits for the next print. */
  readonly levelsMax?: number | undefined;
  /** `print`: a limit order takes no more than the size of each print that reaches it. */
  readonly limitFills?: 'whole' | 'print' | undefined;
  /** So many of a thousand orders are refused. */
  readonly rejectPerMille?: number | undefined;
}

/** A part of an order that trades at one price of the book. */
export interface Piece {
  readonly price: Decimal;
  readonly quantity: Decimal;
}

const LEVELS_MAX = 10;

/**
 * What a taker gets at this print, best price first: from the touch on, level by level, up to `limit` in price and
 * `quantity` in size. The size of a level is half to one and a half of `levelQuantity`, by chance of the seed.
 */
export function walkBook(
  order: { readonly orderId: string; readonly side: OrderSide },
  asked: { readonly quantity: Decimal; readonly limit: Decimal | undefined },
  print: PaperPrint,
  terms: PaperTerms,
): readonly Piece[] {
  const pieces: Piece[] = [];
  let rest = asked.quantity;
  const levelsMax = terms.levelQuantity === undefined ? 1 : (terms.levelsMax ?? LEVELS_MAX);
  for (let level = 0; level < levelsMax && isPositive(rest); level += 1) {
    const price = levelPrice(order.side, level, print, terms);
    if (!isPositive(price)) break;
    if (asked.limit && !isWithin(order.side, price, asked.limit)) break;
    const quantity = smaller(rest, levelSize(order.orderId, level, print, terms) ?? rest);
    if (isPositive(quantity)) pieces.push({ price, quantity });
    rest = subtract(rest, quantity);
  }
  return pieces;
}

/** True when a price is no worse than the limit for an order on this side. */
export function isWithin(side: OrderSide, price: Decimal, limit: Decimal): boolean {
  return side === 'sell' ? compare(price, limit) >= 0 : compare(price, limit) <= 0;
}

/** True when a print reaches a stop: a sell stop lies below the market, a buy stop above. */
export function reachesStop(side: OrderSide, price: Decimal, stop: Decimal): boolean {
  return side === 'sell' ? compare(price, stop) <= 0 : compare(price, stop) >= 0;
}

export function feeOf({ price, quantity }: Piece, instrumentId: InstrumentId, terms: PaperTerms) {
  const { contract, quoteCurrency } = terms.instrumentOf(instrumentId);
  const bps = decimal(terms.feeBps);
  const value = tradeValue(contract, quantity, price);
  return {
    feeAmount: formatDecimal(multiply(value, { ...bps, scale: bps.scale + 4 })),
    feeCurrency: settlementOf(contract, quoteCurrency),
  };
}

function levelPrice(side: OrderSide, level: number, print: PaperPrint, terms: PaperTerms): Decimal {
  const ticks = (terms.spreadTicks ?? 0) + level;
  if (ticks === 0) return decimal(print.price);
  const distance = multiply({ units: BigInt(ticks), scale: 0 }, decimal(gridOf(print).priceTick));
  return add(decimal(print.price), side === 'buy' ? distance : negate(distance));
}

function levelSize(
  orderId: string,
  level: number,
  print: PaperPrint,
  terms: PaperTerms,
): Decimal | undefined {
  if (terms.levelQuantity === undefined) return undefined;
  const perMille = 500 + chance(1_001, terms.seed ?? 0, orderId, print.at, level);
  const size = multiply(decimal(terms.levelQuantity), { units: BigInt(perMille), scale: 3 });
  return floorTo(size, decimal(gridOf(print).quantityStep));
}

function gridOf(print: PaperPrint) {
  if (!print.grid) throw new Error('Invariant: a spread or a depth needs the grid of its print');
  return print.grid;
}
