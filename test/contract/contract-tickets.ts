import type { OrderTicket, VenueOrder } from '../../src/application/ports/broker.port.js';
import type { DecimalText } from '../../src/domain/kernel/units.js';
import type { KnownOrder } from '../../src/domain/order/order-state.js';
import type { OrderTerms } from '../../src/domain/order/order-terms.js';
import type { VenueUnderTest } from './venue-under-test.js';

let count = 0;

/** An order of an id that no other has: a purchase of 10 at the market, unless said otherwise. */
export function contractTicket(
  { instrumentId }: Pick<VenueUnderTest, 'instrumentId'>,
  over: Partial<Pick<OrderTicket, 'side' | 'quantity' | 'reduceOnly'>> = {},
  order: OrderTerms = { type: 'market' },
): OrderTicket {
  count += 1;
  const orderId = `01JY8T3F5MZ0Q4X7Z9V2K6B1-1-${count}`;
  return {
    ...{ orderId, accountId: 'demo', instrumentId, side: 'buy' },
    ...{ quantity: '10' as DecimalText, reduceOnly: false },
    ...over,
    ...order,
  };
}

/** The same with a target, as one order. */
export function pairTicket(
  venue: Pick<VenueUnderTest, 'instrumentId'>,
  targetPrice = '84.5',
): OrderTicket {
  return { ...insuranceTicket(venue), targetPrice: targetPrice as DecimalText };
}

/** A stop that is to rest at the venue behind the engine's own. */
export function insuranceTicket(
  venue: Pick<VenueUnderTest, 'instrumentId'>,
  stopPrice = '75.05',
): OrderTicket {
  const prices = { stopPrice: stopPrice as DecimalText, limitPrice: '74.9' as DecimalText };
  const order = { type: 'stop', ...prices, timeInForce: 'gtc' } as const;
  return { ...contractTicket(venue, { side: 'sell', reduceOnly: true }, order), insures: true };
}

/** As the log has an order that was placed. */
export function asKnown(ticket: OrderTicket): KnownOrder {
  const { orderId, side, quantity, type, stopPrice, targetPrice } = ticket;
  const terms = { orderId, side, quantity, type, stopPrice, targetPrice };
  return { ...terms, filledQuantity: '0' as DecimalText } as KnownOrder;
}

/** The orders that can still trade, by the venue's own list. */
export async function restingAt({
  broker,
}: Pick<VenueUnderTest, 'broker'>): Promise<readonly VenueOrder[]> {
  const open = await broker.openOrders();
  if (open.kind === 'unknown') throw new Error(open.cause);
  return open.orders;
}
