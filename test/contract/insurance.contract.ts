import { insuranceFaults } from '../../src/application/insurance-sight.js';
import type { DecimalText } from '../../src/domain/kernel/units.js';
import { asKnown, contractTicket, insuranceTicket, restingAt } from './contract-tickets.js';
import { dealsOf } from './venue-under-test.js';
import type { ContractTerms, VenueUnderTest } from './venue-under-test.js';

/** The cards of stops that rest at the venue while the engine's own guards. */
export function insuranceCards(venueOf: () => VenueUnderTest, terms: ContractTerms): void {
  const deals = dealsOf(terms);

  describe('a stop that insures', () => {
    let venue: VenueUnderTest;

    beforeEach(() => {
      venue = venueOf();
      return venue.hold('10');
    });

    const resting = () => restingAt(venue);

    it('BRK-700 rests, is read back as it was asked for, and is taken back', async () => {
      const order = insuranceTicket(venue);
      expect(await venue.broker.submit(order)).toMatchObject({ kind: 'acknowledged' });
      // The log names the orders that a venue shows by a hash alone.
      venue.know?.(order.orderId);
      expect(await resting()).toMatchObject([
        {
          orderId: order.orderId,
          type: 'stop',
          side: 'sell',
          stopPrice: '75.05',
          quantity: '10',
        },
      ]);
      expect(insuranceFaults([asKnown(order)], await resting())).toStrictEqual(new Map());
      const other = { ...asKnown(order), stopPrice: '75.06' as DecimalText };
      expect([...insuranceFaults([other], await resting()).values()]).toStrictEqual([
        `${order.orderId} rests with stop price 75.05, not 75.06`,
      ]);
      expect(await venue.broker.cancel(order.orderId)).toMatchObject({ kind: 'cancelled' });
      expect(await resting()).toStrictEqual([]);
    });

    it('BRK-710 follows in steps, and only the newest rests', async () => {
      for (const stopPrice of ['75.05', '76.1', '77.25']) {
        const order = insuranceTicket(venue, stopPrice);
        expect(await venue.broker.submit(order)).toMatchObject({ kind: 'acknowledged' });
        expect(await resting()).toMatchObject([{ stopPrice }]);
        if (stopPrice === '77.25') break;
        expect(await venue.broker.cancel(order.orderId)).toMatchObject({ kind: 'cancelled' });
      }
      expect(venue.ordersAtVenue()).toBe(3);
    });

    if (deals('lost-reports')) {
      it('BRK-720 is found to have sold while nobody was there', async () => {
        const order = insuranceTicket(venue);
        await venue.broker.submit(order);
        await venue.fillUnheard(order.orderId, ['10']);
        expect(await venue.broker.lookUpByClientOrderId(order.orderId)).toMatchObject({
          kind: 'found',
          status: 'filled',
          fills: [{ quantity: '10' }],
        });
        expect(await venue.broker.positions()).toMatchObject({ kind: 'known', positions: [] });
      });
    }

    for (const fault of (['lost-before', 'lost-after'] as const).filter(deals)) {
      it(`BRK-730 is placed once though its placing met ${fault}`, async () => {
        const order = insuranceTicket(venue);
        venue.failNext(fault);
        expect(await venue.broker.submit(order)).toMatchObject({ kind: 'unknown' });
        await venue.reconnect();
        const found = await venue.broker.lookUpByClientOrderId(order.orderId);
        expect(found.kind).toBe(fault === 'lost-after' ? 'found' : 'absent');
        if (found.kind === 'absent') await venue.broker.submit(order);
        expect(await resting()).toMatchObject([{ type: 'stop', stopPrice: '75.05' }]);
        expect(venue.ordersAtVenue()).toBe(1);
      });
    }

    it('BRK-740 never sells together with an exit what one of them has sold', async () => {
      const order = insuranceTicket(venue);
      await venue.broker.submit(order);
      let exit = contractTicket(venue, { side: 'sell', reduceOnly: true });
      if ((await venue.broker.submit(exit)).kind !== 'acknowledged') {
        expect(venue.broker.locksHoldings).toBe(true);
        expect(await venue.broker.cancel(order.orderId)).toMatchObject({ kind: 'cancelled' });
        exit = contractTicket(venue, { side: 'sell', reduceOnly: true });
        expect(await venue.broker.submit(exit)).toMatchObject({ kind: 'acknowledged' });
      }
      await venue.fill(exit.orderId, ['10']);
      const after = await venue.broker.positions();
      expect(after).toMatchObject({ kind: 'known', positions: [] });
      // What is left to rest can sell nothing more: it only reduces, or is taken back.
      const left = (await resting()).filter(({ reduceOnly }) => reduceOnly !== true);
      // An exit beside one that does not must wait until the venue has said that it is gone.
      expect(venue.broker.opensBeyond ?? false).toBe(left.length > 0);
      if (left.length > 0) {
        expect(await venue.broker.cancel(order.orderId)).toMatchObject({ kind: 'cancelled' });
      }
      expect((await resting()).every(({ reduceOnly }) => reduceOnly === true)).toBe(true);
    });
  });
}
