import { tradeFlow } from '../kernel/contract.js';
import type { Contract } from '../kernel/contract.js';
import type { Fold } from '../kernel/decider.js';
import { add, compare, decimal, formatDecimal, isZero, subtract } from '../kernel/decimal.js';
import type { Stamp } from '../kernel/event.js';
import { exitSide } from '../kernel/units.js';
import type { Currency, DecimalText, OrderId, PositionSide } from '../kernel/units.js';
import type { PositionEvent, PositionExit } from './position.events.js';

export interface KnownPosition {
  readonly status: 'open' | 'closed';
  readonly stamp: Stamp;
  readonly side: PositionSide;
  /** What is still open. */
  readonly quantity: DecimalText;
  readonly entryPrice: DecimalText;
  readonly quoteCurrency: Currency;
  readonly contract?: Contract;
  /** Venue trade ids that already reduced it. */
  readonly venueTradeIds: ReadonlySet<string>;
}

// Shared by all positions without a fill: most have none for most of their life.
const NO_FILLS: ReadonlySet<string> = new Set();

export type PositionState = { readonly status: 'absent' } | KnownPosition;

/** A fill of one of the position's exits. */
export interface ExitFill {
  readonly orderId: OrderId;
  readonly venueTradeId: string;
  readonly quantity: DecimalText;
  readonly price: DecimalText;
  readonly feeAmount: DecimalText;
  readonly feeCurrency: Currency;
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

/** What the part that leaves brought when it came in and when it goes out. */
function realisedBy({ side, entryPrice, contract }: KnownPosition, fill: ExitFill) {
  const quantity = decimal(fill.quantity);
  const leaving = exitSide(side);
  const entering = leaving === 'sell' ? 'buy' : 'sell';
  return add(
    tradeFlow(contract, entering, { quantity, price: decimal(entryPrice) }),
    tradeFlow(contract, leaving, { quantity, price: decimal(fill.price) }),
  );
}

export function isFlatAfter(exit: PositionExit): boolean {
  return isZero(decimal(exit.remainingQuantity));
}

function evolve(before: PositionState, event: PositionEvent): PositionState {
  if (event.type === 'PositionOpened') {
    const { accountId, instrumentId, instrumentVersion, positionId, mode, rules, input, at } =
      event.data;
    return {
      status: 'open',
      stamp: { accountId, instrumentId, instrumentVersion, positionId, mode, rules, input, at },
      side: event.data.side,
      quantity: event.data.quantity,
      entryPrice: event.data.entryPrice,
      quoteCurrency: event.data.quoteCurrency,
      ...(event.data.contract && { contract: event.data.contract }),
      venueTradeIds: NO_FILLS,
    };
  }
  if (before.status === 'absent')
    throw new Error('Invariant: a position stream begins with PositionOpened');
  return {
    ...before,
    status: event.type === 'PositionClosed' ? 'closed' : before.status,
    quantity: event.data.remainingQuantity,
    venueTradeIds: new Set([...before.venueTradeIds, event.data.venueTradeId]),
  };
}

export const positionFold: Fold<PositionState, PositionEvent> = {
  initialState: { status: 'absent' },
  evolve,
};
