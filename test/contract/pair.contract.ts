import { insuranceFaults } from '../../src/application/insurance-sight.js';
import type { DecimalText } from '../../src/domain/kernel/units.js';
import { until } from '../support/until.js';
import { asKnown, contractTicket, pairTicket, restingAt } from './contract-tickets.js';
import type { VenueUnderTest } from './venue-under-test.js';

/** The cards of a stop that rests at the venue together with a target, as one order of ours. */
export function pairCards(venueOf: () => VenueUnderTest): void {
  describe('a stop that insures, with its target', () => {
    let venue: VenueUnderTest;

    beforeEach(() => {
      venue = venueOf();
      return venue.hold('10');
    });

    const resting = () => restingAt(venue);
    const targetOf = (orderId: string) => venue.targetOf?.(orderId) ?? orderId;
    const found = (orderId: string) => venue.broker.lookUpByClientOrderId(orderId);
    const flat = { kind: 'known', positions: [] } as const;

    it('BRK-750 rests as one order, is read back as asked for, and is taken back whole', async () => {
      const order = pairTicket(venue);
      expect(await venue.broker.submit(order)).toMatchObject({ kind: 'acknowledged' });
      expect(await resting()).toMatchObject([
        {
          ...{ orderId: order.orderId, type: 'stop', side: 'sell', quantity: '10' },
          ...{ stopPrice: '75.05', limitPrice: '74.9', targetPrice: '84.5' },
        },
      ]);
      expect(insuranceFaults([asKnown(order)], await resting())).toStrictEqual(new Map());
      const other = asKnown(pairTicket(venue, '84.6'));
      const [shown] = await resting();
      const faults = insuranceFaults([other], [{ ...shown!, orderId: other.orderId }]);
      expect([...faults.values()]).toStrictEqual([
        `${other.orderId} rests with target price 84.5, not 84.6`,
      ]);
      expect(await venue.broker.cancel(order.orderId)).toMatchObject({ kind: 'cancelled' });
      expect(await resting()).toStrictEqual([]);
      await until('its end is told', () => venue.ends.length > 0);
      expect(new Set(venue.ends.map(({ orderId }) => orderId))).toStrictEqual(
        new Set([order.orderId]),
      );
    });

    it.each(['stop', 'target'])('BRK-760 tells the fills of the %s as its own', async (leg) => {
      const order = pairTicket(venue);
      await venue.broker.submit(order);
      await venue.fill(leg === 'stop' ? order.orderId : targetOf(order.orderId), ['10']);
      await until('the fill is told', () => venue.fills.length > 0);
      const price = leg === 'stop' ? '74.9' : '84.5';
      expect(await found(order.orderId)).toMatchObject({ kind: 'found', status: 'filled' });
      expect(await resting()).toStrictEqual([]);
      const told = venue.fills.map(({ orderId, fill }) => [orderId, fill.quantity, fill.price]);
      // Twice where the end of the other leg made the adapter look again: one trade all the same.
      expect(new Set(venue.fills.map(({ fill }) => fill.venueTradeId)).size).toBe(1);
      expect(told[0]).toStrictEqual([order.orderId, '10', price]);
      expect(venue.ends).toStrictEqual([]);
      expect(await venue.broker.fills(venue.instrumentId, 0)).toMatchObject({
        fills: [{ orderId: order.orderId, fill: { price } }],
      });
    });

    it.each(['stop', 'target'])(
      'BRK-770 is found to have sold at its %s while nobody was there',
      async (leg) => {
        const order = pairTicket(venue);
        await venue.broker.submit(order);
        await venue.fillUnheard(leg === 'stop' ? order.orderId : targetOf(order.orderId), [
          '4',
          '6',
        ]);
        await venue.reconnect();
        expect(await found(order.orderId)).toMatchObject({
          ...{ kind: 'found', status: 'filled', quantity: '10' },
          fills: [{ quantity: '4' }, { quantity: '6' }],
        });
        expect(await venue.broker.positions()).toMatchObject(flat);
      },
    );

    it('BRK-780 whose target has traded in part differs at once, and what is left is taken back', async () => {
      const order = pairTicket(venue);
      await venue.broker.submit(order);
      await venue.fillUnheard(targetOf(order.orderId), ['4']);
      expect(await found(order.orderId)).toMatchObject({
        ...{ kind: 'found', status: 'open' },
        fills: [{ quantity: '4', price: '84.5' }],
      });
      expect([...insuranceFaults([asKnown(order)], await resting()).values()]).toStrictEqual([
        `${order.orderId} rests with type limit, not stop`,
      ]);
      expect(await venue.broker.cancel(order.orderId)).toMatchObject({ kind: 'cancelled' });
      expect(await resting()).toStrictEqual([]);
      const rest = { ...pairTicket(venue), quantity: '6' as DecimalText };
      expect(await venue.broker.submit(rest)).toMatchObject({ kind: 'acknowledged' });
      expect(await resting()).toMatchObject([{ type: 'stop', quantity: '6', targetPrice: '84.5' }]);
    });

    it.each(['lost-before', 'lost-after'] as const)(
      'BRK-790 is placed once though its placing met %s',
      async (fault) => {
        const order = pairTicket(venue);
        venue.failNext(fault);
        expect(await venue.broker.submit(order)).toMatchObject({ kind: 'unknown' });
        await venue.reconnect();
        const { kind } = await found(order.orderId);
        expect(kind).toBe(fault === 'lost-after' ? 'found' : 'absent');
        if (kind === 'absent') await venue.broker.submit(order);
        expect(await resting()).toMatchObject([{ stopPrice: '75.05', targetPrice: '84.5' }]);
        expect(venue.ordersAtVenue()).toBe(1);
      },
    );

    it('BRK-800 locks what it may sell once, and an exit leaves when it is taken back', async () => {
      const order = pairTicket(venue);
      await venue.broker.submit(order);
      const sell = { side: 'sell', reduceOnly: true } as const;
      expect(await venue.broker.submit(contractTicket(venue, sell))).toMatchObject({
        ...{ kind: 'denied', reason: 'locked-by-others' },
      });
      expect(await venue.broker.cancel(order.orderId)).toMatchObject({ kind: 'cancelled' });
      const exit = contractTicket(venue, sell);
      expect(await venue.broker.submit(exit)).toMatchObject({ kind: 'acknowledged' });
      await venue.fill(exit.orderId, ['10']);
      expect(await venue.broker.positions()).toMatchObject(flat);
      expect(await resting()).toStrictEqual([]);
    });

    it('BRK-810 of which one leg cannot rest is refused whole', async () => {
      const order = pairTicket(venue, '79.9');
      expect(await venue.broker.submit(order)).toMatchObject({ kind: 'refused', refusal: 'final' });
      expect(await resting()).toStrictEqual([]);
      expect(await found(order.orderId)).toMatchObject({ kind: 'absent' });
    });

    it('BRK-820 is told to have ended when somebody takes one of them back by hand', async () => {
      const order = pairTicket(venue);
      await venue.broker.submit(order);
      await venue.cancelByHand(targetOf(order.orderId));
      await until('its end is told', () => venue.ends.length > 0);
      expect(venue.ends[0]).toMatchObject({ orderId: order.orderId, status: 'cancelled' });
      expect(await resting()).toStrictEqual([]);
    });
  });
}
