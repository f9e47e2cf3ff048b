import type { DecimalText } from '../domain/kernel/units.js';
import { OpenCappedBroker } from './open-capped-broker.js';
import type { KnownOrder } from '../domain/order/order-state.js';
import type { OrderTicket, SubmitOutcome, VenueBroker } from './ports/broker.port.js';

const TICKET = {
  ...{ orderId: 'S1-0101', accountId: 'demo', instrumentId: 'BINANCE:LTCUSDT', side: 'sell' },
  ...{ quantity: '10', type: 'market', reduceOnly: true },
} as unknown as OrderTicket;

const ACKED = { kind: 'acknowledged', venueOrderId: 'v1', venueTimeMs: 5 } as const;

type Logged = Pick<KnownOrder, 'status' | 'filledQuantity'>;

function over(open: string | undefined, answer: SubmitOutcome = ACKED) {
  const logged = new Map<string, Logged>();
  const sent: string[] = [];
  const venue = {
    submit: ({ quantity }: OrderTicket) => {
      sent.push(quantity);
      return Promise.resolve(answer);
    },
  } as unknown as VenueBroker;
  const quantity = open as DecimalText | undefined;
  const broker = new OpenCappedBroker(venue, {
    positionOf: () => quantity && { stamp: { positionId: 'P1' }, quantity },
    orderOf: (orderId) => logged.get(orderId),
  });
  return { broker, sent, logged };
}

describe('an exit', () => {
  it('does not leave for a position that was closed while it waited', async () => {
    const { broker, sent } = over('0');
    expect(await broker.submit(TICKET)).toMatchObject({
      kind: 'denied',
      reason: 'position-closed',
    });
    expect(sent).toStrictEqual([]);
  });

  it('takes what is open and no more, and says how much that was', async () => {
    const { broker, sent } = over('4.0');
    expect(await broker.submit(TICKET)).toStrictEqual({ ...ACKED, quantity: '4' });
    expect(sent).toStrictEqual(['4']);
    // What the venue itself cut down further is the venue's word.
    const cut = over('4', { ...ACKED, quantity: '3' as DecimalText });
    expect(await cut.broker.submit(TICKET)).toMatchObject({ quantity: '3' });
  });

  it.each([['10'], ['11'], [undefined]])(
    'goes through as it is where %s is open, and an entry always does',
    async (open) => {
      const { broker, sent } = over(open);
      expect(await broker.submit(TICKET)).toStrictEqual(ACKED);
      expect(sent).toStrictEqual(['10']);
      const entry = over('0');
      await entry.broker.submit({ ...TICKET, reduceOnly: false });
      expect(entry.sent).toStrictEqual(['10']);
    },
  );

  it('takes nothing of what leaves by another that is on its way, until that has filled or failed', async () => {
    const { broker, sent, logged } = over('5');
    const other = { ...TICKET, orderId: 'S1-0201' };
    const five = { ...TICKET, quantity: '5' as DecimalText };
    expect(await broker.submit(five)).toStrictEqual(ACKED);
    const leaving = { kind: 'denied', reason: 'leaves-already' };
    expect(await broker.submit(other)).toMatchObject(leaving);
    logged.set('S1-0101', { status: 'acked', filledQuantity: '2' as DecimalText });
    expect(await broker.submit(other)).toMatchObject({ quantity: '2' });
    logged.set('S1-0101', { status: 'rejected', filledQuantity: '0' as DecimalText });
    logged.set('S1-0201', { status: 'cancelled', filledQuantity: '0' as DecimalText });
    expect(await broker.submit({ ...five, orderId: 'S1-0102' })).toStrictEqual(ACKED);
    expect(sent).toStrictEqual(['5', '2', '5']);
  });

  it('that the venue has refused leaves room at once, and may come again itself', async () => {
    const refused = { kind: 'refused', refusal: 'passing', venueText: 'no' } as const;
    const { broker, sent } = over('5', refused);
    const five = { ...TICKET, quantity: '5' as DecimalText };
    await broker.submit(five);
    await broker.submit({ ...five, orderId: 'S1-0201' });
    const unclear = over('5', { kind: 'unknown', cause: 'timeout' });
    await unclear.broker.submit(five);
    await unclear.broker.submit(five);
    expect([sent, unclear.sent]).toStrictEqual([
      ['5', '5'],
      ['5', '5'],
    ]);
  });

  it('is not kept back by a limit order, which may rest for ever, nor by a stop that insures', async () => {
    const { broker, sent } = over('10');
    await broker.submit({ ...TICKET, type: 'limit' });
    await broker.submit({ ...TICKET, orderId: 'S1-zz01', type: 'stop', insures: true });
    await broker.submit({ ...TICKET, orderId: 'S1-0201' });
    expect(sent).toStrictEqual(['10', '10', '10']);
  });
});
