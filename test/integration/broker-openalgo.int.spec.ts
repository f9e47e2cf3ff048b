import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { RESERVED_BYTES } from '../../src/durable-files/line-file.js';
import type { OrderTicket } from '../../src/application/ports/broker.port.js';
import type { DecimalText } from '../../src/domain/kernel/units.js';
import { brokerContract } from '../contract/broker.contract.js';
import { FullDisk } from '../support/full-disk.js';
import { OPENALGO_KEY } from '../support/openalgo-server.js';
import { ORDER_ID, sell } from '../support/openalgo-ticket.js';
import { OpenAlgoUnderTest } from '../support/openalgo-under-test.js';
import { saidInTrouble } from '../support/said-in-trouble.js';
import { until } from '../support/until.js';

brokerContract('OpenAlgo', {
  open: () => OpenAlgoUnderTest.open(),
  never: {
    'clock-skew': 'no call carries a time, and nothing is decided by the times that it shows',
  },
});

describe('OpenAlgo', () => {
  let venue: OpenAlgoUnderTest;

  beforeEach(async () => {
    venue = await OpenAlgoUnderTest.open();
  });
  afterEach(() => venue.close());

  it('names strategy and algo tag with every order, in the product of the account', async () => {
    await venue.broker.submit(sell());
    expect(venue.server.orders).toMatchObject([
      { strategy: 'stopledger:ALGO-1', product: 'MIS', pricetype: 'MARKET', action: 'SELL' },
    ]);
  });

  it('sends nothing in the other mode than the account’s', async () => {
    venue.server.isAnalyzing = true;
    const denied = { kind: 'denied', reason: 'wrong-mode' };
    expect(await venue.broker.submit(sell())).toMatchObject(denied);
    await venue.reconnect({ analyze: true });
    expect(await venue.broker.submit(sell())).toMatchObject({ kind: 'acknowledged' });
    venue.server.isAnalyzing = false;
    expect(await venue.broker.submit(sell({ orderId: 'another' }))).toMatchObject(denied);
    expect(venue.ordersAtVenue()).toBe(1);
  });

  it('sends nothing that its book could not keep on a full disk, and sends it once there is room', async () => {
    const disk = new FullDisk();
    rmSync(join(venue.dir, 'demo.jsonl'));
    disk.roomBytes = 20;
    await venue.reconnect();
    expect(await venue.broker.submit(sell())).toStrictEqual({
      kind: 'unknown',
      cause: 'nothing was sent, the book takes no line: Error: ENOSPC: no space left',
    });
    expect(await venue.broker.lookUpByClientOrderId(ORDER_ID)).toStrictEqual({ kind: 'absent' });
    expect(venue.ordersAtVenue()).toBe(0);
    disk.restore();
    expect(await venue.broker.submit(sell())).toMatchObject({ kind: 'acknowledged' });
    await venue.reconnect();
    expect(await venue.broker.lookUpByClientOrderId(ORDER_ID)).toMatchObject({ kind: 'found' });
  });

  it('has room reserved for exits on a full disk, and none for entries', async () => {
    const disk = new FullDisk();
    rmSync(join(venue.dir, 'demo.jsonl'));
    disk.roomBytes = RESERVED_BYTES;
    await venue.reconnect();
    await venue.hold('10');
    expect(await venue.broker.submit(sell({ orderId: 'entry' }))).toMatchObject({
      kind: 'unknown',
    });
    const exit = await venue.broker.submit(sell({ reduceOnly: true }));
    disk.restore();
    expect(exit).toMatchObject({ kind: 'acknowledged' });
    expect(venue.ordersAtVenue()).toBe(1);
  });

  it('does not believe in absence while the position has moved, and raises the alarm', async () => {
    await venue.hold('10');
    venue.failNext('lost-before');
    await venue.broker.submit(sell({ reduceOnly: true }));
    await venue.hold('0');
    const found = await venue.broker.lookUpByClientOrderId(ORDER_ID);
    const cause = 'no such order, but the position went from 10 to 0, 0';
    expect(found).toStrictEqual({ kind: 'unknown', cause });
    expect(venue.alarms).toStrictEqual([
      `${ORDER_ID} may be live at the venue: ${cause}; nothing is sent again`,
    ]);
    // A resend by mistake is kept back, too.
    expect(await venue.broker.submit(sell({ reduceOnly: true }))).toMatchObject({
      kind: 'unknown',
    });
    expect(venue.ordersAtVenue()).toBe(0);
  });

  it('takes an order of an earlier day that the book shows no more for over, and one of today for unknown', async () => {
    await venue.hold('10');
    const stop = { type: 'stop', stopPrice: '75', limitPrice: '74' } as Partial<OrderTicket>;
    await venue.broker.submit(sell({ ...stop, reduceOnly: true }));
    venue.server.orders.length = 0;
    expect(await venue.broker.lookUpByClientOrderId(ORDER_ID)).toMatchObject({ kind: 'unknown' });
    expect(await venue.broker.cancel(ORDER_ID)).toMatchObject({ kind: 'unknown' });
    await venue.reconnect({ clock: () => Date.now() + 24 * 3_600_000 });
    const over = { kind: 'found', status: 'expired', fills: [] };
    expect(await venue.broker.lookUpByClientOrderId(ORDER_ID)).toMatchObject(over);
    expect(await venue.broker.cancel(ORDER_ID)).toStrictEqual({ kind: 'ended' });
  });

  it('does not choose between two orders that look alike', async () => {
    venue.failNext('lost-after');
    await venue.broker.submit(sell());
    const [order] = venue.server.orders;
    venue.server.orders.push({ ...order!, orderid: 'by hand' });
    expect(await venue.broker.lookUpByClientOrderId(ORDER_ID)).toMatchObject({ kind: 'unknown' });
    expect(venue.alarms).toHaveLength(1);
    venue.server.orders.pop();
    expect(await venue.broker.lookUpByClientOrderId(ORDER_ID)).toMatchObject({
      kind: 'found',
      venueOrderId: order!.orderid,
    });
  });

  it('does not take an order for its own that was there before it was sent', async () => {
    await venue.broker.submit(sell({ orderId: 'first' }));
    venue.failNext('lost-before');
    await venue.broker.submit(sell());
    expect(await venue.broker.lookUpByClientOrderId(ORDER_ID)).toStrictEqual({ kind: 'absent' });
    expect(await venue.broker.submit(sell())).toMatchObject({ kind: 'acknowledged' });
    expect(venue.ordersAtVenue()).toBe(2);
  });

  it('takes an order that arrives after it was believed absent for what it is, and sends no second one', async () => {
    await venue.hold('10');
    venue.failNext('lost-before');
    await venue.broker.submit(sell({ reduceOnly: true }));
    expect(await venue.broker.lookUpByClientOrderId(ORDER_ID)).toStrictEqual({ kind: 'absent' });
    venue.server.arriveLate();
    const again = await venue.broker.submit(sell({ reduceOnly: true }));
    expect(again).toMatchObject({
      kind: 'acknowledged',
      venueOrderId: venue.server.orders[0]?.orderid,
    });
    expect(venue.ordersAtVenue()).toBe(1);
    venue.server.trade(venue.server.orders[0]?.orderid ?? '', 10);
    await until('the fill is told', () => venue.fills.length === 1);
    expect(venue.fills[0]).toMatchObject({ orderId: ORDER_ID, fill: { quantity: '10' } });
  });

  it('still knows which order is which after a restart, and tells what was filled meanwhile', async () => {
    await venue.broker.submit(sell());
    await venue.broker.close();
    const [order] = venue.server.orders;
    venue.server.trade(order!.orderid, 10);
    await venue.reconnect();
    await until('the fill is told', () => venue.fills.length > 0);
    expect(venue.fills).toMatchObject([
      { orderId: ORDER_ID, fill: { quantity: '10', price: '80' } },
    ]);
    expect(await venue.broker.submit(sell())).toMatchObject({ kind: 'unknown' });
  });

  it('counts a trade book without quantities as the whole of a complete order', async () => {
    await venue.broker.submit(sell());
    const [order] = venue.server.orders;
    venue.server.trade(order!.orderid, 10);
    venue.server.trades[0] = { ...venue.server.trades[0]!, quantity: 0 };
    await until('the fill is told', () => venue.fills.length > 0);
    expect(venue.fills).toMatchObject([{ fill: { quantity: '10', price: '80' } }]);
  });

  it('counts a trade once that the trade book shows twice', async () => {
    venue.server.repeatsTrades = true;
    await venue.broker.submit(sell());
    const [order] = venue.server.orders;
    venue.server.trade(order!.orderid, 10);
    await until('the fill is told', () => venue.fills.length > 0);
    expect(await venue.broker.lookUpByClientOrderId(ORDER_ID)).toMatchObject({
      kind: 'found',
      status: 'filled',
      fills: [{ quantity: '10' }],
    });
    expect(venue.fills).toHaveLength(1);
  });

  it('tells a fill once the trade book has caught up with the order book', async () => {
    venue.server.hidesTrades = true;
    await venue.broker.submit(sell());
    const [order] = venue.server.orders;
    venue.server.trade(order!.orderid, 10);
    expect(await venue.broker.lookUpByClientOrderId(ORDER_ID)).toMatchObject({
      kind: 'found',
      status: 'filled',
      fills: [],
    });
    venue.server.hidesTrades = false;
    await until('the fill is told', () => venue.fills.length > 0);
    expect(venue.fills).toMatchObject([{ orderId: ORDER_ID, fill: { quantity: '10' } }]);
  });

  it('reads no book by itself while the venue wants to be left alone', async () => {
    await venue.broker.submit(sell());
    venue.server.fail('throttled');
    await until('it waits as long as it was told', () => venue.pauses.includes(7_000));
    expect(venue.pauses.filter((ms) => ms === 7_000)).toHaveLength(1);
  });

  it('sends nothing into a maintenance, and takes it for no answer', async () => {
    await venue.hold('10');
    venue.server.fail('maintenance');
    expect(await venue.broker.submit(sell({ reduceOnly: true }))).toMatchObject({
      kind: 'unknown',
      cause: expect.stringMatching(/^nothing was sent, the books could not be read: .*\(503\)$/),
    });
    expect(venue.server.asked).not.toContain('placeorder');
    venue.answer();
    expect(await venue.broker.lookUpByClientOrderId(ORDER_ID)).toStrictEqual({ kind: 'absent' });
    expect(await venue.broker.submit(sell({ reduceOnly: true }))).toMatchObject({
      kind: 'acknowledged',
    });
  });

  it('tells a rejection that comes after the order was taken', async () => {
    await venue.broker.submit(sell());
    venue.server.orders[0]!.order_status = 'rejected';
    await until('the end is told', () => venue.ends.length > 0);
    expect(venue.ends).toMatchObject([{ orderId: ORDER_ID, status: 'rejected' }]);
  });

  it('counts every open order on its side as an exit on its way', async () => {
    await venue.hold('10');
    const byHand = sell({ orderId: 'by-hand', quantity: '6' });
    await venue.broker.submit(byHand);
    expect(await venue.broker.submit(sell({ reduceOnly: true }))).toMatchObject({
      kind: 'acknowledged',
      quantity: '4',
    });
    expect(await venue.broker.submit(sell({ orderId: 'more', reduceOnly: true }))).toMatchObject({
      kind: 'denied',
      reason: 'nothing-to-reduce',
    });
  });

  it('says which order of somebody else is in the way of an exit, and lets it leave once that is gone', async () => {
    await venue.hold('10');
    await venue.broker.submit(sell());
    const [order] = venue.server.orders;
    venue.server.orders.length = 0;
    venue.server.orders.push({ ...order!, orderid: 'by-hand', pricetype: 'LIMIT', price: 120 });
    const exit = sell({ orderId: 'exit', reduceOnly: true });
    expect(await venue.broker.submit(exit)).toStrictEqual({
      kind: 'denied',
      reason: 'locked-by-others',
      rule: 'an exit may take nothing of 10 while orders that are not ours rest for it: by-hand (10 at 120); cancel them at the venue',
    });
    venue.server.orders[0]!.order_status = 'cancelled';
    expect(await venue.broker.submit(exit)).toMatchObject({ kind: 'acknowledged' });
  });

  it('lets two exits at once never take more than the position', async () => {
    await venue.hold('10');
    const exits = ['a', 'b', 'c'].map((orderId) =>
      venue.broker.submit(sell({ orderId, quantity: '7', reduceOnly: true })),
    );
    expect((await Promise.all(exits)).map(({ kind }) => kind)).toStrictEqual([
      'acknowledged',
      'acknowledged',
      'denied',
    ]);
    expect(venue.server.orders.map(({ quantity }) => quantity)).toStrictEqual([7, 3]);
  });

  it('sends no exit while the position cannot be read', async () => {
    await venue.hold('10');
    venue.fail('garbled');
    expect(await venue.broker.submit(sell({ reduceOnly: true }))).toMatchObject({
      kind: 'unknown',
    });
    expect(venue.ordersAtVenue()).toBe(0);
    venue.answer();
    expect(await venue.broker.lookUpByClientOrderId(ORDER_ID)).toStrictEqual({ kind: 'absent' });
  });

  it('moves a resting stop in place', async () => {
    await venue.hold('10');
    const terms = { type: 'stop', timeInForce: 'day' } as const;
    const at = (stop: string, limit: string) =>
      ({ ...terms, stopPrice: stop as DecimalText, limitPrice: limit as DecimalText }) as const;
    await venue.broker.submit({ ...sell({ reduceOnly: true }), ...at('75', '74.9') });
    const moved = { ...at('76.05', '75.95'), quantity: '10' as DecimalText };
    expect(await venue.broker.amend(ORDER_ID, moved)).toStrictEqual({ kind: 'amended' });
    expect(await venue.broker.openOrders()).toMatchObject({
      kind: 'known',
      orders: [{ type: 'stop', stopPrice: '76.05', limitPrice: '75.95' }],
    });
    await venue.broker.cancel(ORDER_ID);
    expect(await venue.broker.amend(ORDER_ID, moved)).toMatchObject({ kind: 'ended' });
  });

  it.each([
    ['of a part of a share', { quantity: '1.5' }],
    ['that is to fill at once', { type: 'limit', limitPrice: '80', timeInForce: 'ioc' }],
  ])('keeps an order back %s: the venue could not be told', async (_, over) => {
    const ticket = { ...sell(), ...over } as OrderTicket;
    expect(await venue.broker.submit(ticket)).toMatchObject({
      kind: 'denied',
      reason: 'invalid-ticket',
    });
    expect(venue.server.asked).not.toContain('placeorder');
  });

  it('reads the funds', async () => {
    expect(await venue.broker.reader.funds()).toMatchObject({
      kind: 'known',
      value: { availablecash: '320.66', m2munrealized: '-7.88' },
    });
  });

  it('writes its key nowhere, whatever goes wrong', async () => {
    venue.failNext('throttled');
    const throttled = await venue.broker.submit(sell());
    const said = [
      await saidInTrouble(venue, (orderId) => sell({ orderId })),
      throttled,
      venue.alarms,
    ];
    expect(JSON.stringify(said)).not.toContain(OPENALGO_KEY);
    expect(JSON.stringify(said)).toContain('(concealed)');
    expect(readFileSync(join(venue.dir, 'demo.jsonl'), 'utf8')).not.toContain(OPENALGO_KEY);
  });
});
