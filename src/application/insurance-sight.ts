import { compare, decimal, subtract } from '../domain/kernel/decimal.js';
import type { DecimalText } from '../domain/kernel/units.js';
import { isSplitPair } from '../domain/order/order-state.js';
import type { KnownOrder } from '../domain/order/order-state.js';
import type { VenueOrder } from './ports/broker.port.js';

/**
 * Those of our orders whose venue must show them as they were asked for: acknowledged, not on their way back. A pair of which
 * the target has begun to trade rests without its stop, as is told already, and is about to be placed anew.
 */
export function restingAsAsked(orders: Iterable<KnownOrder>): readonly KnownOrder[] {
  return [...orders].filter(
    (order) =>
      order.insures === true &&
      order.status === 'acked' &&
      !order.isCancelRequested &&
      !isSplitPair(order),
  );
}

/**
 * What of the stops that we let rest at a venue is not as we asked, by order: the venue's own list of open orders read
 * back. An order that it does not show is not told here: looking it up settles it.
 */
export function insuranceFaults(
  asked: readonly KnownOrder[],
  shown: readonly VenueOrder[],
): ReadonlyMap<string, string> {
  const faults = new Map<string, string>();
  for (const order of asked) {
    const found = shown.find(({ orderId }) => orderId === order.orderId);
    const fault = found && faultOf(order, found);
    if (fault !== undefined) faults.set(order.orderId, `${order.orderId} rests with ${fault}`);
  }
  return faults;
}

function faultOf(asked: KnownOrder, found: VenueOrder): string | undefined {
  if (found.type !== 'stop') return `type ${found.type}, not stop`;
  if (found.side !== asked.side) return `side ${found.side}, not ${asked.side}`;
  if (found.reduceOnly === false) return 'reduce-only switched off';
  const { stopPrice, filledQuantity } = found;
  if (differ(stopPrice, asked.stopPrice)) {
    return `stop price ${stopPrice ?? 'none'}, not ${asked.stopPrice ?? 'none'}`;
  }
  if (differ(found.targetPrice, asked.targetPrice)) {
    return `target price ${found.targetPrice ?? 'none'}, not ${asked.targetPrice ?? 'none'}`;
  }
  const left = subtract(decimal(found.quantity), decimal(filledQuantity ?? '0'));
  const most = subtract(
    decimal(asked.quantity),
    decimal(filledQuantity === undefined ? '0' : asked.filledQuantity),
  );
  // Less is an exit that was cut down to whole lots, or to what is open.
  return compare(left, most) > 0 ? `quantity ${found.quantity}, not ${asked.quantity}` : undefined;
}

function differ(one: DecimalText | undefined, other: DecimalText | undefined): boolean {
  if (one === undefined || other === undefined) return one !== other;
  return compare(decimal(one), decimal(other)) !== 0;
}
