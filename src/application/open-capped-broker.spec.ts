import type { DecimalText } from '../domain/kernel/units.js';
import { OpenCappedBroker } from './open-capped-broker.js';
import type { OrderTicket, SubmitOutcome, VenueBroker } from './ports/broker.port.js';

const TICKET = {
  ...{ orderId: 'S1-0101', accountId: 'demo', instrumentId: 'BINANCE:LTCUSDT', side: 'sell' },
  ...{ quantity: '10', type: 'market', reduceOnly: true },
} as unknown as OrderTicket;

const ACKED = { kind: 'acknowledged', venueOrderId: 'v1', venueTimeMs: 5 } as const;

function over(open: string | undefined, answer: SubmitOutcome = ACKED) {
  const sent: string[] = [];
  const venue = {
    submit: ({ quantity }: OrderTicket) => {
      sent.push(quantity);
      return Promise.resolve(answer);
    },
  } as unknown as VenueBroker;
  const broker = new OpenCappedBroker(venue, () => open as DecimalText | undefined);
  return { broker, sent };
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
});
