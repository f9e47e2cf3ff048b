import { setTimeout as pause } from 'node:timers/promises';
import { NoBroker } from '../../src/application/no-broker.js';
import type { OrderTicket } from '../../src/application/ports/broker.port.js';
import { SameAccountBroker } from '../../src/application/same-account-broker.js';
import { contractTicket, insuranceTicket } from '../contract/contract-tickets.js';
import { BinanceUnderTest } from '../support/binance-under-test.js';

describe.each([
  ['spot', '354937868'],
  ['usdm', 'SgsR354937868'],
] as const)('an account at Binance %s', (market, owner) => {
  const question = market === 'spot' ? 'GET account' : 'GET balance';
  let venue: BinanceUnderTest;

  beforeEach(async () => {
    venue = await BinanceUnderTest.open(market);
    await venue.hold('10');
  });
  afterEach(() => venue.close());

  const knownAs = (name: string) =>
    new SameAccountBroker(
      venue.broker,
      (found) => (found === name ? undefined : new NoBroker(`what is open is in account ${name}`)),
      pause,
    );
  const exit = (): OrderTicket => contractTicket(venue, { side: 'sell', reduceOnly: true });

  it('that is the one it was is asked once', async () => {
    const broker = knownAs(owner);
    expect(await broker.submit(exit())).toMatchObject({ kind: 'acknowledged' });
    expect(await broker.openOrders()).toMatchObject({ kind: 'known', orders: [{ side: 'sell' }] });
    const asked = venue.server.asked.filter((call) => call === question);
    expect(asked).toHaveLength(1);
  });

  it('that is another gets nothing, and nothing of it is believed', async () => {
    const broker = knownAs('354937800');
    const cause = 'what is open is in account 354937800';
    const order = exit();
    expect(await broker.submit(order)).toStrictEqual({
      ...{ kind: 'denied', reason: 'no-broker', rule: cause },
    });
    const asked = await Promise.all([
      broker.positions(),
      broker.openOrders(),
      broker.fills(venue.instrumentId, 0),
      broker.lookUpByClientOrderId(order.orderId),
      broker.cancel(order.orderId),
    ]);
    expect(asked).toStrictEqual(asked.map(() => ({ kind: 'unknown', cause })));
    expect(venue.ordersAtVenue()).toBe(0);
  });

  it('that cannot be told lets exits pass alone, and is asked again', async () => {
    venue.server.failing.set(question, 'error');
    const broker = knownAs(owner);
    const entry = contractTicket(venue, { quantity: '1' as OrderTicket['quantity'] });
    expect(await broker.submit(entry)).toMatchObject({ kind: 'unknown' });
    expect(await broker.openOrders()).toMatchObject({ kind: 'unknown' });
    expect(await broker.lookUpByClientOrderId(entry.orderId)).toMatchObject({ kind: 'unknown' });
    const insurance = insuranceTicket(venue);
    expect(await broker.submit(insurance)).toMatchObject({ kind: 'unknown' });
    expect(venue.ordersAtVenue()).toBe(0);
    expect(await broker.submit(exit())).toMatchObject({ kind: 'acknowledged' });
    // What is there is taken back for an exit; that an order is not there says nothing of ours.
    expect(await broker.cancel(insurance.orderId)).toMatchObject({ kind: 'unknown' });
    venue.server.failing.delete(question);
    expect(await broker.openOrders()).toMatchObject({ kind: 'known', orders: [{ side: 'sell' }] });
  });

  it('that does not answer keeps no exit waiting, and takes back what rests there for it', async () => {
    const resting = insuranceTicket(venue);
    await venue.broker.submit(resting);
    venue.server.failing.set(question, 'silent');
    const broker = knownAs(owner);
    expect(await broker.cancel(resting.orderId)).toMatchObject({ kind: 'cancelled' });
    expect(await broker.submit(exit())).toMatchObject({ kind: 'acknowledged' });
  });
});
