import { add, decimal, formatDecimal } from '../../src/domain/kernel/decimal.js';
import type { DecimalText } from '../../src/domain/kernel/units.js';
import type { OrderTerms } from '../../src/domain/order/order-terms.js';
import type {
  FillReport,
  OrderEndReport,
  OrderTicket,
  VenueBroker,
} from '../../src/application/ports/broker.port.js';
import { until } from '../support/until.js';

/** What can go wrong with the next order, or with the next question. */
export type SubmitFault =
  | 'refused' // by the venue's own word
  | 'lost-before' // the order does not arrive, and no answer comes
  | 'lost-after' // the order arrives, and no answer comes
  | 'error-after' // the order arrives, and the answer is a 5xx
  | 'garbled-after' // the order arrives, and the answer cannot be read
  | 'throttled' // 429 with Retry-After: 7
  | 'banned' // 418 with Retry-After: 120
  | 'filled-before-answer'; // its fills are told before the answer to it
export type AskFault = 'silent' | 'error' | 'garbled';

/** A venue that a test can lead, and the adapter that is put to it. Every one starts empty, at a price of 80. */
export interface VenueUnderTest {
  readonly broker: VenueBroker;
  readonly instrumentId: string;
  readonly fills: FillReport[];
  readonly ends: OrderEndReport[];
  /** Lets the venue hold so much of the instrument for the account, whoever bought or sold it. */
  hold(quantity: string): Promise<void>;
  /** Fills what is open of the order in these pieces, at the venue. */
  fill(orderId: string, pieces: readonly string[]): Promise<void>;
  /** Tells all fills once more. */
  repeatReports(): Promise<void>;
  failNext(fault: SubmitFault): void;
  /** Every look-up, list and cancel from here on goes wrong until `answer()`. */
  fail(fault: AskFault): void;
  answer(): void;
  /** Orders that the venue's own books hold, ended ones too. */
  ordersAtVenue(): number;
  /** The stop and limit price that the venue's own books hold of the newest order. */
  newestTerms(): {
    readonly limitPrice: string | undefined;
    readonly stopPrice: string | undefined;
  };
  /** What the adapter sees after a broken connection: the same venue through a fresh connection where it needs one. */
  reconnect(): Promise<void>;
  close(): Promise<void>;
}

export interface ContractTerms {
  readonly open: () => Promise<VenueUnderTest>;
  /** What this venue cannot do to us, stated: the cards of these are not dealt. */
  readonly never: readonly (SubmitFault | AskFault | 'repeated-reports')[];
}

const SENT_AT = 1_750_541_460_000;

/** The cards that every adapter has to play. */
export function brokerContract(name: string, terms: ContractTerms): void {
  describe(`${name} keeps the contract of a broker`, () => {
    let venue: VenueUnderTest;
    let count = 0;

    beforeEach(async () => {
      venue = await terms.open();
    });
    afterEach(() => venue.close());

    function ticket(
      over: Partial<Pick<OrderTicket, 'side' | 'quantity' | 'reduceOnly'>> = {},
      order: OrderTerms = { type: 'market' },
    ): OrderTicket {
      count += 1;
      const orderId = `01JY8T3F5MZ0Q4X7Z9V2K6B1-1-${count}`;
      const head = { orderId, accountId: 'demo', instrumentId: venue.instrumentId } as const;
      return {
        ...head,
        side: 'buy',
        quantity: '10' as DecimalText,
        reduceOnly: false,
        ...over,
        ...order,
      };
    }

    const limit = (price: string): OrderTerms => ({
      type: 'limit',
      limitPrice: price as DecimalText,
      timeInForce: 'gtc',
    });

    const deals = (fault: ContractTerms['never'][number]): boolean => !terms.never.includes(fault);

    async function isNotLive(orderId: string): Promise<void> {
      const found = await venue.broker.lookUpByClientOrderId(orderId);
      expect(found.kind === 'found' ? found.status : found.kind).toMatch(/^(absent|rejected)$/);
    }

    describe('submit', () => {
      it('BRK-010 acknowledges an order that the venue has taken, and finds it open', async () => {
        const order = ticket({}, limit('70'));
        const outcome = await venue.broker.submit(order);
        expect(outcome).toMatchObject({ kind: 'acknowledged' });
        expect(venue.ordersAtVenue()).toBe(1);
        const found = await venue.broker.lookUpByClientOrderId(order.orderId);
        expect(found).toMatchObject({
          kind: 'found',
          status: 'open',
          venueOrderId: outcome.kind === 'acknowledged' && outcome.venueOrderId,
          fills: [],
        });
      });

      it('BRK-011 hands limit and stop prices to the venue as they are', async () => {
        await venue.broker.submit(ticket({}, limit('70.01')));
        expect(venue.newestTerms()).toStrictEqual({ limitPrice: '70.01', stopPrice: undefined });
        await venue.hold('10');
        const stop = {
          type: 'stop',
          stopPrice: '75.05' as DecimalText,
          limitPrice: '74.9' as DecimalText,
          timeInForce: 'gtc',
        } as const;
        const exit = ticket({ side: 'sell', reduceOnly: true }, stop);
        expect(await venue.broker.submit(exit)).toMatchObject({ kind: 'acknowledged' });
        expect(venue.newestTerms()).toStrictEqual({ limitPrice: '74.9', stopPrice: '75.05' });
      });

      if (deals('refused')) {
        it('BRK-020 is refused by the venue’s own word, and nothing is live', async () => {
          venue.failNext('refused');
          const order = ticket();
          const outcome = await venue.broker.submit(order);
          expect(outcome).toMatchObject({ kind: 'refused' });
          await isNotLive(order.orderId);
        });
      }

      for (const fault of (['lost-after', 'error-after', 'garbled-after'] as const).filter(deals)) {
        it(`BRK-030 does not know what became of an order that is ${fault}; the look-up finds it`, async () => {
          venue.failNext(fault);
          const order = ticket({}, limit('70'));
          expect(await venue.broker.submit(order)).toMatchObject({ kind: 'unknown' });
          await venue.reconnect();
          const found = await venue.broker.lookUpByClientOrderId(order.orderId);
          expect(found).toMatchObject({ kind: 'found', status: 'open' });
          expect(venue.ordersAtVenue()).toBe(1);
        });
      }

      if (deals('lost-before')) {
        it('BRK-040 does not know what became of an order that got lost; the look-up says absent', async () => {
          venue.failNext('lost-before');
          const order = ticket();
          expect(await venue.broker.submit(order)).toMatchObject({ kind: 'unknown' });
          await venue.reconnect();
          expect(await venue.broker.lookUpByClientOrderId(order.orderId)).toStrictEqual({
            kind: 'absent',
          });
          expect(venue.ordersAtVenue()).toBe(0);
        });
      }

      for (const [fault, ms] of [
        ['throttled', 7_000],
        ['banned', 120_000],
      ] as const) {
        if (!deals(fault)) continue;
        it(`BRK-050 does not take ${fault} for a refusal, and tells when to come again`, async () => {
          venue.failNext(fault);
          const outcome = await venue.broker.submit(ticket());
          expect(outcome).toMatchObject({ kind: 'unknown', retryAfterMs: ms });
          expect(venue.ordersAtVenue()).toBe(0);
        });
      }

      it('BRK-060 never makes a second order of a repeated id', async () => {
        const order = ticket({}, limit('70'));
        await venue.broker.submit(order);
        expect(await venue.broker.submit(order)).toMatchObject({ kind: 'unknown' });
        expect(venue.ordersAtVenue()).toBe(1);
      });
    });

    describe('look-up', () => {
      it('BRK-100 says absent of an id that the venue never saw', async () => {
        expect(
          await venue.broker.lookUpByClientOrderId('01JY8T3F5MZ0Q4X7Z9V2NONE-1-1'),
        ).toStrictEqual({ kind: 'absent' });
      });

      for (const fault of (['silent', 'error', 'garbled'] as const).filter(deals)) {
        it(`BRK-110 knows nothing when the venue is ${fault}: no order, no list, no position`, async () => {
          const order = ticket({}, limit('70'));
          await venue.broker.submit(order);
          await venue.hold('10');
          venue.fail(fault);
          const answers = [
            await venue.broker.lookUpByClientOrderId(order.orderId),
            await venue.broker.cancel(order.orderId),
            await venue.broker.openOrders(),
            await venue.broker.positions(),
            await venue.broker.fills(venue.instrumentId, SENT_AT),
          ];
          expect(answers.map(({ kind }) => kind)).toStrictEqual(Array(5).fill('unknown'));
          venue.answer();
          expect(await venue.broker.positions()).toMatchObject({ kind: 'known' });
        });
      }
    });

    describe('fills', () => {
      it('BRK-200 tells every part once under the venue’s own trade id', async () => {
        const order = ticket({}, limit('79'));
        await venue.broker.submit(order);
        await venue.fill(order.orderId, ['3', '6', '1']);
        const told = await until(
          'all fills are told',
          () => venue.fills.length >= 3 && venue.fills,
        );
        expect(told.map(({ orderId }) => orderId)).toStrictEqual(Array(3).fill(order.orderId));
        expect(new Set(told.map(({ fill }) => fill.venueTradeId)).size).toBe(3);
        expect(sum(told)).toBe('10');
        const found = await venue.broker.lookUpByClientOrderId(order.orderId);
        const byId = (a: { venueTradeId: string }, b: { venueTradeId: string }) =>
          a.venueTradeId.localeCompare(b.venueTradeId);
        const seen = told.map(({ fill }) => fill).sort(byId);
        expect(found.kind === 'found' && [...found.fills].sort(byId)).toStrictEqual(seen);
        const list = await venue.broker.fills(venue.instrumentId, 0);
        expect(
          list.kind === 'known' && list.fills.map(({ fill }) => fill).sort(byId),
        ).toStrictEqual(seen);
      });

      it('BRK-210 tells a part of an order that is still open', async () => {
        const order = ticket({}, limit('79'));
        await venue.broker.submit(order);
        await venue.fill(order.orderId, ['4']);
        await until('the part is told', () => venue.fills.length === 1);
        expect(await venue.broker.lookUpByClientOrderId(order.orderId)).toMatchObject({
          kind: 'found',
          status: 'open',
        });
        const open = await venue.broker.openOrders();
        expect(open).toMatchObject({ kind: 'known', orders: [{ orderId: order.orderId }] });
      });

      if (deals('repeated-reports')) {
        it('BRK-220 tells a repeated report under the same trade id', async () => {
          const order = ticket({}, limit('79'));
          await venue.broker.submit(order);
          await venue.fill(order.orderId, ['10']);
          await until('the fill is told', () => venue.fills.length === 1);
          await venue.repeatReports();
          await venue.broker.openOrders();
          expect(new Set(venue.fills.map(({ fill }) => fill.venueTradeId)).size).toBe(1);
        });
      }

      if (deals('filled-before-answer')) {
        it('BRK-230 tells a fill that comes before the answer to its order', async () => {
          venue.failNext('filled-before-answer');
          const order = ticket();
          const outcome = await venue.broker.submit(order);
          expect(outcome).toMatchObject({ kind: 'acknowledged' });
          const [told] = await until(
            'the fill is told',
            () => venue.fills.length > 0 && venue.fills,
          );
          expect(told).toMatchObject({ orderId: order.orderId, fill: { quantity: '10' } });
        });
      }
    });

    describe('cancel', () => {
      it('BRK-300 takes an open order back and tells its end', async () => {
        const order = ticket({}, limit('70'));
        await venue.broker.submit(order);
        expect(await venue.broker.cancel(order.orderId)).toMatchObject({ kind: 'cancelled' });
        const [end] = await until('the end is told', () => venue.ends.length > 0 && venue.ends);
        expect(end).toMatchObject({ orderId: order.orderId, status: 'cancelled' });
        expect(await venue.broker.lookUpByClientOrderId(order.orderId)).toMatchObject({
          kind: 'found',
          status: 'cancelled',
        });
        expect(await venue.broker.openOrders()).toStrictEqual({ kind: 'known', orders: [] });
      });

      it('BRK-310 finds nothing to cancel of an order that has filled, or was never there', async () => {
        const order = ticket({}, limit('79'));
        await venue.broker.submit(order);
        await venue.fill(order.orderId, ['10']);
        expect(await venue.broker.cancel(order.orderId)).toMatchObject({ kind: 'ended' });
        expect(await venue.broker.cancel('01JY8T3F5MZ0Q4X7Z9V2NONE-1-1')).toMatchObject({
          kind: 'ended',
        });
      });
    });

    describe('positions', () => {
      it('BRK-400 are the venue’s: an instrument that it does not name is flat', async () => {
        expect(await venue.broker.positions()).toStrictEqual({ kind: 'known', positions: [] });
        await venue.hold('10');
        expect(await venue.broker.positions()).toMatchObject({
          kind: 'known',
          positions: [{ instrumentId: venue.instrumentId, quantity: '10' }],
        });
      });
    });

    describe('an exit', () => {
      it('BRK-500 is kept back when nothing is open on its side', async () => {
        const order = ticket({ side: 'sell', reduceOnly: true });
        const nothing = expect.stringMatching(/^(denied|refused)$/) as string;
        expect(await venue.broker.submit(order)).toMatchObject({ kind: nothing });
        await isNotLive(order.orderId);
        await venue.hold('10');
        const wrong = ticket({ side: 'buy', reduceOnly: true });
        expect(await venue.broker.submit(wrong)).toMatchObject({ kind: nothing });
        await isNotLive(wrong.orderId);
      });

      it('BRK-510 takes the whole position, and two exits together never more than it', async () => {
        await venue.hold('10');
        const [first, second] = [
          ticket({ side: 'sell', reduceOnly: true, quantity: '7' as DecimalText }, limit('81')),
          ticket({ side: 'sell', reduceOnly: true, quantity: '7' as DecimalText }, limit('81')),
        ];
        expect(await venue.broker.submit(first)).toMatchObject({ kind: 'acknowledged' });
        await venue.broker.submit(second);
        await venue.fill(first.orderId, ['7']);
        await venue.fill(second.orderId, ['7']);
        const after = await venue.broker.positions();
        expect(after).toMatchObject({ kind: 'known', positions: [] });
      });
    });

    it('BRK-600 knows nothing any more once it is closed', async () => {
      const order = ticket({}, limit('70'));
      await venue.broker.submit(order);
      await venue.broker.close();
      expect(await venue.broker.submit(ticket())).toMatchObject({ kind: 'unknown' });
      expect(await venue.broker.lookUpByClientOrderId(order.orderId)).toMatchObject({
        kind: 'unknown',
      });
      expect(await venue.broker.positions()).toMatchObject({ kind: 'unknown' });
      expect(venue.ordersAtVenue()).toBe(1);
    });
  });
}

function sum(reports: readonly FillReport[]): string {
  return formatDecimal(reports.map(({ fill }) => decimal(fill.quantity)).reduce(add));
}
