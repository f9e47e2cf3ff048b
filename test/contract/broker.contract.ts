import { add, decimal, formatDecimal } from '../../src/domain/kernel/decimal.js';
import type { DecimalText } from '../../src/domain/kernel/units.js';
import type { OrderTerms } from '../../src/domain/order/order-terms.js';
import type { FillReport, OrderTicket } from '../../src/application/ports/broker.port.js';
import { until } from '../support/until.js';
import { contractTicket, insuranceTicket } from './contract-tickets.js';
import { insuranceCards } from './insurance.contract.js';
import { pairCards } from './pair.contract.js';
import { dealsOf } from './venue-under-test.js';
import type { ContractTerms, VenueUnderTest } from './venue-under-test.js';

const SENT_AT = 1_750_541_460_000;

/** The cards that every adapter has to play. */
export function brokerContract(name: string, terms: ContractTerms): void {
  describe(`${name} keeps the contract of a broker`, () => {
    let venue: VenueUnderTest;

    beforeEach(async () => {
      venue = await terms.open();
    });
    afterEach(() => venue.close());

    const ticket = (
      over: Partial<Pick<OrderTicket, 'side' | 'quantity' | 'reduceOnly'>> = {},
      order?: OrderTerms,
    ): OrderTicket => contractTicket(venue, over, order);

    const limit = (price: string): OrderTerms => ({
      type: 'limit',
      limitPrice: price as DecimalText,
      timeInForce: 'gtc',
    });

    const deals = dealsOf(terms);

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
        expect(await venue.broker.submit(insuranceTicket(venue))).toMatchObject({
          kind: 'acknowledged',
        });
        const limitPrice = terms.insuresAtMarket ? undefined : '74.9';
        expect(venue.newestTerms()).toStrictEqual({ limitPrice, stopPrice: '75.05' });
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

      const taken = ['lost-after', 'reset-after', 'error-after', 'garbled-after'] as const;
      for (const fault of taken.filter(deals)) {
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

      for (const fault of (['lost-before', 'maintenance'] as const).filter(deals)) {
        it(`BRK-040 does not know what became of an order that met ${fault}; absent, it may be sent again`, async () => {
          venue.failNext(fault);
          const order = ticket({}, limit('70'));
          expect(await venue.broker.submit(order)).toMatchObject({ kind: 'unknown' });
          if (fault === 'lost-before') await venue.reconnect();
          expect(await venue.broker.lookUpByClientOrderId(order.orderId)).toStrictEqual({
            kind: 'absent',
          });
          expect(venue.ordersAtVenue()).toBe(0);
          expect(await venue.broker.submit(order)).toMatchObject({ kind: 'acknowledged' });
          expect(venue.ordersAtVenue()).toBe(1);
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

      for (const fault of (['silent', 'error', 'garbled', 'maintenance'] as const).filter(deals)) {
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

    if (deals('lost-reports')) {
      it('BRK-240 finds what was filled and never reported by looking the order up', async () => {
        const order = ticket({}, limit('79'));
        await venue.broker.submit(order);
        await venue.fillUnheard(order.orderId, ['4', '6']);
        const found = await venue.broker.lookUpByClientOrderId(order.orderId);
        expect(found).toMatchObject({ kind: 'found', status: 'filled' });
        const listed = await venue.broker.fills(venue.instrumentId, 0);
        const quantities = (fills: readonly { readonly quantity: string }[]) =>
          fills.map(({ quantity }) => quantity).sort();
        expect(found.kind === 'found' && quantities(found.fills)).toStrictEqual(['4', '6']);
        expect(
          listed.kind === 'known' && quantities(listed.fills.map(({ fill }) => fill)),
        ).toStrictEqual(['4', '6']);
      });
    }

    if (deals('clock-skew')) {
      it.each([60_000, -60_000, 10_800_000, -10_800_000])(
        'BRK-250 is not misled by a clock of the venue that is %i ms ahead',
        async (aheadMs) => {
          venue.setClockAhead(aheadMs);
          const order = ticket({}, limit('79'));
          expect(await venue.broker.submit(order)).toMatchObject({ kind: 'acknowledged' });
          expect(venue.ordersAtVenue()).toBe(1);
          await venue.fill(order.orderId, ['10']);
          await until('the fill is told', () => venue.fills.length > 0);
          expect(sum(venue.fills)).toBe('10');
          await venue.reconnect();
          expect(await venue.broker.lookUpByClientOrderId(order.orderId)).toMatchObject({
            kind: 'found',
            status: 'filled',
            fills: [{ quantity: '10' }],
          });
        },
      );
    }

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

    if (deals('cancelled-by-hand')) {
      it('BRK-320 tells that somebody took an order back at the venue, after what it had filled', async () => {
        const order = ticket({}, limit('79'));
        await venue.broker.submit(order);
        await venue.fill(order.orderId, ['4']);
        await venue.cancelByHand(order.orderId);
        const [end] = await until('the end is told', () => venue.ends.length > 0 && venue.ends);
        expect(end).toMatchObject({ orderId: order.orderId, status: 'cancelled' });
        const told = new Map(venue.fills.map((report) => [report.fill.venueTradeId, report]));
        expect(sum([...told.values()])).toBe('4');
        expect(await venue.broker.lookUpByClientOrderId(order.orderId)).toMatchObject({
          kind: 'found',
          status: 'cancelled',
          fills: [{ quantity: '4' }],
        });
      });
    }

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

    insuranceCards(() => venue, terms);
    if (terms.pairs) pairCards(() => venue);

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
