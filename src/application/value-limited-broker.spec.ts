import { decimal, multiply } from '../domain/kernel/decimal.js';
import type { DecimalText } from '../domain/kernel/units.js';
import { NoBroker } from './no-broker.js';
import type { AmendOutcome, OrderTicket, SubmitOutcome } from './ports/broker.port.js';
import { ValueLimitedBroker } from './value-limited-broker.js';

/** Takes every order and keeps its id. */
class TakingBroker extends NoBroker {
  readonly taken: string[] = [];

  override submit(ticket?: OrderTicket): Promise<SubmitOutcome> {
    this.taken.push(ticket?.orderId ?? '');
    return Promise.resolve({ kind: 'acknowledged', venueOrderId: 'v', venueTimeMs: 1 });
  }

  amend(orderId: string): Promise<AmendOutcome> {
    this.taken.push(`${orderId} amended`);
    return Promise.resolve({ kind: 'amended' });
  }
}

function ticket(over: Partial<OrderTicket> = {}): OrderTicket {
  const head = { orderId: 'o', accountId: 'a', instrumentId: 'NSE:X', side: 'buy' } as const;
  return { ...head, type: 'market', quantity: '10' as DecimalText, reduceOnly: false, ...over };
}

describe('the limit on the value of an order', () => {
  let venue: TakingBroker;
  let price: DecimalText | undefined;
  let broker: ValueLimitedBroker;

  beforeEach(() => {
    venue = new TakingBroker('none');
    price = '100' as DecimalText;
    broker = new ValueLimitedBroker(venue, {
      maxOrderValue: '1000' as DecimalText,
      valueOf: (_, quantity, asked = price) =>
        asked === undefined ? undefined : multiply(decimal(quantity), decimal(asked)),
    });
  });

  it('lets an entry of just that value leave', async () => {
    expect(await broker.submit(ticket())).toMatchObject({ kind: 'acknowledged' });
    expect(venue.taken).toStrictEqual(['o']);
  });

  it.each([
    ['by its quantity', { quantity: '10.0001' as DecimalText }, '1000.01'],
    ['by its price', { type: 'limit', limitPrice: '100.01' as DecimalText }, '1000.1'],
    ['by the price of its stop', { type: 'stop', stopPrice: '101' as DecimalText }, '1010'],
  ] as const)('keeps an entry back that is above it %s', async (_, over, value) => {
    expect(await broker.submit(ticket(over))).toStrictEqual({
      kind: 'denied',
      reason: 'order-value',
      rule: `must be worth at most 1000, was ${value}`,
    });
    expect(venue.taken).toStrictEqual([]);
  });

  it('keeps an entry back of which nobody knows what it is worth', async () => {
    price = undefined;
    expect(await broker.submit(ticket())).toStrictEqual({
      kind: 'denied',
      reason: 'order-value',
      rule: 'the value must be known, and no price of NSE:X was seen yet',
    });
    expect(venue.taken).toStrictEqual([]);
  });

  it('lets every exit pass, with or without a price', async () => {
    await broker.submit(
      ticket({ orderId: 'large', quantity: '99' as DecimalText, reduceOnly: true }),
    );
    price = undefined;
    await broker.submit(ticket({ orderId: 'unpriced', reduceOnly: true }));
    expect(venue.taken).toStrictEqual(['large', 'unpriced']);
  });

  it('holds for a change of a resting entry, and not for that of an exit', async () => {
    const asked = { type: 'limit', limitPrice: '101', quantity: '10' } as never;
    await broker.submit(ticket());
    await broker.submit(ticket({ orderId: 'exit', reduceOnly: true }));
    expect(await broker.amend?.('o', asked)).toMatchObject({ kind: 'refused' });
    expect(await broker.amend?.('exit', asked)).toStrictEqual({ kind: 'amended' });
    expect(await broker.amend?.('older', asked)).toStrictEqual({
      kind: 'refused',
      venueText: 'it was sent before the last start: cancel it and place it anew',
    });
    expect(venue.taken).toStrictEqual(['o', 'exit', 'exit amended']);
  });

  it('offers no change where the venue has none', () => {
    const limit = { maxOrderValue: '1' as DecimalText, valueOf: () => undefined };
    expect(new ValueLimitedBroker(new NoBroker('none'), limit).amend).toBeUndefined();
  });
});

describe('no broker', () => {
  it('keeps what is new back, and knows nothing of what was sent before', async () => {
    const none = new NoBroker('the account is not configured');
    expect(await none.submit()).toStrictEqual({
      kind: 'denied',
      reason: 'no-broker',
      rule: 'the account is not configured',
    });
    const answers = [
      none.lookUpByClientOrderId(),
      none.cancel(),
      none.openOrders(),
      none.positions(),
      none.fills(),
    ];
    const kinds = (await Promise.all(answers)).map(({ kind }) => kind);
    expect(kinds).toStrictEqual(Array(5).fill('unknown'));
  });
});
