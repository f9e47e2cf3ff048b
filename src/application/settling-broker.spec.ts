import type { DecimalText } from '../domain/kernel/units.js';
import type { KnownOrder } from '../domain/order/order-state.js';
import { NoBroker } from './no-broker.js';
import type {
  FillReport,
  OrderEndReport,
  OrderTicket,
  SubmitOutcome,
  VenueLookUp,
} from './ports/broker.port.js';
import { SettlingBroker } from './settling-broker.js';

/** Says what it is told to say. */
class SayingBroker extends NoBroker {
  outcome: SubmitOutcome = { kind: 'acknowledged', venueOrderId: 'v', venueTimeMs: 1 };
  found: VenueLookUp = { kind: 'absent' };
  tellFill: (report: FillReport) => void = () => undefined;
  tellEnd: (report: OrderEndReport) => void = () => undefined;

  override submit(): Promise<SubmitOutcome> {
    return Promise.resolve(this.outcome);
  }
  override lookUpByClientOrderId(): Promise<VenueLookUp> {
    return Promise.resolve(this.found);
  }
  override onFill(handler?: (report: FillReport) => void): void {
    if (handler) this.tellFill = handler;
  }
  override onOrderEnd(handler?: (report: OrderEndReport) => void): void {
    if (handler) this.tellEnd = handler;
  }
}

const text = (value: string) => value as DecimalText;

function fill(venueTradeId: string, quantity: string) {
  return {
    venueTradeId,
    quantity: text(quantity),
    price: text('80'),
    feeAmount: text('0'),
    feeCurrency: 'USDT',
    liquidity: 'taker',
    filledAtMs: 1,
  } as const;
}

const TICKET: OrderTicket = {
  orderId: 'o',
  accountId: 'a',
  instrumentId: 'BINANCE:LTCUSDT',
  side: 'sell',
  type: 'market',
  quantity: text('10'),
  reduceOnly: true,
};

describe('a broker that settles', () => {
  let venue: SayingBroker;
  let broker: SettlingBroker;
  let told: string[];
  let order: KnownOrder;

  beforeEach(() => {
    venue = new SayingBroker('none');
    told = [];
    order = { status: 'acked', quantity: text('10'), stamp: { at: 1 } } as KnownOrder;
    broker = new SettlingBroker(venue, () => order);
    broker.onFill(({ fill: { venueTradeId, quantity }, byOther }) =>
      told.push(`${venueTradeId} ${quantity}${byOther ? ' by another' : ''}`),
    );
    broker.onOrderEnd(({ status, venueText }) => told.push(`${status}: ${venueText}`));
  });

  const found = (over: Partial<Extract<VenueLookUp, { kind: 'found' }>>) => {
    const head = { kind: 'found', venueOrderId: 'v', venueTimeMs: 1 } as const;
    venue.found = { ...head, status: 'open', fills: [], ...over };
    return broker.lookUpByClientOrderId('o');
  };
  const CUT = 'cancelled: cut down: the rest was not open, or less than a lot';

  it('ends an exit that was cut down once all that the venue took has filled', async () => {
    venue.outcome = { ...venue.outcome, quantity: text('9') } as SubmitOutcome;
    await broker.submit(TICKET);
    venue.tellFill({ orderId: 'o', fill: fill('t1', '4') });
    venue.tellFill({ orderId: 'o', fill: fill('t1', '4') });
    expect(told).toStrictEqual(['t1 4', 't1 4']);
    venue.tellFill({ orderId: 'o', fill: fill('t2', '5') });
    venue.tellFill({ orderId: 'o', fill: fill('t2', '5') });
    expect(told.slice(2)).toStrictEqual(['t2 5', CUT, 't2 5']);
  });

  it('ends one whose fills were told before the answer to it', async () => {
    venue.outcome = { ...venue.outcome, quantity: text('9') } as SubmitOutcome;
    const submitted = broker.submit(TICKET);
    venue.tellFill({ orderId: 'o', fill: fill('t1', '9') });
    await submitted;
    expect(told).toStrictEqual(['t1 9', CUT]);
  });

  it('leaves an exit alone of which the venue took all', async () => {
    await broker.submit(TICKET);
    venue.tellFill({ orderId: 'o', fill: fill('t1', '10') });
    expect(told).toStrictEqual(['t1 10']);
  });

  it.each(['cancelled', 'expired', 'rejected'] as const)(
    'tells what a look-up finds %s, its fills first',
    async (status) => {
      await found({ status, fills: [fill('t1', '3')] });
      expect(told).toStrictEqual(['t1 3', `${status}: found by looking it up`]);
    },
  );

  it('finds after a restart that an exit was cut down, once its fills are all there', async () => {
    const quantity = text('9');
    await found({ status: 'filled', quantity, fills: [fill('t1', '4')] });
    expect(told).toStrictEqual([]);
    await found({ status: 'filled', quantity, fills: [fill('t1', '4'), fill('t2', '5')] });
    expect(told).toStrictEqual(['t1 4', 't2 5', CUT.replace('down', 'down of 9')]);
  });

  it('ends one under whose id another engine has let more leave, once that has filled', async () => {
    const quantity = text('12');
    await found({ status: 'filled', quantity, fills: [fill('t1', '8')] });
    expect(told).toStrictEqual([]);
    await found({ status: 'filled', quantity, fills: [fill('t1', '8'), fill('t2', '4')] });
    const end = 'cancelled: the venue has filled an order of 12 under this id';
    expect(told).toStrictEqual(['t1 8 by another', 't2 4 by another', end]);
  });

  it('ends one of which another engine has let more leave, and which has ended with a rest', async () => {
    await found({ status: 'expired', quantity: text('12'), fills: [fill('t1', '11')] });
    expect(told).toStrictEqual(['t1 11 by another', 'expired: found by looking it up']);
  });

  it('tells no end of what is open, or filled whole', async () => {
    await found({ status: 'open', quantity: text('9'), fills: [fill('t1', '3')] });
    await found({ status: 'filled', quantity: text('10'), fills: [fill('t1', '10')] });
    await found({ status: 'filled', fills: [fill('t1', '10')] });
    expect(told).toStrictEqual([]);
  });

  it('ends one whose fills from before it was decided do not count for it', async () => {
    order = { ...order, stamp: { ...order.stamp, at: 2 } };
    const same = { status: 'filled', quantity: text('10') } as const;
    await found({ ...same, fills: [fill('t1', '4')] });
    expect(told).toStrictEqual([]);
    await found({ ...same, fills: [fill('t1', '4'), fill('t2', '6')] });
    const end = 'cancelled: the venue has filled an order of 10 under this id';
    expect(told).toStrictEqual(['t1 4', 't2 6', end]);
  });

  it('tells no end of one that such fills have settled', async () => {
    order = { ...order, stamp: { ...order.stamp, at: 2 } };
    broker.onFill(() => (order = { ...order, status: 'filled' }));
    await found({ status: 'filled', quantity: text('10'), fills: [fill('t1', '10')] });
    expect(told).toStrictEqual(['t1 10']);
  });

  it('passes on what the venue tells by itself', () => {
    venue.tellEnd({ orderId: 'o', status: 'expired', venueText: 'EXPIRED' });
    expect(told).toStrictEqual(['expired: EXPIRED']);
  });
});
