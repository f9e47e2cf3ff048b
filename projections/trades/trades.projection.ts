import { invariant } from '../../src/domain/kernel/assert.js';
import { settlementOf, tradeFlow } from '../../src/domain/kernel/contract.js';
import { splitEntryPrice, splitUnits } from '../../src/domain/kernel/split.js';
import type { Contract } from '../../src/domain/kernel/contract.js';
import {
  ZERO,
  add,
  compare,
  decimal,
  formatDecimal,
  isZero,
  multiply,
  negate,
  subtract,
} from '../../src/domain/kernel/decimal.js';
import type { Decimal } from '../../src/domain/kernel/decimal.js';
import { roundedQuotient } from '../../src/domain/kernel/rounded-quotient.js';
import { exitSide } from '../../src/domain/kernel/units.js';
import type {
  AccountMode,
  Currency,
  DecimalText,
  PositionSide,
} from '../../src/domain/kernel/units.js';
import type {
  EntryFill,
  PositionClosed,
  PositionEvent,
  PositionIncreased,
  PositionOpened,
  PositionReconciled,
  PositionRestated,
  PositionReduced,
} from '../../src/domain/position/position.events.js';
import type {
  StopActivated,
  StopArmed,
  StopCancelled,
  StopClosed,
  StopTargetHit,
  StopTriggered,
  TriggerBranch,
} from '../../src/domain/stop/stop.events.js';
import { isoTime } from '../projection.js';
import type { Projection } from '../projection.js';

/**
 * Answers: what became of each trade, from its entry to its exit, and what did its stop do for it?
 *
 * How far the market went is known where a stop followed it, and is null where it is on the tape alone: the best where the
 * stop that closed it trailed, or left at a target; the worst where that stop stood where it had stood at first.
 * Read by: the API's trades.
 */
export interface TradeRow {
  readonly positionId: string;
  readonly accountId: string;
  readonly instrumentId: string;
  readonly mode: AccountMode;
  readonly side: PositionSide;
  readonly status: 'open' | 'closed';
  /** All that ever came in. */
  readonly quantity: DecimalText;
  /** Of what is open, or was last: the average, where it came in at several prices. */
  readonly entryPrice: DecimalText;
  readonly exitQuantity: DecimalText;
  /** Sum of price x quantity of the exits: the average price without a rounding. */
  readonly exitValue: DecimalText;
  /** Before fees. */
  readonly realised: DecimalText;
  readonly currency: Currency;
  /** By currency. */
  readonly fees: Readonly<Record<Currency, DecimalText>>;
  /** Realised less the fees in the same currency. */
  readonly net: DecimalText;
  /** Where the first stop stood at first. */
  readonly initialStop: DecimalText | null;
  /** What the whole trade would have lost there; null without a stop, or with one beyond the entry. */
  readonly initialRisk: DecimalText | null;
  /** net / initialRisk to 4 digits, once closed. */
  readonly rMultiple: DecimalText | null;
  /** Once closed, from arming to exit; null where nothing that was written says how far the market went. */
  readonly bestPrice: DecimalText | null;
  readonly worstPrice: DecimalText | null;
  /** Best price against entry, per unit; at least 0. */
  readonly maxFavourable: DecimalText | null;
  /** Entry against worst price, per unit; at least 0. */
  readonly maxAdverse: DecimalText | null;
  readonly pricesSeen: PricesSeen;
  /** The newest stop that fired. */
  readonly closedByStop: string | null;
  readonly closedBy: TriggerBranch | null;
  /**
   * Price x quantity by which fills of what a stop sent were worse than its level, or than the price at which a clock or a
   * command decided; below zero was better. What left at a target is no part of it: a target has no worse.
   */
  readonly slippage: DecimalText;
  /** Price that an exit is held against, by order; none for a target. */
  readonly expected: Readonly<Record<string, DecimalText>>;
  readonly contract: Contract | null;
  readonly openedAt: string;
  readonly closedAt: string | null;
  readonly updatedAt: string;
}

/** Prices in the log: extremes of stops, prints behind decisions, fills. The market may have gone further. */
export interface PricesSeen {
  readonly best: DecimalText;
  readonly worst: DecimalText;
  /** At the newest decision to leave there had been none better. */
  readonly isBest: boolean;
  /** At the newest decision to leave there had been none worse. */
  readonly isWorst: boolean;
  /** False once a stop was taken away, or let a single price pass: nobody saw all of them. */
  readonly isWatched: boolean;
}

type Exit = PositionReduced | PositionClosed;
type EntryFee = Pick<EntryFill, 'feeAmount' | 'feeCurrency'>;
type StopFact =
  StopArmed | StopActivated | StopTargetHit | StopTriggered | StopCancelled | StopClosed;

const R_SCALE = 4; // for people: nobody sizes an order by it

export const trades: Projection<PositionEvent | StopFact, TradeRow> = {
  name: 'trades',
  version: 6,
  key: 'positionId',
  consumes: {
    PositionOpened: true,
    PositionIncreased: true,
    PositionReduced: true,
    PositionReconciled: true,
    PositionRestated: true,
    PositionClosed: true,
    StopArmed: true,
    StopActivated: true,
    StopTargetHit: true,
    StopTriggered: true,
    StopCancelled: true,
    StopClosed: true,
  },
  keyOf: ({ event }) => event.data.positionId,
  evolve: (row, { event }) => {
    if (event.type === 'PositionOpened') return opened(event);
    invariant(row !== undefined, `a position is opened before anything else, found ${event.type}`);
    return { ...followed(row, event), updatedAt: isoTime(event.data.at) };
  },
};

function followed(
  row: TradeRow,
  event: Exclude<PositionEvent | StopFact, PositionOpened>,
): TradeRow {
  switch (event.type) {
    case 'PositionIncreased':
      return increased(row, event);
    case 'PositionReconciled':
      return reconciled(row, event);
    case 'PositionRestated':
      return restated(row, event);
    case 'PositionReduced':
    case 'PositionClosed':
      return exited(row, event);
    default:
      return watched(row, event);
  }
}

function increased(row: TradeRow, { data }: PositionIncreased): TradeRow {
  const all = add(decimal(row.quantity), decimal(data.quantity));
  return {
    ...undecided(seen(row, data.price)),
    ...paying(row, data),
    entryPrice: data.entryPrice,
    status: 'open',
    quantity: formatDecimal(all),
    closedAt: null,
  };
}

/** What left by somebody else's doing: nothing is known of its price, so that it is no part of the result. */
function reconciled(row: TradeRow, { data }: PositionReconciled): TradeRow {
  const isFlat = isZero(decimal(data.openQuantity));
  return {
    ...undecided(row),
    status: isFlat ? 'closed' : 'open',
    closedAt: isFlat ? isoTime(data.at) : null,
  };
}

/** Quantities and prices in the units of now; what is cash is what it was. */
function restated(row: TradeRow, { data: { entryPrice, ratio } }: PositionRestated): TradeRow {
  const price = (text: DecimalText) => splitEntryPrice(text, ratio);
  return {
    ...row,
    quantity: splitUnits(row.quantity, ratio),
    exitQuantity: splitUnits(row.exitQuantity, ratio),
    entryPrice,
    initialStop: row.initialStop && price(row.initialStop),
    bestPrice: row.bestPrice && price(row.bestPrice),
    worstPrice: row.worstPrice && price(row.worstPrice),
    maxFavourable: row.maxFavourable && price(row.maxFavourable),
    maxAdverse: row.maxAdverse && price(row.maxAdverse),
    pricesSeen: {
      ...row.pricesSeen,
      best: price(row.pricesSeen.best),
      worst: price(row.pricesSeen.worst),
    },
  };
}

/** What was paid in fees, and what is left of the result. */
function paying(row: TradeRow, { feeAmount, feeCurrency }: EntryFee) {
  const paid = add(decimal(row.fees[feeCurrency] ?? '0'), decimal(feeAmount));
  const fees = { ...row.fees, [feeCurrency]: formatDecimal(paid) };
  const net = subtract(decimal(row.realised), decimal(fees[row.currency] ?? '0'));
  return { fees, net: formatDecimal(net) };
}

function opened(event: PositionOpened): TradeRow {
  const row = declared(event);
  return event.data.origin === 'fill' ? { ...row, ...paying(row, event.data.fill) } : row;
}

function declared({ data }: PositionOpened): TradeRow {
  const none = '0' as DecimalText;
  return {
    positionId: data.positionId,
    accountId: data.accountId,
    instrumentId: data.instrumentId,
    mode: data.mode,
    side: data.side,
    status: 'open',
    quantity: data.quantity,
    entryPrice: data.entryPrice,
    exitQuantity: none,
    exitValue: none,
    realised: none,
    currency: settlementOf(data.contract, data.quoteCurrency),
    fees: {},
    net: none,
    initialStop: null,
    initialRisk: null,
    rMultiple: null,
    ...UNKNOWN_REACH,
    pricesSeen: {
      ...{ best: data.entryPrice, worst: data.entryPrice },
      ...{ isBest: false, isWorst: false, isWatched: true },
    },
    closedByStop: null,
    closedBy: null,
    slippage: none,
    expected: {},
    contract: data.contract ?? null,
    openedAt: isoTime(data.at),
    closedAt: null,
    updatedAt: isoTime(data.at),
  };
}

function exited(row: TradeRow, { type, data }: Exit): TradeRow {
  const quantity = decimal(data.quantity);
  const value = multiply(decimal(data.price), quantity);
  const paid = add(decimal(row.fees[data.feeCurrency] ?? '0'), decimal(data.feeAmount));
  const fees = { ...row.fees, [data.feeCurrency]: formatDecimal(paid) };
  const realised = add(decimal(row.realised), decimal(data.realisedPnl));
  const net = subtract(realised, decimal(fees[row.currency] ?? '0'));
  const expected = row.expected[data.orderId];
  const worse =
    expected === undefined ? ZERO : betterBy(row.side, decimal(expected), decimal(data.price));
  const isClosed = type === 'PositionClosed';
  const after = seen(row, data.price);
  // Who left by somebody else's order: no stop says what had been until then.
  const isDecided = row.closedByStop !== null && data.orderId.startsWith(`${row.closedByStop}-`);
  return {
    ...after,
    ...(isClosed && isDecided && reachOf(after)),
    status: isClosed ? 'closed' : 'open',
    exitQuantity: formatDecimal(add(decimal(row.exitQuantity), quantity)),
    exitValue: formatDecimal(add(decimal(row.exitValue), value)),
    realised: formatDecimal(realised),
    fees,
    net: formatDecimal(net),
    rMultiple: isClosed && row.initialRisk !== null ? ratio(net, decimal(row.initialRisk)) : null,
    slippage: formatDecimal(add(decimal(row.slippage), multiply(worse, quantity))),
    closedAt: isClosed ? isoTime(data.at) : null,
  };
}

function watched(row: TradeRow, event: StopFact): TradeRow {
  const known = event.data.track.extreme === null ? row : seen(row, event.data.track.extreme);
  switch (event.type) {
    case 'StopArmed': {
      const { reference, plan } = event.data;
      const armed = plan.confirm === 'double' ? unwatched(known) : known;
      return withRisk(reference ? seen(armed, reference.price) : armed, event);
    }
    case 'StopActivated':
      return withRisk(seen(known, event.data.cause.price), event);
    case 'StopTargetHit':
      return fired(known, event, { closedBy: 'target', level: null });
    case 'StopTriggered':
      return fired(known, event, { closedBy: event.data.branch, level: meantPrice(event) });
    case 'StopCancelled':
      return row.status === 'open' ? unwatched(known) : known;
    case 'StopClosed':
      return known;
  }
}

/** What the exit is held against: a stop that did not fire by its price says nothing of it, the market as it was does. */
function meantPrice({ data }: StopTriggered): DecimalText | null {
  switch (data.branch) {
    case 'stop':
      return data.track.level;
    case 'target':
      return null;
    case 'timeStop':
    case 'sessionEnd':
    case 'command':
      return data.cause?.price ?? null;
  }
}

function fired(
  row: TradeRow,
  { type, data }: StopTargetHit | StopTriggered,
  by: { readonly closedBy: TriggerBranch; readonly level: DecimalText | null },
): TradeRow {
  const { track } = data;
  const known = data.cause ? seen(row, data.cause.price) : row;
  // At a level that never moved the first price beyond it is the one that fired.
  const isFirstLevel = track.trailMoves === 0 && track.level === row.initialStop;
  const isBest = track.extreme !== null || by.closedBy === 'target';
  const isWorst = type === 'StopTriggered' && by.closedBy === 'stop' && isFirstLevel;
  return {
    ...known,
    pricesSeen: { ...known.pricesSeen, isBest, isWorst },
    closedByStop: data.stopId,
    closedBy: by.closedBy,
    expected:
      by.level === null ? row.expected : { ...row.expected, [data.order.orderId]: by.level },
  };
}

/** The first level that any stop of the trade had is what was risked. */
function withRisk(row: TradeRow, { data: { track } }: StopArmed | StopActivated): TradeRow {
  if (row.initialStop !== null || track.level === null) return row;
  const quantity = decimal(row.quantity);
  const contract = row.contract ?? undefined;
  const out = exitSide(row.side);
  const lost = negate(
    add(
      tradeFlow(contract, out === 'sell' ? 'buy' : 'sell', {
        quantity,
        price: decimal(row.entryPrice),
      }),
      tradeFlow(contract, out, { quantity, price: decimal(track.level) }),
    ),
  );
  return {
    ...row,
    initialStop: track.level,
    initialRisk: lost.units > 0n ? formatDecimal(lost) : null,
  };
}

const UNKNOWN_REACH = {
  bestPrice: null,
  worstPrice: null,
  maxFavourable: null,
  maxAdverse: null,
} as const;

/** The market goes on without a decision: what was known of it holds no longer. */
function undecided(row: TradeRow): TradeRow {
  const pricesSeen = { ...row.pricesSeen, isBest: false, isWorst: false };
  return { ...row, ...UNKNOWN_REACH, pricesSeen };
}

function unwatched(row: TradeRow): TradeRow {
  return { ...row, pricesSeen: { ...row.pricesSeen, isWatched: false } };
}

/** How far the market went while the trade was open, where that is known. */
function reachOf({ side, entryPrice, pricesSeen }: TradeRow) {
  const { best, worst, isBest, isWorst, isWatched } = pricesSeen;
  const entry = decimal(entryPrice);
  const favourable = isWatched &&
    isBest && {
      bestPrice: best,
      maxFavourable: formatDecimal(betterBy(side, decimal(best), entry)),
    };
  const adverse = isWatched &&
    isWorst && {
      worstPrice: worst,
      maxAdverse: formatDecimal(betterBy(side, entry, decimal(worst))),
    };
  return { ...UNKNOWN_REACH, ...favourable, ...adverse };
}

function seen(row: TradeRow, price: DecimalText): TradeRow {
  const { side, pricesSeen } = row;
  const at = decimal(price);
  const best = isBetter(side, at, decimal(pricesSeen.best)) ? price : pricesSeen.best;
  const worst = isBetter(side, decimal(pricesSeen.worst), at) ? price : pricesSeen.worst;
  if (best === pricesSeen.best && worst === pricesSeen.worst) return row;
  return { ...row, pricesSeen: { ...pricesSeen, best, worst } };
}

function isBetter(side: PositionSide, left: Decimal, right: Decimal): boolean {
  return compare(left, right) === (side === 'long' ? 1 : -1);
}

/** How much better `left` is than `right` for who holds this side. */
function betterBy(side: PositionSide, left: Decimal, right: Decimal): Decimal {
  return side === 'long' ? subtract(left, right) : subtract(right, left);
}

function ratio(net: Decimal, risk: Decimal): DecimalText {
  return formatDecimal(roundedQuotient(net, risk, R_SCALE));
}
