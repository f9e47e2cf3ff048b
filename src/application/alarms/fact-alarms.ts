import type { Fact } from '../../domain/facts.js';
import type { EngineLagged } from '../../domain/engine-run/engine-run.events.js';
import type { FeedStale } from '../../domain/feed/feed.events.js';
import { compare, decimal, isZero } from '../../domain/kernel/decimal.js';
import type { OrderId, PositionId, StopId } from '../../domain/kernel/units.js';
import { isExit, isSplitPair } from '../../domain/order/order-state.js';
import type { KnownOrder } from '../../domain/order/order-state.js';
import type {
  OrderCancelled,
  OrderExpired,
  OrderFill,
  OrderFilled,
  OrderPartiallyFilled,
} from '../../domain/order/order.events.js';
import type { HoldReason } from '../../domain/stop/stop.events.js';
import type { Oversold } from '../../engine/oversold.js';
import { CUT_DOWN } from '../settling-broker.js';
import type { AlarmDesk } from './alarm-desk.js';
import { priceWords } from './price-words.js';

/** What the engine knows after a fact. */
export interface KnownAfter {
  readonly orders: Pick<ReadonlyMap<OrderId, KnownOrder>, 'get'>;
  /** Whether the exit that an order is an attempt of is held, sent again or on its way by another. */
  readonly goesOn: (orderId: OrderId) => boolean;
  /** Whether an exit of a stop is on its way: it takes back what rests for it. */
  readonly isLeaving: (stopId: StopId) => boolean;
  /** Whether nothing is open of a position any more. */
  readonly isFlat: (positionId: PositionId) => boolean;
  /** What of the fact's fill was not open any more. */
  readonly oversold: (fact: Fact) => Oversold | undefined;
}

/** Raises and clears what a durable fact calls for. */
export function alarmOf(desk: AlarmDesk, fact: Fact, known: KnownAfter): void {
  oversoldAlarm(desk, known.oversold(fact));
  if ('feed' in fact.data) feedAlarm(desk, fact);
  else if (isEnd(fact)) endAlarm(desk, fact, known);
  else if (fact.type.startsWith('Position')) positionAlarm(desk, fact, known);
  else if ('orderId' in fact.data) orderAlarm(desk, fact, known);
  else if ('stopId' in fact.data) stopAlarm(desk, fact, known);
  else tradingAlarm(desk, fact);
}

function oversoldAlarm(desk: AlarmDesk, oversold: Oversold | undefined): void {
  if (!oversold) return;
  const { orderId, venueTradeId, quantity, price } = oversold;
  const text = `${orderId} has taken ${quantity} at ${price} (trade ${venueTradeId}) beyond what was open of its position: something else of the account has left, or a position the other way was opened`;
  desk.raise('OVERSOLD', orderId, text);
}

function positionAlarm(desk: AlarmDesk, fact: Fact, { orders }: KnownAfter): void {
  switch (fact.type) {
    case 'PositionReduced':
    case 'PositionClosed': {
      const { orderId, positionId, quantity, price } = fact.data;
      if (orders.get(orderId)) return;
      const text = `${orderId}, which is in no log of ours, has taken ${quantity} at ${price} out of ${positionId}`;
      desk.raise('FILL_DISPUTED', orderId, text);
      return;
    }
    case 'PositionReconciled': {
      const { positionId, previousQuantity, openQuantity } = fact.data;
      const text = `${positionId} is ${openQuantity} at the venue, not ${previousQuantity}; ours follows`;
      desk.raise('POSITION_RECONCILED', positionId, text);
      return;
    }
    case 'PositionOpened': {
      if (fact.data.origin !== 'adopted') return;
      const { positionId, instrumentId, side, quantity } = fact.data;
      const text = `${positionId}: ${side} ${quantity} of ${instrumentId} was found at the venue and adopted`;
      desk.raise('POSITION_ADOPTED', positionId, text);
      return;
    }
    default:
      return;
  }
}

function stopAlarm(desk: AlarmDesk, fact: Fact, { isFlat }: KnownAfter): void {
  switch (fact.type) {
    case 'StopSuspended':
      desk.raise('STOP_SUSPENDED', fact.data.stopId, suspendedText(fact.data.stopId));
      return;
    case 'StopResumed':
      desk.clear('STOP_SUSPENDED', fact.data.stopId, `${fact.data.stopId} guards again`);
      return;
    case 'StopCancelled':
      desk.clear('STOP_SUSPENDED', fact.data.stopId, `${fact.data.stopId} was cancelled`);
      desk.clear('INSURANCE_ABSENT', fact.data.stopId, `${fact.data.stopId} was cancelled`);
      return;
    case 'StopExitHeld':
      desk.raise('EXIT_HELD', fact.data.stopId, heldText(fact.data));
      return;
    case 'StopExitReleased':
      desk.clear('EXIT_HELD', fact.data.stopId, `the exit of ${fact.data.stopId} goes on`);
      return;
    case 'StopClosed': {
      const { stopId, positionId, unfilledQuantity } = fact.data;
      desk.clear('INSURANCE_ABSENT', stopId, `${stopId} is settled`);
      // What another engine's exit, or another hand, has closed is not left open.
      if (isZero(decimal(unfilledQuantity)) || isFlat(positionId)) return;
      desk.raise(
        'EXIT_UNFILLED',
        stopId,
        `${stopId} is settled with ${unfilledQuantity} unfilled: that is not closed`,
      );
      return;
    }
    default:
      return;
  }
}

export function suspendedText(stopId: string): string {
  return `${stopId} suspended: what it guards is unprotected`;
}

export function heldText(held: {
  readonly stopId: string;
  readonly quantity: string;
  readonly reason: HoldReason;
}): string {
  return `${held.quantity} of ${held.stopId} cannot leave now (${held.reason}): it waits, unprotected`;
}

export function unclearText(orderId: string, unclear: string): string {
  return `${orderId} unclear: ${unclear}; looking it up`;
}

function orderAlarm(desk: AlarmDesk, fact: Fact, { goesOn, orders }: KnownAfter): void {
  if (isInsurance(fact)) insuranceAlarm(desk, fact, orders);
  switch (fact.type) {
    case 'OrderUnknown':
      desk.raise(
        'ORDER_UNCLEAR',
        fact.data.orderId,
        unclearText(fact.data.orderId, fact.data.unclear),
      );
      return;
    case 'OrderRejected': {
      if (isInsurance(fact)) return;
      const { orderId, stopId, reason, venueText } = fact.data;
      const text = `${orderId} refused: ${reason} (${venueText})`;
      refused(desk, { orderId, stopId, text, goesOn: goesOn(orderId) });
      return;
    }
    case 'OrderDenied': {
      if (isInsurance(fact)) return;
      const { orderId, stopId, reason, rule } = fact.data;
      // Nothing is left open: what closed the position has been told.
      if (reason === 'position-closed') {
        desk.clear('ORDER_UNCLEAR', orderId, `${orderId} has nothing left to close`);
        return;
      }
      const text = `${orderId} kept back: ${reason} (${rule})`;
      refused(desk, { orderId, stopId, text, goesOn: goesOn(orderId) });
      return;
    }
    case 'OrderAcked':
    case 'OrderPartiallyFilled':
    case 'OrderFilled':
      desk.clear('ORDER_UNCLEAR', fact.data.orderId, `the venue spoke of ${fact.data.orderId}`);
      return;
    case 'FillDisputed': {
      const { orderId, venueTradeId, quantity } = fact.data;
      desk.raise(
        'FILL_DISPUTED',
        orderId,
        `${orderId} was reported a fill that does not fit: trade ${venueTradeId} of ${quantity}`,
      );
      return;
    }
    default:
      return;
  }
}

function isEnd(fact: Fact): fact is OrderCancelled | OrderExpired {
  return fact.type === 'OrderCancelled' || fact.type === 'OrderExpired';
}

/** Whoever takes an exit back at the venue wants something that we do not know: a human is asked at the first time. */
function endAlarm(desk: AlarmDesk, fact: OrderCancelled | OrderExpired, known: KnownAfter): void {
  const { orderId, remainingQuantity, reason } = fact.data;
  desk.clear('ORDER_UNCLEAR', orderId, `the venue spoke of ${orderId}`);
  const order = known.orders.get(orderId);
  if (!order || !isExit(order) || order.isCancelRequested) return;
  if (isZero(decimal(remainingQuantity)) || reason.includes(CUT_DOWN)) return;
  if (order.insures) {
    // Where its target has traded, that is told, and that the stop has ended with it.
    if (known.isLeaving(order.stopId) || isSplitPair(order)) return;
    const text = `${orderId}, which rested at the venue behind ${order.stopId}, was ended there, not by us (${reason}): only the engine guards until it is placed again, after a minute`;
    desk.raise('INSURANCE_ABSENT', order.stopId, text);
    return;
  }
  if (fact.type === 'OrderExpired') return;
  const text = `${orderId} was ended at the venue with ${remainingQuantity} unfilled, not by us (${reason}); its stop goes on`;
  desk.raise('EXIT_CANCELLED', orderId, text);
}

/** Ordinals of exits are small; those of stops that rest at the venue are counted from the other end. */
const INSURANCE_ID = /-[r-z][0-9a-z]{3}$/;

function isInsurance({ data }: Fact): boolean {
  return (
    'orderId' in data && 'stopId' in data && data.stopId !== null && INSURANCE_ID.test(data.orderId)
  );
}

function insuranceAlarm(desk: AlarmDesk, fact: Fact, orders: KnownAfter['orders']): void {
  switch (fact.type) {
    case 'OrderRejected':
    case 'OrderDenied': {
      const why = fact.type === 'OrderDenied' ? fact.data.rule : fact.data.venueText;
      const text = `no stop rests at the venue behind ${fact.data.stopId}: ${fact.data.reason} (${why})`;
      desk.raise('INSURANCE_ABSENT', fact.data.stopId ?? '', text);
      return;
    }
    case 'OrderAcked':
      desk.clear('INSURANCE_ABSENT', fact.data.stopId ?? '', `${fact.data.orderId} rests`);
      return;
    case 'OrderFilled':
    case 'OrderPartiallyFilled': {
      const { orderId, quantity, price } = fact.data;
      if (isAtTarget(orders.get(orderId), fact.data)) {
        const text = `the target of ${orderId}, which rested at the venue, has taken ${quantity} out at ${price}${restText(fact)}`;
        desk.raise('INSURANCE_TARGET_HIT', orderId, text);
        return;
      }
      const text = `${orderId}, which rested at the venue, has sold or bought ${quantity} at ${price}`;
      desk.raise('INSURANCE_FIRED', orderId, text);
      return;
    }
    default:
      return;
  }
}

/** A target never gives less than its price, and the stop beside it lies on the other side of the market. */
function isAtTarget(order: KnownOrder | undefined, fill: OrderFill): boolean {
  if (order?.targetPrice === undefined) return false;
  const ahead = compare(decimal(fill.price), decimal(order.targetPrice));
  return order.side === 'sell' ? ahead >= 0 : ahead <= 0;
}

function restText(fact: OrderFilled | OrderPartiallyFilled): string {
  if (fact.type === 'OrderFilled') return '';
  return `: the stop beside it has ended, and what is left (${fact.data.remainingQuantity}) has none there until it is placed anew`;
}

interface Refused {
  readonly orderId: OrderId;
  readonly stopId: string | null;
  readonly text: string;
  readonly goesOn: boolean;
}

/** An exit that is refused for good leaves a position open; an entry that is refused opens none. */
function refused(desk: AlarmDesk, { orderId, stopId, text, goesOn }: Refused): void {
  desk.clear('ORDER_UNCLEAR', orderId, `${orderId} is refused`);
  // Whoever closed by hand what is to be sent again would close it twice.
  if (stopId !== null && goesOn) return;
  desk.raise(stopId === null ? 'ENTRY_REFUSED' : 'ORDER_REFUSED', orderId, text);
}

function tradingAlarm(desk: AlarmDesk, fact: Fact): void {
  switch (fact.type) {
    case 'TradingHalted':
      desk.raise('TRADING_HALTED', fact.data.accountId, haltedText(fact.data.accountId));
      return;
    case 'KillSwitchPulled': {
      const { accountId, reason } = fact.data;
      desk.raise('KILL_SWITCH_PULLED', accountId, `everything of ${accountId} leaves: ${reason}`);
      desk.raise('TRADING_HALTED', accountId, haltedText(accountId));
      return;
    }
    case 'TradingResumed': {
      const { accountId } = fact.data;
      desk.clear('TRADING_HALTED', accountId, `account ${accountId} may enter again`);
      return;
    }
    case 'EngineLagged':
      lagAlarm(desk, fact.data);
      return;
    default:
      return;
  }
}

function lagAlarm(desk: AlarmDesk, { isLagging, queued, recordIntervalMs }: LagData): void {
  const about = 'engine';
  if (!isLagging) {
    desk.clear('ENGINE_LAGGED', about, 'the log has caught up');
    return;
  }
  const text = `${queued} decisions wait for the log: moves are recorded every ${recordIntervalMs} ms at most`;
  desk.raise('ENGINE_LAGGED', about, text);
}

type LagData = EngineLagged['data'];

export function haltedText(accountId: string): string {
  return `account ${accountId} is halted: it enters nothing, exits pass`;
}

function feedAlarm(desk: AlarmDesk, fact: Fact): void {
  switch (fact.type) {
    case 'FeedLost':
      // Without a connection there is no silence: the loss is told by itself.
      desk.clearFrom('FEED_SILENT', `${fact.data.feed}/`, `feed ${fact.data.feed} is lost`);
      return;
    case 'FeedStale': {
      const { feed, silentMs } = fact.data;
      const text = `${feed} shows no ${pricesIn(fact.data)} for ${silentMs} ms`;
      desk.raise('FEED_SILENT', silenceOf(fact.data), text);
      return;
    }
    case 'FeedRecovered': {
      const text = `${fact.data.feed} shows ${pricesIn(fact.data)} again`;
      desk.clear('FEED_SILENT', silenceOf(fact.data), text);
      return;
    }
    default:
      return;
  }
}

type SilentPrices = Pick<FeedStale['data'], 'feed' | 'instrumentId' | 'priceKind'>;

/** Each kind of price is silent, and heard again, by itself. */
function silenceOf({ feed, instrumentId, priceKind }: SilentPrices): string {
  const about = `${feed}/${instrumentId}`;
  return priceKind ? `${about} ${priceKind}` : about;
}

function pricesIn({ instrumentId, priceKind }: SilentPrices): string {
  return `${priceWords(priceKind)} of ${instrumentId}`;
}
