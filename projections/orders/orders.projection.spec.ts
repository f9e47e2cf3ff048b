import type { Fact } from '../../src/domain/facts.js';
import {
  d,
  fillDisputed,
  orderAcked,
  orderCancelled,
  orderFilled,
  orderPartiallyFilled,
  orderPlaced,
  orderRejected,
  orderUnknown,
} from '../../test/support/event-builders.js';
import { rowOf } from '../../test/support/folding.js';
import { orders } from './orders.projection.js';

const rest = orderFilled({ venueTradeId: 'V2', quantity: d('6'), price: d('81.5') });

function after(...facts: Fact[]) {
  return rowOf(orders, [orderPlaced(), ...facts]);
}

describe('the orders', () => {
  it('show one that was decided', () => {
    expect(after()).toMatchObject({
      orderId: 'S1-1-1',
      stopId: 'S1',
      side: 'sell',
      status: 'placed',
      quantity: '10',
      filledQuantity: '0',
      remainingQuantity: '10',
      filledValue: '0',
      fills: [],
      venueOrderId: null,
      revision: 0,
      placedAt: '2025-06-21T21:31:00.000Z',
      endedAt: null,
    });
  });

  it('show the prices at which a stop and its target rest as one', () => {
    const resting = { type: 'stop', stopPrice: d('80'), limitPrice: d('79.5') } as const;
    const shown = { ...resting, targetPrice: '85' };
    const row = rowOf(orders, [orderPlaced({ ...resting, targetPrice: d('85') })]);
    expect(row).toMatchObject(shown);
    expect(rowOf(orders, [orderPlaced(resting)])).toMatchObject({ ...shown, targetPrice: null });
  });

  it('show every fill and the exact value of all of them', () => {
    expect(after(orderAcked(), orderPartiallyFilled(), rest)).toMatchObject({
      status: 'filled',
      filledQuantity: '10',
      remainingQuantity: '0',
      filledValue: '815.16', // 4 * 81.54 + 6 * 81.5
      lastFillPrice: '81.5',
      fills: [{ venueTradeId: 'V1' }, { venueTradeId: 'V2' }],
      venueOrderId: 'X1',
      endedAt: '2025-06-21T21:31:00.000Z',
    });
  });

  it.each([
    ['acked', [orderAcked()], null],
    ['unknown', [orderUnknown()], 'timeout'],
    ['acked', [orderUnknown(), orderAcked()], null],
    ['partially-filled', [orderPartiallyFilled()], null],
    ['rejected', [orderRejected()], 'insufficient-funds: no balance'],
    ['cancelled', [orderPartiallyFilled(), orderCancelled()], 'expired at the venue'],
  ])('say %s after what the venue said', (status, said, reason) => {
    expect(after(...said)).toMatchObject({ status, reason });
  });

  it('keep what a fill said when the acknowledgement or a doubt comes later', () => {
    expect(after(rest, orderAcked()).status).toBe('filled');
    expect(after(orderPartiallyFilled(), orderUnknown()).status).toBe('partially-filled');
  });

  it('count a disputed fill and move nothing', () => {
    const { disputedFills, filledQuantity } = after(orderFilled(), fillDisputed());
    expect([disputedFills, filledQuantity]).toStrictEqual([1, '10']);
  });
});
