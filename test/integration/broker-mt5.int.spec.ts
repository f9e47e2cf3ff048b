import type { OrderTicket } from '../../src/application/ports/broker.port.js';
import type { DecimalText } from '../../src/domain/kernel/units.js';
import { brokerContract } from '../contract/broker.contract.js';
import { MT5_TOKEN } from '../support/mt5-server.js';
import { Mt5UnderTest } from '../support/mt5-under-test.js';
import { saidInTrouble } from '../support/said-in-trouble.js';
import { until } from '../support/until.js';

brokerContract('MetaTrader 5 through MetaApi', {
  open: () => Mt5UnderTest.open(),
  never: { banned: 'MetaApi bans nobody: it throttles' },
  insuresAtMarket: true,
});

const ORDER_ID = '01JY8T3F5MZ0Q4X7Z9V2K6B1QD-0101';
const text = (value: string) => value as DecimalText;

function exit(over: Partial<OrderTicket> = {}): OrderTicket {
  return {
    orderId: ORDER_ID,
    accountId: 'demo',
    instrumentId: 'MT5.DEMO:XAUUSD',
    side: 'sell',
    quantity: text('10'),
    type: 'market',
    reduceOnly: true,
    ...over,
  };
}

describe('MetaTrader 5 through MetaApi', () => {
  let venue: Mt5UnderTest;

  beforeEach(async () => {
    venue = await Mt5UnderTest.open();
  });
  afterEach(() => venue.close());

  it('carries numbers exactly, though they are numbers on the wire', async () => {
    const limitPrice = text('61837.63000000000001');
    const entry = exit({ side: 'buy', reduceOnly: false, type: 'limit', limitPrice });
    await venue.broker.submit(entry);
    expect(venue.server.orders).toMatchObject([{ openPrice: limitPrice, volume: '10' }]);
    expect(await venue.broker.openOrders()).toMatchObject({
      orders: [{ limitPrice, quantity: '10', orderId: ORDER_ID }],
    });
    await venue.fill(ORDER_ID, ['10']);
    await until('the fill is told', () => venue.fills.length > 0);
    expect(venue.fills).toMatchObject([
      { orderId: ORDER_ID, fill: { price: limitPrice, feeAmount: '0.25', feeCurrency: 'USD' } },
    ]);
  });

  it('closes the position by its id: a market exit can never turn it round', async () => {
    await venue.hold('10');
    const { id: positionId } = venue.server.positions[0]!;
    await venue.broker.submit(exit({ quantity: text('4') }));
    await venue.broker.submit(
      exit({ orderId: '01JY8T3F5MZ0Q4X7Z9V2K6B1QE-0101', quantity: text('12') }),
    );
    expect(venue.server.orders).toMatchObject([
      { actionType: 'POSITION_PARTIAL', positionId, volume: '4' },
      { actionType: 'POSITION_CLOSE_ID', positionId, volume: '10' },
    ]);
  });

  it('closes the largest of several positions, and says how much that is', async () => {
    venue.server.isHedging = true;
    venue.server.hold('XAUUSD', '3');
    venue.server.hold('XAUUSD', '5');
    venue.server.hold('XAUUSD', '7', 'short');
    expect(await venue.broker.submit(exit({ quantity: text('8') }))).toMatchObject({
      kind: 'acknowledged',
      quantity: '5',
    });
    expect(await venue.broker.positions()).toMatchObject({
      positions: [
        { book: 'long', quantity: '8' },
        { book: 'short', quantity: '-7' },
      ],
    });
  });

  it('keeps a stop back whose limit the terminal would wait for on the wrong side', async () => {
    const at = (limitPrice: string) =>
      exit({
        ...{ side: 'buy', reduceOnly: false, type: 'stop' },
        ...{ stopPrice: text('85'), limitPrice: text(limitPrice) },
      });
    expect(await venue.broker.submit(at('85.5'))).toMatchObject({
      kind: 'denied',
      rule: expect.stringMatching(/^limitPrice of a stop order must be better than stopPrice/),
    });
    expect(await venue.broker.submit(at('84.5'))).toMatchObject({ kind: 'acknowledged' });
  });

  it('lets no exit rest where it would open another position', async () => {
    venue.server.isHedging = true;
    await venue.hold('10');
    const resting = exit({ type: 'stop', stopPrice: text('75') });
    expect(await venue.broker.submit(resting)).toMatchObject({
      kind: 'denied',
      rule: 'an exit cannot rest in an account that hedges',
    });
    expect(venue.ordersAtVenue()).toBe(0);
  });

  it.each(['disconnected-after', 'server-timeout-after'] as const)(
    'does not know what became of an order that is %s; the look-up finds it',
    async (fault) => {
      await venue.hold('10');
      venue.failNext(fault);
      expect(await venue.broker.submit(exit())).toMatchObject({ kind: 'unknown' });
      await venue.reconnect();
      expect(await venue.broker.lookUpByClientOrderId(ORDER_ID)).toMatchObject({ kind: 'found' });
      expect(venue.ordersAtVenue()).toBe(1);
    },
  );

  it('tells a fill once its deal is there, though the order was filled before', async () => {
    await venue.hold('10');
    await venue.broker.submit(exit());
    venue.server.hidesDeals = true;
    await venue.fill(ORDER_ID, ['4', '6']);
    expect(await venue.broker.lookUpByClientOrderId(ORDER_ID)).toMatchObject({
      status: 'filled',
      fills: [],
    });
    venue.server.hidesDeals = false;
    await until('both parts are told', () => venue.fills.length === 2);
  });

  it('finds after a restart what was filled meanwhile', async () => {
    await venue.hold('10');
    await venue.broker.submit(exit());
    await venue.broker.close();
    await venue.fill(ORDER_ID, ['10']);
    await venue.reconnect();
    expect(await venue.broker.lookUpByClientOrderId(ORDER_ID)).toMatchObject({
      status: 'filled',
      fills: [{ quantity: '10' }],
    });
    expect(await venue.broker.fills('MT5.DEMO:XAUUSD', 0)).toMatchObject({
      fills: [{ orderId: ORDER_ID }],
    });
    // Its id names no time: nothing says how far back to look, and so nothing is known.
    expect(await venue.broker.lookUpByClientOrderId('by-hand')).toMatchObject({ kind: 'unknown' });
  });

  it('knows its own open orders again by the hash of their ids', async () => {
    await venue.broker.submit(
      exit({ type: 'limit', limitPrice: text('70'), side: 'buy', reduceOnly: false }),
    );
    const shown = () => venue.broker.openOrders();
    await venue.reconnect();
    expect(await shown()).toMatchObject({ orders: [{ orderId: undefined }] });
    venue.orderIds.push('01JY8T3F5MZ0Q4X7Z9V2K6B1QE-0101', ORDER_ID);
    expect(await shown()).toMatchObject({ orders: [{ orderId: ORDER_ID }] });
  });

  it('takes an answer of a maintenance for none, and sends nothing into it', async () => {
    await venue.hold('10');
    venue.server.fail('maintenance');
    expect(await venue.broker.submit(exit())).toMatchObject({ kind: 'unknown' });
    expect(venue.server.asked).not.toContain('trade');
  });

  it('reads no book by itself while MetaApi wants to be left alone', async () => {
    await venue.hold('10');
    await venue.broker.submit(exit());
    venue.server.fail('throttled');
    await until('it waits as long as it was told', () => venue.pauses.includes(7_000));
    expect(venue.pauses.filter((ms) => ms === 7_000)).toHaveLength(1);
  });

  it('cuts an exit down to whole lots, and refuses an entry that is on none', async () => {
    await venue.hold('1.005');
    const quantity = text('1.005');
    expect(await venue.broker.submit(exit({ quantity }))).toMatchObject({ quantity: '1' });
    const entry = exit({ orderId: '01JY8T3F5MZ0Q4X7Z9V2K6B1QE-0101', quantity, reduceOnly: false });
    expect(await venue.broker.submit(entry)).toMatchObject({
      kind: 'denied',
      rule: 'quantity must be a multiple of 0.01, was 1.005',
    });
  });

  it('says its token nowhere, whatever goes wrong', async () => {
    await venue.hold('10');
    const said = await saidInTrouble(venue, (orderId) => exit({ orderId }));
    expect(said).not.toContain(MT5_TOKEN);
    expect(said).toContain('(concealed)');
  });
});
