import {
  ZERO,
  add,
  compare,
  decimal,
  formatDecimal,
  isZero,
  multiply,
  subtract,
  smaller,
} from '../kernel/decimal.js';
import type { Decimal } from '../kernel/decimal.js';
import { QUOTIENT_SCALE, roundedQuotient } from '../kernel/rounded-quotient.js';
import { splitUnits } from '../kernel/split.js';
import type { SplitRatio } from '../kernel/split.js';
import type { DecimalText } from '../kernel/units.js';

/** Which of what was bought is sold first: the oldest, or an equal share of all. A setting of the account. */
export type CostBasis = 'fifo' | 'average';

/** An open part of a holding. */
export interface Lot {
  /** Above zero when bought, below when sold short. */
  readonly quantity: DecimalText;
  /** Cash that opening it brought (sold short) or took (bought, below zero). */
  readonly flow: DecimalText;
}

/** Oldest first, neighbours of one price as one lot. All on one side: what was bought closes what was sold short before it opens anything. */
export type CostBook = readonly Lot[];

export interface BookedTrade {
  /** Above zero for a buy, below for a sale. */
  readonly quantity: Decimal;
  readonly flow: Decimal;
}

export interface Booked {
  readonly book: CostBook;
  readonly realised: Decimal;
}

/**
 * Books a trade. Realised = flows of what was closed, those of opening and closing added up.
 *
 * Invariant: realised so far + flows of the open lots = flows of all trades. A share of a flow may be rounded; what
 * rounding takes from one part stays with the other, so that the sum is exact whatever the digits.
 */
export function booked(book: CostBook, trade: BookedTrade, basis: CostBasis): Booked {
  const lots = [...book];
  let { quantity, flow } = trade;
  let realised = ZERO;
  while (lots.length > 0 && isOpposite(decimal(lots[0]!.quantity), quantity)) {
    const lot = { quantity: decimal(lots[0]!.quantity), flow: decimal(lots[0]!.flow) };
    const closed = smaller(size(lot.quantity), size(quantity));
    const ofLot = share(lot.flow, closed, size(lot.quantity));
    const ofTrade = share(flow, closed, size(quantity));
    realised = add(realised, add(ofLot, ofTrade));
    flow = subtract(flow, ofTrade);
    quantity = reduced(quantity, closed);
    const left = reduced(lot.quantity, closed);
    if (isZero(left)) lots.shift();
    else
      lots[0] = { quantity: formatDecimal(left), flow: formatDecimal(subtract(lot.flow, ofLot)) };
  }
  if (!isZero(quantity)) laidBehind(lots, { quantity, flow });
  return { book: basis === 'average' && lots.length > 1 ? [merged(lots)] : lots, realised };
}

/** What is held: below zero for a short. */
export function openQuantity(book: CostBook): Decimal {
  return book.reduce((sum, lot) => add(sum, decimal(lot.quantity)), ZERO);
}

/** Cash that opening it has brought or, below zero, taken. */
export function openFlow(book: CostBook): Decimal {
  return book.reduce((sum, lot) => add(sum, decimal(lot.flow)), ZERO);
}

/**
 * The same holding in the units of after a split; what it cost is what it was. Lots are rounded where their sum so far is,
 * so that the whole is exact.
 */
export function splitBook(book: CostBook, ratio: SplitRatio): CostBook {
  let [before, after] = [ZERO, ZERO];
  return book.map(({ quantity, flow }) => {
    before = add(before, decimal(quantity));
    const sum = decimal(splitUnits(formatDecimal(before), ratio));
    const own = subtract(sum, after);
    after = sum;
    return { quantity: formatDecimal(own), flow };
  });
}

/** Which of two lots of one price is older makes no difference to anything: a book of many entries stays small. */
function laidBehind(lots: Lot[], { quantity, flow }: BookedTrade): void {
  const last = lots.at(-1);
  const isOfItsPrice =
    last !== undefined &&
    compare(multiply(decimal(last.flow), quantity), multiply(flow, decimal(last.quantity))) === 0;
  if (isOfItsPrice) lots.pop();
  const whole = {
    quantity: isOfItsPrice ? add(decimal(last.quantity), quantity) : quantity,
    flow: isOfItsPrice ? add(decimal(last.flow), flow) : flow,
  };
  lots.push({ quantity: formatDecimal(whole.quantity), flow: formatDecimal(whole.flow) });
}

function merged(lots: CostBook): Lot {
  return {
    quantity: formatDecimal(openQuantity(lots)),
    flow: formatDecimal(openFlow(lots)),
  };
}

function isOpposite(left: Decimal, right: Decimal): boolean {
  return (left.units < 0n && right.units > 0n) || (left.units > 0n && right.units < 0n);
}

function size(value: Decimal): Decimal {
  return value.units < 0n ? { units: -value.units, scale: value.scale } : value;
}

/** Nearer to zero by `by`, which is not more than its size. */
function reduced(value: Decimal, by: Decimal): Decimal {
  return value.units < 0n ? add(value, by) : subtract(value, by);
}

/**
 * `whole` times `part / of`, rounded at a fixed scale: digits that grew with every share would never end. A price times
 * a quantity of up to 18 digits together comes out exact.
 */
function share(whole: Decimal, part: Decimal, of: Decimal): Decimal {
  if (isZero(subtract(part, of))) return whole;
  return roundedQuotient(multiply(whole, part), of, QUOTIENT_SCALE);
}
