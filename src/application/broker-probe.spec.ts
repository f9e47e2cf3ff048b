import type { DecimalText } from '../domain/kernel/units.js';
import { probeBroker } from './broker-probe.js';
import type { VenueBroker, VenueOrder } from './ports/broker.port.js';

const d = (text: string) => text as DecimalText;
const asked = (orderId: string) =>
  ({
    ...{ orderId, stopId: 's', side: 'sell', quantity: d('10'), filledQuantity: d('0') },
    ...{ type: 'stop', stopPrice: d('75'), limitPrice: d('74.5'), insures: true },
  }) as never;
const resting = (orderId: string | undefined, stopPrice: string): VenueOrder => ({
  orderId,
  venueOrderId: 'v1',
  instrumentId: 'BINANCE_USDM:LTCUSDT',
  ...{ side: 'sell', quantity: d('10'), filledQuantity: d('0'), type: 'stop' },
  ...{ limitPrice: undefined, stopPrice: d(stopPrice), reduceOnly: true },
});
const unknown = { kind: 'unknown', cause: 'timeout' } as const;

function broker(over: Partial<VenueBroker> = {}) {
  const orders = [resting('a', '75'), resting('b', '76'), resting(undefined, '70')];
  return {
    openOrders: () => Promise.resolve({ kind: 'known', orders } as const),
    positions: () => Promise.resolve(unknown),
    lookUpByClientOrderId: () => Promise.resolve({ kind: 'absent' } as const),
    ...over,
  };
}

describe('a probe of a broker', () => {
  it('tells what the venue has of each order, what differs, and what is none of ours', async () => {
    const probe = await probeBroker(['a', 'b', 'c'].map(asked), broker());
    const same = { stopId: 's', asked: 'sell 10 stop at 75 limit 74.5' };
    expect(probe).toStrictEqual({
      orders: [
        { orderId: 'a', ...same, atVenue: 'sell 10 stop at 75 reduce-only' },
        {
          ...{ orderId: 'b', ...same, atVenue: 'sell 10 stop at 76 reduce-only' },
          fault: 'b rests with stop price 76, not 75',
        },
        { orderId: 'c', ...same, atVenue: 'absent: the venue has no such order' },
      ],
      strange: ['BINANCE_USDM:LTCUSDT sell 10 stop at 70 reduce-only (venue order v1)'],
      positions: { unknown: 'timeout' },
    });
  });

  it('never takes silence for absence', async () => {
    const silent = broker({
      openOrders: () => Promise.resolve(unknown),
      lookUpByClientOrderId: () => Promise.resolve(unknown),
    });
    const { orders, unread } = await probeBroker([asked('a')], silent);
    expect(unread).toBe('timeout');
    expect(orders).toMatchObject([{ atVenue: 'unknown: timeout' }]);
  });
});
