import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AccountLog } from '../../src/adapters/broker-openalgo/logged-orders.js';
import type { OrderTicket } from '../../src/application/ports/broker.port.js';
import type { DecimalText } from '../../src/domain/kernel/units.js';
import type { KnownOrder } from '../../src/domain/order/order-state.js';
import { ORDER_ID, RELIANCE, sell } from '../support/openalgo-ticket.js';
import { NO_LOG, OpenAlgoUnderTest } from '../support/openalgo-under-test.js';

const FILLED = { kind: 'found', status: 'filled', fills: [{ quantity: '10' }] };

describe('OpenAlgo behind another engine, whose file it has not', () => {
  let venue: OpenAlgoUnderTest;

  beforeEach(async () => {
    venue = await OpenAlgoUnderTest.open();
    await venue.hold('10');
  });
  afterEach(() => venue.close());

  const logged = (over: Partial<KnownOrder> = {}) =>
    ({
      ...{ orderId: ORDER_ID, status: 'sent', side: 'sell', quantity: '10', type: 'market' },
      stamp: { instrumentId: RELIANCE, at: Date.now(), input: { epoch: 1 } },
      ...over,
    }) as KnownOrder;

  /** The standby that takes over: a folder of its own, the same log and the same venue. */
  async function takeOver(order: KnownOrder, { held = '10', epoch = 2 } = {}): Promise<void> {
    const log: AccountLog = {
      epoch: () => epoch,
      order: (orderId) => (orderId === order.orderId ? order : undefined),
      unsettled: () => [order],
      positions: () => [{ instrumentId: RELIANCE, side: 'long', quantity: held as DecimalText }],
    };
    await venue.reconnect({ bookPath: join(venue.dir, 'standby.jsonl'), log });
  }

  it('finds the exit that was filled and never answered, and its fill, before it accounts for positions', async () => {
    venue.failNext('lost-after');
    await venue.broker.submit(sell({ reduceOnly: true }));
    venue.server.trade(venue.server.orders[0]?.orderid ?? '', 10);
    await takeOver(logged());
    expect(await venue.broker.positions()).toStrictEqual({
      kind: 'unknown',
      cause: `${ORDER_ID}, which another engine may have sent, is searched for`,
    });
    expect(await venue.broker.lookUpByClientOrderId(ORDER_ID)).toMatchObject({
      kind: 'found',
      status: 'filled',
      fills: [{ quantity: '10' }],
    });
    expect(await venue.broker.positions()).toStrictEqual({ kind: 'known', positions: [] });
    expect(venue.ordersAtVenue()).toBe(1);
  });

  it('takes back what rests, though nobody looked it up before', async () => {
    const resting = { type: 'stop', stopPrice: '95', limitPrice: '94' } as const;
    await venue.broker.submit({ ...sell({ reduceOnly: true }), ...resting } as OrderTicket);
    await takeOver(logged({ status: 'acked', ...resting } as Partial<KnownOrder>));
    expect(await venue.broker.cancel(ORDER_ID)).toMatchObject({ kind: 'cancelled' });
    expect(venue.server.orders).toMatchObject([{ order_status: 'cancelled' }]);
    expect(await venue.broker.submit(sell({ orderId: 'exit', reduceOnly: true }))).toMatchObject({
      kind: 'acknowledged',
    });
  });

  it('believes that an exit never left where nothing looks like it and the position stands', async () => {
    await takeOver(logged());
    expect(await venue.broker.lookUpByClientOrderId(ORDER_ID)).toStrictEqual({ kind: 'absent' });
    expect(await venue.broker.submit(sell({ reduceOnly: true }))).toMatchObject({
      kind: 'acknowledged',
    });
    expect(venue.ordersAtVenue()).toBe(1);
  });

  it('believes in no absence of what the venue has acknowledged', async () => {
    await takeOver(logged({ status: 'acked' }));
    expect(await venue.broker.lookUpByClientOrderId(ORDER_ID)).toMatchObject({ kind: 'unknown' });
    expect(venue.alarms.length).toBeGreaterThan(0);
    await venue.broker.lookUpByClientOrderId(ORDER_ID);
    const file = readFileSync(join(venue.dir, 'standby.jsonl'), 'utf8');
    expect(file.split('"sending"')).toHaveLength(2);
  });

  it('does not take what was there long before it was decided for the order', async () => {
    await venue.broker.submit(sell({ orderId: 'older', reduceOnly: true }));
    const order = logged();
    await takeOver({ ...order, stamp: { ...order.stamp, at: Date.now() + 3_600_000 } });
    expect(await venue.broker.lookUpByClientOrderId(ORDER_ID)).toStrictEqual({ kind: 'absent' });
  });

  it('is sure of what it has decided itself in an epoch in which it has sent', async () => {
    await takeOver(logged({ orderId: 'another' }));
    await venue.broker.submit(sell({ orderId: 'mine', quantity: '1', reduceOnly: true }));
    const own = logged({ orderId: 'unsent' });
    const stamp = { ...own.stamp, input: { ...own.stamp.input, epoch: 2 } };
    // The venue holds another amount than the log says: a search could not be sure.
    await takeOver({ ...own, stamp }, { held: '77' });
    expect(await venue.broker.lookUpByClientOrderId('unsent')).toStrictEqual({ kind: 'absent' });
  });

  describe('that owned the stops after it had', () => {
    const decidedHere = () => {
      const own = logged();
      return { ...own, stamp: { ...own.stamp, input: { ...own.stamp.input, epoch: 2 } } };
    };

    /** Another engine has sent the exit, which has filled, and said nothing of it to the log. */
    async function sentByOther(): Promise<void> {
      await venue.reconnect({ log: { ...NO_LOG, epoch: () => 3 } });
      await venue.broker.submit(sell({ reduceOnly: true }));
      venue.server.trade(venue.server.orders.at(-1)?.orderid ?? '', 10);
    }

    beforeEach(() => venue.hold('30'));

    it('finds its exit of an order that it had decided itself, and not sent', async () => {
      await takeOver(decidedHere());
      await venue.broker.submit(sell({ orderId: 'mine', quantity: '1', reduceOnly: true }));
      venue.server.trade(venue.server.orders[0]?.orderid ?? '', 1);
      await sentByOther();
      await takeOver(decidedHere(), { epoch: 4 });
      expect(await venue.broker.lookUpByClientOrderId(ORDER_ID)).toMatchObject(FILLED);
      expect(venue.server.positions.get(`${RELIANCE}:MIS`)).toBe(19);
    });

    it('finds its exit of an order that the venue had refused to it before', async () => {
      await takeOver(decidedHere());
      venue.failNext('refused');
      expect(await venue.broker.submit(sell({ reduceOnly: true }))).toMatchObject({
        kind: 'refused',
      });
      await sentByOther();
      await takeOver(decidedHere(), { epoch: 4 });
      expect(await venue.broker.lookUpByClientOrderId(ORDER_ID)).toMatchObject(FILLED);
      expect(await venue.broker.submit(sell({ reduceOnly: true }))).toMatchObject({
        kind: 'unknown',
      });
      expect(venue.ordersAtVenue()).toBe(1);
    });

    it('still knows what was refused to it where nobody else has owned the stops since', async () => {
      await takeOver(decidedHere());
      venue.failNext('refused');
      await venue.broker.submit(sell({ reduceOnly: true }));
      await takeOver(decidedHere(), { epoch: 3 });
      // The venue holds another amount than the log says: a search could not be sure.
      await takeOver(decidedHere(), { epoch: 4, held: '77' });
      expect(await venue.broker.lookUpByClientOrderId(ORDER_ID)).toStrictEqual({ kind: 'absent' });
    });
  });
});
