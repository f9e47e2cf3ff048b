import type { OrderTicket } from '../../src/application/ports/broker.port.js';
import type { DecimalText } from '../../src/domain/kernel/units.js';
import { brokerContract } from '../contract/broker.contract.js';
import { BINANCE_KEY, BINANCE_SECRET } from '../support/binance-server.js';
import { BinanceUnderTest } from '../support/binance-under-test.js';
import { saidInTrouble } from '../support/said-in-trouble.js';
import { until } from '../support/until.js';

brokerContract('Binance spot', {
  open: () => BinanceUnderTest.open('spot'),
  never: {},
  pairs: true,
});
brokerContract('Binance USDⓈ-M', {
  open: () => BinanceUnderTest.open('usdm'),
  never: {},
  insuresAtMarket: true,
});

const ORDER_ID = '01JY8T3F5MZ0Q4X7Z9V2K6B1-1-1';

function ticket(over: Partial<OrderTicket> & Pick<OrderTicket, 'instrumentId'>): OrderTicket {
  return {
    orderId: ORDER_ID,
    accountId: 'demo',
    side: 'sell',
    quantity: '10' as DecimalText,
    type: 'market',
    reduceOnly: false,
    ...over,
  };
}

const text = (value: string) => value as DecimalText;

describe.each(['spot', 'usdm'] as const)('Binance %s', (market) => {
  let venue: BinanceUnderTest;

  beforeEach(async () => {
    venue = await BinanceUnderTest.open(market);
  });
  afterEach(() => venue.close());

  const sell = (over: Partial<OrderTicket> = {}) =>
    ticket({ instrumentId: venue.instrumentId, ...over });
  const exit = (over: Partial<OrderTicket> = {}) => sell({ reduceOnly: true, ...over });

  it('carries prices, quantities and ids of any length exactly, there and back', async () => {
    const instrumentId = venue.instrumentId.replace('LTC', 'BTC');
    const [price, quantity] = [text('61837.63000001'), text('1.123456789012345678')];
    const terms = { type: 'limit', limitPrice: price, timeInForce: 'gtc' } as const;
    const order = ticket({ instrumentId, side: 'buy', quantity, ...terms });
    const outcome = await venue.broker.submit(order);
    expect(outcome).toMatchObject({ kind: 'acknowledged', venueOrderId: '8389765519993908929' });
    expect(venue.server.book.orders).toMatchObject([{ price, quantity, clientOrderId: ORDER_ID }]);
    expect(await venue.broker.openOrders()).toMatchObject({
      orders: [{ limitPrice: price, quantity, orderId: ORDER_ID, instrumentId }],
    });
    venue.server.book.trade(venue.server.book.orderOf(ORDER_ID), quantity);
    await until('the fill is told', () => venue.fills.length > 0);
    const fill = { quantity, price, feeAmount: '0.00000008', feeCurrency: 'BNB' };
    expect(venue.fills).toMatchObject([{ orderId: ORDER_ID, fill }]);
    expect(await venue.broker.fills(instrumentId, 0)).toMatchObject({
      fills: [{ orderId: ORDER_ID, venueOrderId: '8389765519993908929', fill }],
    });
    await venue.reconnect();
    const held = market === 'spot' ? [] : [{ quantity }];
    expect(await venue.broker.positions()).toMatchObject({ positions: held });
  });

  it.each([60_000, -60_000])('sets its clock by the venue’s, %i ms away', async (aheadMs) => {
    await venue.hold('10');
    venue.server.clockAheadMs = aheadMs;
    expect(await venue.broker.submit(exit())).toMatchObject({ kind: 'acknowledged' });
    const orders = venue.server.asked.filter((call) => call === 'POST order');
    expect(orders).toHaveLength(2);
    expect(venue.ordersAtVenue()).toBe(1);
  });

  it('lets a stop rest behind the engine’s own, shows it as it rests, and lets the exit pass', async () => {
    await venue.hold('10');
    const prices = { stopPrice: text('75'), limitPrice: text('74.5') };
    const resting = exit({ orderId: 'insurance', type: 'stop', ...prices, insures: true });
    expect(await venue.broker.submit(resting)).toMatchObject({ kind: 'acknowledged' });
    const isSpot = market === 'spot';
    expect(venue.server.book.orders).toMatchObject([
      isSpot
        ? { type: 'STOP_LOSS_LIMIT', stopPrice: '75', price: '74.5', quantity: '10' }
        : { type: 'STOP_MARKET', stopPrice: '75', quantity: '10', reduceOnly: true, isAlgo: true },
    ]);
    expect(await venue.broker.openOrders()).toMatchObject({
      orders: [{ orderId: 'insurance', type: 'stop', side: 'sell', stopPrice: '75' }],
    });
    // Spot locks what the stop may sell: there it has to be taken back first.
    expect(venue.broker.locksHoldings).toBe(isSpot);
    if (isSpot) {
      expect((await venue.broker.submit(exit())).kind).toMatch(/^(denied|refused)$/);
      expect(await venue.broker.cancel('insurance')).toMatchObject({ kind: 'cancelled' });
    }
    expect(await venue.broker.submit(exit({ orderId: 'exit' }))).toMatchObject({
      kind: 'acknowledged',
    });
  });

  it('does not send an id again that the venue would take again', async () => {
    await venue.hold('20');
    await venue.broker.submit(sell());
    await venue.fill(ORDER_ID, ['10']);
    expect(await venue.broker.submit(sell())).toMatchObject({ kind: 'unknown' });
    expect(venue.ordersAtVenue()).toBe(1);
  });

  it('does not know what became of an order of which the venue does not know it', async () => {
    await venue.hold('10');
    venue.failNext('timeout-after');
    expect(await venue.broker.submit(exit())).toStrictEqual({
      kind: 'unknown',
      cause: 'order: the venue says -1007',
    });
    expect(await venue.broker.lookUpByClientOrderId(ORDER_ID)).toMatchObject({ kind: 'found' });
  });

  it('finds fills and ends whose reports were lost, once the stream is back', async () => {
    await venue.hold('20');
    await venue.broker.submit(exit());
    await venue.broker.submit(exit({ orderId: 'other', quantity: text('4') }));
    venue.server.isMute = true;
    await venue.fill(ORDER_ID, ['3']);
    await venue.fill('other', ['1']);
    venue.server.book.end(venue.server.book.orderOf('other'), 'EXPIRED');
    expect(await venue.broker.lookUpByClientOrderId(ORDER_ID)).toMatchObject({
      status: 'open',
      fills: [{ quantity: '3' }],
    });
    expect(venue.fills).toStrictEqual([]);
    venue.server.isMute = false;
    venue.server.dropStreams();
    await until('what was missed is told', () => venue.ends.length > 0);
    expect(venue.fills).toMatchObject([
      { orderId: ORDER_ID, fill: { quantity: '3' } },
      { orderId: 'other', fill: { quantity: '1' } },
    ]);
    expect(venue.ends).toMatchObject([{ orderId: 'other', status: 'expired' }]);
    await venue.streaming();
    await venue.fill(ORDER_ID, ['7']);
    await until('the rest is told', () => venue.fills.length === 3);
  });

  it('tells under our own id that an order was taken back by hand', async () => {
    await venue.hold('10');
    await venue.broker.submit(exit());
    venue.server.book.end(venue.server.book.orderOf(ORDER_ID), 'CANCELED');
    await until('the end is told', () => venue.ends.length > 0);
    expect(venue.ends).toMatchObject([{ orderId: ORDER_ID, status: 'cancelled' }]);
  });

  it('asks nothing more of a venue that has banned us, until it may', async () => {
    await venue.hold('10');
    venue.failNext('banned');
    await venue.broker.submit(exit());
    const before = venue.server.asked.length;
    expect(await venue.broker.submit(exit({ orderId: 'other' }))).toMatchObject({
      kind: 'unknown',
      retryAfterMs: expect.any(Number),
    });
    expect(await venue.broker.positions()).toMatchObject({ kind: 'unknown' });
    expect(venue.server.asked).toHaveLength(before);
  });

  it('keeps lists back when the minute’s weight is nearly used up, and lets exits pass', async () => {
    await venue.hold('10');
    venue.server.usedWeight = 5_000;
    await venue.broker.submit(exit());
    expect(venue.broker.transport.weights.used).toStrictEqual(
      new Map([
        ['used-weight-1m', 5_000],
        ['order-count-10s', 0],
      ]),
    );
    expect(await venue.broker.positions()).toMatchObject({
      kind: 'unknown',
      cause: expect.stringMatching(/: not asked, the venue counts our calls$/),
    });
    venue.server.usedWeight = 5_990;
    expect(await venue.broker.lookUpByClientOrderId(ORDER_ID)).toMatchObject({ kind: 'found' });
    expect(await venue.broker.lookUpByClientOrderId(ORDER_ID)).toMatchObject({ kind: 'unknown' });
    await venue.hold('20');
    expect(await venue.broker.submit(exit({ orderId: 'other' }))).toMatchObject({
      kind: 'acknowledged',
    });
  });

  it('cuts an exit down to whole lots, and calls what is below one dust', async () => {
    await venue.hold('1.23456');
    const quantity = text('1.23456');
    expect(await venue.broker.submit(exit({ quantity }))).toMatchObject({
      kind: 'acknowledged',
      quantity: '1.234',
    });
    await venue.fill(ORDER_ID, ['1.234']);
    const dust = exit({ orderId: 'dust', quantity: text('0.00056') });
    expect(await venue.broker.submit(dust)).toMatchObject({ kind: 'denied', reason: 'dust' });
    if (market === 'spot') {
      expect(await venue.broker.positions()).toStrictEqual({ kind: 'known', positions: [] });
    }
  });

  it.each([
    [
      'a quantity on no lot',
      { quantity: '1.0005' },
      'quantity must be a multiple of 0.001, was 1.0005',
    ],
    [
      'a price on no tick',
      { type: 'limit', limitPrice: '80.005' },
      'price must be a multiple of 0.01, was 80.005',
    ],
    [
      'too small a value',
      { type: 'limit', limitPrice: '80', quantity: '0.06' },
      'value must be at least 5, was 4.8',
    ],
    ['too large a quantity', { quantity: '5001' }, 'quantity must be at most 5000, was 5001'],
    ['no price', { type: 'limit' }, 'a price is missing'],
  ])('keeps an entry of %s back before it is sent', async (_, over, rule) => {
    const entry = sell({ side: 'buy', ...(over as Partial<OrderTicket>) });
    expect(await venue.broker.submit(entry)).toMatchObject({ kind: 'denied', rule });
    expect(venue.server.asked).not.toContain('POST order');
  });

  it('cuts an exit down to what is open when the venue says that it is too much', async () => {
    await venue.hold('6');
    expect(await venue.broker.submit(exit())).toMatchObject({
      kind: 'acknowledged',
      quantity: '6',
    });
    expect(venue.server.book.orders.map(({ quantity }) => quantity)).toStrictEqual(['6']);
  });

  it('says that other orders hold what it would close, and lets it leave once they are gone', async () => {
    await venue.hold('6');
    const resting = { type: 'limit', limitPrice: text('120'), timeInForce: 'gtc' } as const;
    await venue.broker.submit(exit({ orderId: 'resting', quantity: text('6'), ...resting }));
    expect(await venue.broker.submit(exit())).toMatchObject({
      kind: 'denied',
      reason: 'locked-by-others',
      rule: expect.stringContaining('6 is promised to other orders: cancel them') as string,
    });
    await venue.broker.cancel('resting');
    expect(await venue.broker.submit(exit({ orderId: 'again' }))).toMatchObject({ quantity: '6' });
  });

  it('does not know whether an exit may leave while the venue does not tell what is open', async () => {
    await venue.hold('6');
    venue.server.failing.set(market === 'spot' ? 'GET account' : 'GET positionRisk', 'maintenance');
    expect(await venue.broker.submit(exit())).toMatchObject({ kind: 'unknown' });
    expect(venue.server.asked.filter((call) => call === 'POST order')).toHaveLength(1);
    venue.server.failing.clear();
    expect(await venue.broker.lookUpByClientOrderId(ORDER_ID)).toStrictEqual({ kind: 'absent' });
    expect(await venue.broker.submit(exit())).toMatchObject({ quantity: '6' });
    expect(venue.ordersAtVenue()).toBe(1);
  });

  it('is of its own venue alone', async () => {
    const foreign = ticket({ instrumentId: 'NSE:RELIANCE' });
    expect(await venue.broker.submit(foreign)).toMatchObject({
      kind: 'denied',
      reason: 'invalid-ticket',
    });
  });

  it('says neither key nor secret, whatever goes wrong', async () => {
    const said = await saidInTrouble(venue, (orderId) => sell({ orderId, side: 'buy' }));
    expect(said).not.toMatch(new RegExp(`${BINANCE_KEY}|${BINANCE_SECRET}`));
    expect(said).not.toMatch(/signature=[0-9a-f]/);
    // The venue did repeat them.
    expect(said).toContain('(concealed)');
  });
});

describe('Binance spot', () => {
  it('does not guess for which of two instruments a coin is held', async () => {
    const instruments = () => ['BINANCE:LTCUSDT', 'BINANCE:LTCUSDT'];
    const venue = await BinanceUnderTest.open('spot', { instruments });
    expect(await venue.broker.positions()).toStrictEqual({
      kind: 'unknown',
      cause: 'LTC is held for BINANCE:LTCUSDT and for BINANCE:LTCUSDT: not told apart',
    });
    await venue.close();
  });
});

describe('Binance USDⓈ-M', () => {
  let venue: BinanceUnderTest;

  beforeEach(async () => {
    venue = await BinanceUnderTest.open('usdm');
    await venue.hold('10');
  });
  afterEach(() => venue.close());

  const stop = (over: Partial<OrderTicket> = {}) =>
    ticket({
      instrumentId: venue.instrumentId,
      reduceOnly: true,
      type: 'stop',
      stopPrice: text('75.05'),
      timeInForce: 'gtc',
      ...over,
    });

  it('rests a stop with the algo service, and follows it into the matching engine', async () => {
    expect(await venue.broker.submit(stop())).toMatchObject({ kind: 'acknowledged' });
    expect(venue.server.asked).toContain('POST algoOrder');
    expect(venue.server.book.orders).toMatchObject([
      { isAlgo: true, type: 'STOP_MARKET', stopPrice: '75.05', reduceOnly: true },
    ]);
    expect(await venue.broker.openOrders()).toMatchObject({
      orders: [{ orderId: ORDER_ID, type: 'stop', stopPrice: '75.05', reduceOnly: true }],
    });
    const order = venue.server.book.trigger(venue.server.book.orderOf(ORDER_ID));
    venue.server.book.trade(order, '4');
    await until('the fill is told', () => venue.fills.length > 0);
    expect(venue.fills).toMatchObject([{ orderId: ORDER_ID, fill: { quantity: '4' } }]);
    await venue.reconnect();
    expect(await venue.broker.lookUpByClientOrderId(ORDER_ID)).toMatchObject({
      kind: 'found',
      status: 'open',
      venueOrderId: order.orderId,
      fills: [{ quantity: '4' }],
    });
    expect(await venue.broker.fills(venue.instrumentId, 0)).toMatchObject({
      fills: [{ orderId: ORDER_ID }],
    });
  });

  it('takes a resting stop back', async () => {
    await venue.broker.submit(stop());
    expect(await venue.broker.cancel(ORDER_ID)).toStrictEqual({
      kind: 'cancelled',
      reason: 'cancelled',
    });
    expect(await venue.broker.openOrders()).toStrictEqual({ kind: 'known', orders: [] });
  });

  it('asks for another listen key when the old one ends', async () => {
    expect(venue.server.listenKeys).toBe(1);
    venue.server.expireListenKeys();
    await until('there is another', () => venue.server.listenKeys === 2);
    await venue.streaming();
    await venue.broker.submit(ticket({ instrumentId: venue.instrumentId, reduceOnly: true }));
    await venue.fill(ORDER_ID, ['10']);
    await until('the fill is told', () => venue.fills.length > 0);
  });
});
