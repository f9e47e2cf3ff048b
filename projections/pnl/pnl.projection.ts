import type { CashMoved } from '../../src/domain/account/accounting.events.js';
import { invariant } from '../../src/domain/kernel/assert.js';
import { settlementOf } from '../../src/domain/kernel/contract.js';
import type { Contract } from '../../src/domain/kernel/contract.js';
import { ZERO, addedTo, decimal, formatDecimal, negate } from '../../src/domain/kernel/decimal.js';
import type { Decimal } from '../../src/domain/kernel/decimal.js';
import type { Recorded } from '../../src/domain/kernel/event.js';
import type { Currency, DecimalText, UnixMs } from '../../src/domain/kernel/units.js';
import { openQuantity, splitBook } from '../../src/domain/pnl/cost-book.js';
import type { CostBasis, CostBook } from '../../src/domain/pnl/cost-book.js';
import { entering, filling, isPaidInKind, leaving } from '../../src/domain/pnl/position-trade.js';
import type { PositionFill, PositionTrade } from '../../src/domain/pnl/position-trade.js';
import type { PositionEvent, PositionRestated } from '../../src/domain/position/position.events.js';
import { isoTime, remembered, utcDay, utcWeek } from '../projection.js';
import type { Projection } from '../projection.js';

/** What is held, counted in both ways, so that the account's setting may change without a rebuild. */
export interface Holding {
  readonly fifo: CostBook;
  readonly average: CostBook;
  readonly contract: Contract | null;
  /** Version of the instrument by whose split it was restated; missing: by none. */
  readonly split?: number;
}

/**
 * Answers: what was really earned, per account, instrument and currency, in all and by day and week (UTC)? Nothing is
 * converted: a fee in a currency of its own stands in a row of its own. A fee paid in what was bought is a sale of that
 * much at the fill's price, and counts in the currency of the price. Cash of a statement counts when it was booked.
 * Read by: the API's P&L, which picks the account's cost basis and adds what is unrealised at the last price.
 */
export interface PnlRow {
  /** `<account>|<instrument>|<currency>|<span>`, for a day or week with its first day behind. */
  readonly pnlId: string;
  readonly accountId: string;
  /** Null for cash that belongs to no instrument. */
  readonly instrumentId: string | null;
  readonly currency: Currency;
  readonly span: 'all' | 'day' | 'week';
  /** First day; null for `all`. */
  readonly startsOn: string | null;
  /** Before fees, the oldest sold first. */
  readonly realisedFifo: DecimalText;
  /** Before fees, at average cost. */
  readonly realisedAverage: DecimalText;
  /** Above zero was paid. */
  readonly fees: DecimalText;
  readonly funding: DecimalText;
  readonly dividends: DecimalText;
  readonly exits: number;
  /** Positions that became flat. */
  readonly closedTrades: number;
  /** Below zero for a short; null but in the row of all time. */
  readonly openQuantity: DecimalText | null;
  readonly holding: Holding | null;
  readonly updatedAt: string;
}

type PnlFact = PositionEvent | CashMoved;

/** What one fact adds to a row. */
interface Gain {
  readonly fifo: Decimal;
  readonly average: Decimal;
  readonly fees: Decimal;
  readonly funding: Decimal;
  readonly dividends: Decimal;
  readonly exits: number;
  readonly closedTrades: number;
  /** As it is after the fact; undefined when it does not concern the row's currency. */
  readonly holding?: Holding;
}

const NOTHING_HELD: Holding = { fifo: [], average: [], contract: null };
const NOTHING: Gain = {
  fifo: ZERO,
  average: ZERO,
  fees: ZERO,
  funding: ZERO,
  dividends: ZERO,
  exits: 0,
  closedTrades: 0,
};

export const pnl: Projection<PnlFact, PnlRow> = {
  name: 'pnl',
  version: 11,
  key: 'pnlId',
  consumes: {
    PositionOpened: true,
    PositionIncreased: true,
    PositionReduced: true,
    PositionReconciled: true,
    PositionRestated: true,
    PositionClosed: true,
    CashMoved: true,
  },
  keyOf: ({ event }) => {
    const { at } = event.data;
    if (event.type !== 'CashMoved') {
      return currenciesOf(event).flatMap((currency) => keysOf(stemOf(event.data, currency), at));
    }
    const { kind, currency, bookedAtMs } = event.data;
    if (kind === 'deposit' || kind === 'withdrawal') return [];
    // A statement may be entered days later: the figure belongs to the day that the broker booked it on.
    return keysOf(stemOf(event.data, currency), bookedAtMs);
  },
  evolve: (row, recorded, key, before) => {
    const gain = gainOf(recorded, key, before);
    return added(row ?? emptyRow(key), gain, recorded.event.data.at);
  },
};

/** The currency in which profit arises, then that of a fee which counts by itself. */
function currenciesOf(event: PositionEvent): readonly Currency[] {
  const { contract, quoteCurrency } = event.data;
  const settlement = settlementOf(contract, quoteCurrency);
  const fill = fillOf(event);
  if (!fill || fill.feeCurrency === settlement || isPaidInKind(fill)) return [settlement];
  return [settlement, fill.feeCurrency];
}

/**
 * The fill behind a fact; undefined for a position that was declared or adopted, and for a split. What is gone at a price
 * that nobody told left at its entry, without a fee.
 */
function fillOf({ type, data }: PositionEvent): PositionFill | undefined {
  switch (type) {
    case 'PositionRestated':
      return undefined;
    case 'PositionReconciled': {
      const nothing = { feeAmount: '0' as DecimalText, feeCurrency: data.quoteCurrency };
      return filled(data, { quantity: data.reducedBy, price: data.entryPrice, ...nothing });
    }
    case 'PositionOpened':
      if (data.origin !== 'fill') return undefined;
      return filled(data, {
        quantity: data.quantity,
        price: data.entryPrice,
        feeAmount: data.fill.feeAmount,
        feeCurrency: data.fill.feeCurrency,
      });
    default:
      return data;
  }
}

function filled(
  { side, quoteCurrency, contract }: PositionEvent['data'],
  { quantity, price, feeAmount, feeCurrency }: Omit<PositionFill, 'side' | 'quoteCurrency'>,
): PositionFill {
  const fill = { side, quantity, price, feeAmount, feeCurrency, quoteCurrency };
  return contract === undefined ? fill : { ...fill, contract };
}

function stemOf(
  { accountId, instrumentId }: { accountId: string; instrumentId: string | null },
  currency: Currency,
): string {
  return `${accountId}|${instrumentId ?? ''}|${currency}`;
}

function keysOf(stem: string, at: UnixMs): readonly string[] {
  return [allKey(stem), `${stem}|day|${utcDay(at)}`, `${stem}|week|${utcWeek(at)}`];
}

/** Of the row that keeps what is held. */
function allKey(stem: string): string {
  return `${stem}|all`;
}

function emptyRow(pnlId: string): PnlRow {
  const [accountId = '', instrumentId = '', currency = '', span = '', startsOn] = pnlId.split('|');
  const none = '0' as DecimalText;
  return {
    pnlId,
    accountId,
    instrumentId: instrumentId === '' ? null : instrumentId,
    currency,
    span: span as PnlRow['span'],
    startsOn: startsOn ?? null,
    realisedFifo: none,
    realisedAverage: none,
    fees: none,
    funding: none,
    dividends: none,
    exits: 0,
    closedTrades: 0,
    openQuantity: null,
    holding: null,
    updatedAt: '',
  };
}

function gainOf(
  { event }: Recorded<PnlFact>,
  key: string,
  before: (key: string) => PnlRow | undefined,
): Gain {
  if (event.type === 'CashMoved') return ofCash(event);
  const [settlement = ''] = currenciesOf(event);
  const isFeeRow = key.split('|')[2] !== settlement;
  if (isFeeRow) return feeAlone(event);
  const held = before(allKey(stemOf(event.data, settlement)))?.holding ?? NOTHING_HELD;
  if (event.type === 'PositionRestated') return { ...NOTHING, holding: restated(held, event) };
  return tradeOnce(event, held);
}

function feeAlone(event: PositionEvent): Gain {
  const fill = fillOf(event);
  return fill ? { ...NOTHING, fees: decimal(fill.feeAmount) } : NOTHING;
}

function tradeOf(event: Exclude<PositionEvent, PositionRestated>, held: Holding): Gain {
  const isEntry = event.type === 'PositionOpened' || event.type === 'PositionIncreased';
  const trade = (basis: CostBasis): PositionTrade => {
    if (event.type === 'PositionOpened' && event.data.origin !== 'fill') {
      return entering(held[basis], event.data, basis);
    }
    const fill = fillOf(event);
    invariant(fill !== undefined, `a position changes by fills, found ${event.type}`);
    return (isEntry ? filling : leaving)(held[basis], fill, basis);
  };
  const oldest = trade('fifo');
  const equal = trade('average');
  return {
    fifo: oldest.realised,
    average: equal.realised,
    fees: oldest.fees,
    funding: ZERO,
    dividends: ZERO,
    exits: event.type === 'PositionReduced' || event.type === 'PositionClosed' ? 1 : 0,
    closedTrades: event.type === 'PositionClosed' ? 1 : 0,
    holding: {
      fifo: oldest.book,
      average: equal.book,
      contract: event.data.contract ?? held.contract,
      ...(held.split !== undefined && { split: held.split }),
    },
  };
}

// The rows of a day and a week gain what the row of all time does.
const tradeOnce = remembered(tradeOf);

/** The positions of an instrument share what is held: the first that a split restates speaks for all. */
function restated(held: Holding, { data }: PositionRestated): Holding {
  const { ratio, instrumentVersion } = data;
  if (held.split === instrumentVersion) return held;
  const [fifo, average] = [splitBook(held.fifo, ratio), splitBook(held.average, ratio)];
  return { ...held, fifo, average, split: instrumentVersion };
}

function ofCash({ data: { kind, amount } }: CashMoved): Gain {
  const moved = decimal(amount);
  return {
    ...NOTHING,
    fees: kind === 'fee' ? negate(moved) : ZERO,
    funding: kind === 'funding' ? moved : ZERO,
    dividends: kind === 'dividend' ? moved : ZERO,
  };
}

function added(row: PnlRow, gain: Gain, at: UnixMs): PnlRow {
  const { holding } = gain;
  const isHolder = row.span === 'all' && holding !== undefined;
  // Key by key: to spread a row and replace half of it takes fifty times as long.
  return {
    pnlId: row.pnlId,
    accountId: row.accountId,
    instrumentId: row.instrumentId,
    currency: row.currency,
    span: row.span,
    startsOn: row.startsOn,
    realisedFifo: addedTo(row.realisedFifo, gain.fifo),
    realisedAverage: addedTo(row.realisedAverage, gain.average),
    fees: addedTo(row.fees, gain.fees),
    funding: addedTo(row.funding, gain.funding),
    dividends: addedTo(row.dividends, gain.dividends),
    exits: row.exits + gain.exits,
    closedTrades: row.closedTrades + gain.closedTrades,
    // Both books hold as much; this one is a single lot, however many entries there were.
    openQuantity: isHolder ? formatDecimal(openQuantity(holding.average)) : row.openQuantity,
    holding: isHolder ? holding : row.holding,
    updatedAt: isoTime(at),
  };
}
