import { tradeFlow } from '../kernel/contract.js';
import type { Contract } from '../kernel/contract.js';
import type { Fold } from '../kernel/decider.js';
import { add, compare, decimal, formatDecimal, isZero, subtract } from '../kernel/decimal.js';
import type { Decimal } from '../kernel/decimal.js';
import type { Stamp } from '../kernel/event.js';
import { exitSide } from '../kernel/units.js';
import type { Currency, DecimalText, OrderId, PositionSide, UnixMs } from '../kernel/units.js';
import { costAfter, enteringFlow, shareOfCost } from './position-cost.js';
import type {
  EntryFill,
  PositionEvent,
  PositionExit,
  PositionOpened,
  PositionReconciled,
  PositionRestated,
} from './position.events.js';

export interface KnownPosition {
  readonly status: 'open' | 'closed';
  readonly stamp: Stamp;
  readonly side: PositionSide;
  /** What is still open. */
  readonly quantity: DecimalText;
  readonly entryPrice: DecimalText;
  readonly quoteCurrency: Currency;
  readonly contract?: Contract;
  /** Cash that what is open cost, below zero when paid. Missing: it came in at one price. */
  readonly cost?: DecimalText;
  /** Venue trade ids that have already counted. */
  readonly venueTradeIds: ReadonlySet<string>;
  /** When the venue's book last took something out of it. */
  readonly reconciledAtMs?: UnixMs;
}

// Shared by all positions without a fill: most have none for most of their life.
const NO_FILLS: ReadonlySet<string> = new Set();

export type PositionState = { readonly status: 'absent' } | KnownPosition;

/** A fill of one of the position's orders. */
export interface ExitFill extends EntryFill {
  readonly orderId: OrderId;
  readonly quantity: DecimalText;
  readonly price: DecimalText;
}

/** What a fill makes of the position, or undefined when it has counted already. */
export function exitBy(position: KnownPosition, fill: ExitFill): PositionExit | undefined {
  if (position.venueTradeIds.has(fill.venueTradeId)) return undefined;
  const open = decimal(position.quantity);
  const quantity = decimal(fill.quantity);
  if (compare(quantity, open) > 0) {
    throw new Error(
      `Invariant: an exit never exceeds the open quantity, found ${fill.quantity} of ${position.quantity}`,
    );
  }
  return {
    side: position.side,
    ...fill,
    entryPrice: position.entryPrice,
    remainingQuantity: formatDecimal(subtract(open, quantity)),
    quoteCurrency: position.quoteCurrency,
    ...(position.contract && { contract: position.contract }),
    realisedPnl: formatDecimal(realisedBy(position, fill)),
  };
}

/** What a fill of an entry makes of a position that is known, or undefined when it has counted already. */
export function increaseBy(position: KnownPosition, fill: ExitFill) {
  if (position.venueTradeIds.has(fill.venueTradeId)) return undefined;
  const { side, quoteCurrency, contract } = position;
  const { openQuantity, entryPrice } = costAfter(position, fill);
  return {
    side,
    ...fill,
    openQuantity,
    entryPrice,
    quoteCurrency,
    ...(contract && { contract }),
  };
}

/** What the part that leaves brought when it came in and when it goes out. */
function realisedBy(position: KnownPosition, fill: ExitFill): Decimal {
  const { side, contract } = position;
  const trade = { quantity: decimal(fill.quantity), price: decimal(fill.price) };
  return add(
    shareOfCost(position, fill.quantity) ?? enteringFlow(position, fill.quantity),
    tradeFlow(contract, exitSide(side), trade),
  );
}

export function isFlatAfter(exit: PositionExit): boolean {
  return isZero(decimal(exit.remainingQuantity));
}

function evolve(before: PositionState, event: PositionEvent): PositionState {
  if (event.type === 'PositionOpened') return opened(event);
  if (before.status === 'absent')
    throw new Error('Invariant: a position stream begins with PositionOpened');
  if (event.type === 'PositionReconciled') return reconciled(before, event.data);
  if (event.type === 'PositionRestated') return restated(before, event.data);
  const venueTradeIds = new Set([...before.venueTradeIds, event.data.venueTradeId]);
  if (event.type === 'PositionIncreased') {
    const { cost } = costAfter(before, event.data);
    const { entryPrice, openQuantity } = event.data;
    return { ...before, status: 'open', quantity: openQuantity, entryPrice, cost, venueTradeIds };
  }
  return {
    ...before,
    status: event.type === 'PositionClosed' ? 'closed' : before.status,
    quantity: event.data.remainingQuantity,
    ...costWithout(before, event.data.quantity),
    venueTradeIds,
  };
}

function costWithout(before: KnownPosition, quantity: DecimalText) {
  const share = shareOfCost(before, quantity);
  if (!share || before.cost === undefined) return {};
  return { cost: formatDecimal(subtract(decimal(before.cost), share)) };
}

function reconciled(
  before: KnownPosition,
  { openQuantity, reducedBy, at }: PositionReconciled['data'],
): KnownPosition {
  return {
    ...before,
    status: isZero(decimal(openQuantity)) ? 'closed' : before.status,
    quantity: openQuantity,
    ...costWithout(before, reducedBy),
    reconciledAtMs: at,
  };
}

function restated(before: KnownPosition, data: PositionRestated['data']): KnownPosition {
  return {
    ...before,
    stamp: { ...before.stamp, instrumentVersion: data.instrumentVersion },
    quantity: data.openQuantity,
    entryPrice: data.entryPrice,
    // Exact, where the price of a unit may have been rounded.
    cost: before.cost ?? formatDecimal(enteringFlow(before, before.quantity)),
  };
}

function opened({ data }: PositionOpened): KnownPosition {
  const { accountId, instrumentId, instrumentVersion, positionId, mode, rules, input, at } = data;
  return {
    status: 'open',
    stamp: { accountId, instrumentId, instrumentVersion, positionId, mode, rules, input, at },
    side: data.side,
    quantity: data.quantity,
    entryPrice: data.entryPrice,
    quoteCurrency: data.quoteCurrency,
    ...(data.contract && { contract: data.contract }),
    venueTradeIds: data.origin === 'fill' ? new Set([data.fill.venueTradeId]) : NO_FILLS,
  };
}

export const positionFold: Fold<PositionState, PositionEvent> = {
  initialState: { status: 'absent' },
  evolve,
};
