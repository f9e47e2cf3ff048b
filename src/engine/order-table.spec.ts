import type { KnownOrder } from '../domain/order/order-state.js';
import { OrderTable } from './order-table.js';

function order(orderId: string, status: KnownOrder['status']): KnownOrder {
  return { orderId, status } as KnownOrder;
}

describe('the orders of the log', () => {
  it('are kept for ever, and apart while their venue has more to say of them', () => {
    const table = new OrderTable();
    for (const id of ['a', 'b', 'c']) table.set(id, order(id, 'sent'));
    table.set('a', order('a', 'acked'));
    table.set('b', order('b', 'filled'));
    const idsOf = (orders: Iterable<KnownOrder>) => [...orders].map(({ orderId }) => orderId);
    expect(idsOf(table.unsettled())).toStrictEqual(['a', 'c']);
    expect(idsOf(table.values())).toStrictEqual(['a', 'b', 'c']);
    expect([table.size, table.has('b'), table.get('b')?.status]).toStrictEqual([3, true, 'filled']);
  });
});
