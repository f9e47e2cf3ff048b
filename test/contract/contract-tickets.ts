import type { OrderTicket } from '../../src/application/ports/broker.port.js';
import type { DecimalText } from '../../src/domain/kernel/units.js';
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

/** A stop that is to rest at the venue behind the engine's own. */
export function insuranceTicket(
  venue: Pick<VenueUnderTest, 'instrumentId'>,
  stopPrice = '75.05',
): OrderTicket {
  const prices = { stopPrice: stopPrice as DecimalText, limitPrice: '74.9' as DecimalText };
  const order = { type: 'stop', ...prices, timeInForce: 'gtc' } as const;
  return { ...contractTicket(venue, { side: 'sell', reduceOnly: true }, order), insures: true };
}
