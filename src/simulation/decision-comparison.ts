import type { InstrumentDefined } from '../domain/instrument/instrument.events.js';
import { settlementOf, tradeFlow } from '../domain/kernel/contract.js';
import {
  ZERO,
  add,
  compare,
  decimal,
  divide,
  formatDecimal,
  isZero,
  multiply,
  subtract,
} from '../domain/kernel/decimal.js';
import type { Decimal } from '../domain/kernel/decimal.js';
import { QUOTIENT_SCALE } from '../domain/kernel/rounded-quotient.js';
import { exitSide } from '../domain/kernel/units.js';
import type { Currency, DecimalText, PositionSide, UnixMs } from '../domain/kernel/units.js';
import type { DecidedExit, DecidedStop, ExitTrade, StopEnd } from './decided-stops.js';

/**
 * `earlier` and `later`: the other decided the same, sooner or afterwards. `otherwise`: another part of the plan, another
 * price at the same time, or another quantity. `here-only`, `there-only`: the other has not decided this exit.
 */
export type Likeness = 'same' | 'earlier' | 'later' | 'otherwise' | 'here-only' | 'there-only';

export const LIKENESSES: readonly Likeness[] = [
  ...(['same', 'earlier', 'later', 'otherwise', 'here-only', 'there-only'] as const),
];

/** What one of the two decided. `average` is what it traded at, to 18 digits; null while nothing was. */
export interface ExitSeen {
  readonly branch: string;
  readonly at: UnixMs;
  readonly price: DecimalText | null;
  readonly quantity: DecimalText;
  readonly traded: DecimalText;
  readonly average: DecimalText | null;
}

export interface ComparedExit {
  readonly instrumentId: string;
  readonly side: PositionSide;
  readonly hereStopId: string;
  readonly thereStopId: string;
  /** Its number among the exits of its stop, from 1. */
  readonly ordinal: number;
  readonly likeness: Likeness;
  readonly here: ExitSeen | null;
  readonly there: ExitSeen | null;
  /** How the stop stands where the exit is missing. */
  readonly missing?: StopEnd;
  /** That of the other less ours. */
  readonly laterByMs: number | null;
  readonly ticksHigher: DecimalText | null;
  /** What the other's exit brought more. Null where the quantities differ, or there is no price. */
  readonly gain: Gain | null;
}

/** `fills`: of what both traded, before fees. `decided`: one of them traded nothing (yet), so that the prices that decided count. */
export interface Gain {
  readonly amount: DecimalText;
  readonly currency: Currency;
  readonly of: 'fills' | 'decided';
}

type Market = Pick<InstrumentDefined['data'], 'priceTick' | 'contract' | 'quoteCurrency'>;

const TICK_DIGITS = 4;

/** What two stops that belong together decided, exit by exit. Nothing where neither has decided. */
export function compareExits(
  here: DecidedStop,
  there: DecidedStop,
  market: Market,
): readonly ComparedExit[] {
  const count = Math.max(here.exits.length, there.exits.length);
  return Array.from({ length: count }, (_exit, place) => {
    const [ours, theirs] = [here.exits[place], there.exits[place]];
    const missing = ours ? there.end : here.end;
    return {
      ...{ instrumentId: here.instrumentId, side: here.side },
      ...{ hereStopId: here.stopId, thereStopId: there.stopId, ordinal: place + 1 },
      likeness: likenessOf(ours, theirs),
      ...{ here: ours ? seen(ours) : null, there: theirs ? seen(theirs) : null },
      ...((!ours || !theirs) && { missing }),
      laterByMs: ours && theirs ? theirs.at - ours.at : null,
      ticksHigher: ours && theirs ? ticksBetween(ours, theirs, market) : null,
      gain: ours && theirs ? gainOf(here.side, [ours, theirs], market) : null,
    };
  });
}

function likenessOf(here: DecidedExit | undefined, there: DecidedExit | undefined): Likeness {
  if (!there) return 'here-only';
  if (!here) return 'there-only';
  const isAlike = here.branch === there.branch && here.quantity === there.quantity;
  if (!isAlike) return 'otherwise';
  if (there.at !== here.at) return there.at < here.at ? 'earlier' : 'later';
  return there.price === here.price ? 'same' : 'otherwise';
}

function seen({ branch, at, price, quantity, trades }: DecidedExit): ExitSeen {
  const traded = sumOf(trades.map((trade) => decimal(trade.quantity)));
  const worth = sumOf(trades.map((each) => multiply(decimal(each.quantity), decimal(each.price))));
  const average = isZero(traded) ? null : formatDecimal(divide(worth, traded, QUOTIENT_SCALE));
  return { branch, at, price, quantity, traded: formatDecimal(traded), average };
}

function ticksBetween(
  here: DecidedExit,
  there: DecidedExit,
  { priceTick }: Market,
): DecimalText | null {
  if (here.price === null || there.price === null) return null;
  const higher = subtract(decimal(there.price), decimal(here.price));
  return formatDecimal(divide(higher, decimal(priceTick), TICK_DIGITS));
}

function gainOf(
  side: PositionSide,
  [here, there]: readonly [DecidedExit, DecidedExit],
  market: Market,
): Gain | null {
  const haveTraded = here.trades.length > 0 && there.trades.length > 0;
  const [ours, theirs] = haveTraded
    ? [here.trades, there.trades]
    : [decidedTrades(here), decidedTrades(there)];
  const [held, other] = [quantityOf(ours), quantityOf(theirs)];
  if (isZero(held) || compare(held, other) !== 0) return null;
  const amount = subtract(cashOf(side, theirs, market), cashOf(side, ours, market));
  const currency = settlementOf(market.contract, market.quoteCurrency);
  return { amount: formatDecimal(amount), currency, of: haveTraded ? 'fills' : 'decided' };
}

function decidedTrades({ price, quantity }: DecidedExit): readonly ExitTrade[] {
  return price === null ? [] : [{ price, quantity }];
}

function cashOf(side: PositionSide, trades: readonly ExitTrade[], { contract }: Market): Decimal {
  return sumOf(
    trades.map(({ quantity, price }) =>
      tradeFlow(contract, exitSide(side), { quantity: decimal(quantity), price: decimal(price) }),
    ),
  );
}

function quantityOf(trades: readonly ExitTrade[]): Decimal {
  return sumOf(trades.map(({ quantity }) => decimal(quantity)));
}

function sumOf(values: readonly Decimal[]): Decimal {
  return values.reduce(add, ZERO);
}
