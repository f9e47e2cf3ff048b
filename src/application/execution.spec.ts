import {
  Told,
  acked,
  over,
  ticket,
  turnOfLoop,
  unknown,
} from '../../test/support/execution-fixture.js';
import type { DecimalText } from '../domain/kernel/units.js';
import type { SubmitOutcome } from './ports/broker.port.js';

/** An order that an earlier run left. */
const LEFT = {
  orderId: 'a',
  stamp: { accountId: 'demo', instrumentId: 'X' },
  side: 'sell',
  quantity: '1',
} as never;

describe('execution', () => {
  it('looks up first what an engine that fell silent may have sent, and sends only what never arrived', async () => {
    const found = { kind: 'found', venueOrderId: 'v7', venueTimeMs: 3, fills: [] } as const;
    const absent = { kind: 'absent' } as const;
    const venue = new Told([acked], [found, absent, absent]);
    const { execution, pauses, othersSent } = over({ demo: venue });
    othersSent.set('there', -60_000).set('lost', -2_000);
    await execution.send(ticket('there'));
    await execution.send(ticket('lost'));
    expect(venue.asked).toStrictEqual([
      'look up there',
      'look up lost',
      'look up lost',
      'submit lost',
    ]);
    // What is left of the venue's receive window.
    expect(pauses).toStrictEqual([3_000]);
  });

  it('sends no attempt that the venue had refused to an engine which has gone on to another', async () => {
    const absent = { kind: 'absent' } as const;
    const venue = new Told([acked], [absent, absent]);
    const { execution, reports, othersSent, later } = over({ demo: venue });
    othersSent.set('S1-0101', -60_000);
    later.push(unknown, { kind: 'found', orderId: 'S1-0103' });
    await execution.send(ticket('S1-0101'));
    // Lists that cannot be read say nothing: they are asked for again.
    expect(venue.asked).toStrictEqual(['look up S1-0101', 'look up S1-0101']);
    const rule = 'no later attempt of the exit may be at the venue, which has S1-0103';
    const denied = { kind: 'denied', orderId: 'S1-0101', reason: 'superseded', rule };
    expect(reports).toStrictEqual([denied]);
  });

  it('lets no stop rest for what an exit of the former owner has taken already', async () => {
    const absent = { kind: 'absent' } as const;
    const venue = new Told([acked], [absent]);
    const { execution, reports, othersSent, later } = over({ demo: venue });
    othersSent.set('S1-zz02', -60_000);
    later.push({ kind: 'fired', orderId: 'S1-0101' });
    await execution.send({ ...ticket('S1-zz02'), insures: true });
    expect(venue.asked).toStrictEqual(['look up S1-zz02']);
    const rule =
      'what it would guard may not have left, and the venue has S1-0101 of the former owner';
    const head = { kind: 'denied', orderId: 'S1-zz02' } as const;
    expect(reports).toStrictEqual([{ ...head, reason: 'nothing-to-reduce', rule }]);
  });

  it('sends at once what the venue does not know once its receive window has long run out', async () => {
    const venue = new Told([acked], [{ kind: 'absent' }]);
    const { execution, pauses, othersSent } = over({ demo: venue });
    othersSent.set('a', -5_000);
    await execution.send(ticket('a'));
    expect([venue.asked, pauses]).toStrictEqual([['look up a', 'submit a'], []]);
  });

  it('reports what the venue said about an order, and what a guard of ours kept back', async () => {
    const refused = { kind: 'refused', refusal: 'final', venueText: 'too small' } as const;
    const denied = { kind: 'denied', reason: 'dust', rule: 'must be at least 1' } as const;
    const venue = new Told([acked, refused, denied]);
    const { execution, reports } = over({ demo: venue });
    await execution.send(ticket('a'));
    await execution.send(ticket('b'));
    await execution.send(ticket('c'));
    expect(reports).toStrictEqual([
      { kind: 'acked', orderId: 'a', venueOrderId: 'v1', venueTimeMs: 5 },
      { kind: 'rejected', orderId: 'b', reason: 'final', venueText: 'too small' },
      { kind: 'denied', orderId: 'c', reason: 'dust', rule: 'must be at least 1' },
    ]);
  });

  it('sends an unclear order again only after "absent" once the receive window has run out', async () => {
    const absent = { kind: 'absent' } as const;
    const venue = new Told([unknown, acked], [unknown, absent, absent]);
    const { execution, reports, pauses } = over({ demo: venue });
    await execution.send(ticket('a'));
    expect(venue.asked).toStrictEqual([
      'submit a',
      'look up a',
      'look up a',
      'look up a',
      'submit a',
    ]);
    expect(pauses).toStrictEqual([100, 5_000]);
    expect(reports.map(({ kind }) => kind)).toStrictEqual(['unknown', 'acked']);
  });

  it('takes up the order of an earlier run by look-up, with its fills, and sends nothing', async () => {
    const fill = { venueTradeId: 't1' } as never;
    const venue = new Told(
      [],
      [{ kind: 'found', venueOrderId: 'v1', venueTimeMs: 5, fills: [fill] }],
    );
    const { execution, reports } = over({ demo: venue });
    await execution.resume(LEFT);
    expect(venue.asked).toStrictEqual(['look up a']);
    expect(reports.map(({ kind }) => kind)).toStrictEqual(['acked', 'fill']);
  });

  it('does not take up an order that it is sending: the venue may not have it yet', async () => {
    const absent = { kind: 'absent' } as const;
    const venue = new Told([], [absent, absent]);
    const { execution } = over({ demo: venue });
    void execution.send(ticket('a'));
    void execution.resume(LEFT);
    await turnOfLoop();
    expect(venue.asked).toStrictEqual(['submit a']);
    execution.close();
  });

  it('does not send an order that it has taken up: the venue may be getting it', async () => {
    const absent = { kind: 'absent' } as const;
    const venue = new Told([acked, acked], [absent, absent, absent, absent]);
    const { execution } = over({ demo: venue });
    await Promise.all([execution.resume(LEFT), execution.send(ticket('a'))]);
    expect(venue.asked.filter((asked) => asked.startsWith('submit'))).toStrictEqual(['submit a']);
  });

  it('asks again for a cancellation until the answer is clear, and reports what was taken back', async () => {
    const venue = new Told([], [], [unknown, { kind: 'cancelled', reason: 'requested' }]);
    const { execution, reports, pauses } = over({ demo: venue });
    await execution.cancel(ticket('a'));
    expect(reports).toStrictEqual([{ kind: 'cancelled', orderId: 'a', reason: 'requested' }]);
    expect(pauses).toStrictEqual([100]);
    // Nothing to take back: fills say what became of it.
    await execution.cancel(ticket('b'));
    expect(reports).toHaveLength(1);
  });

  it('never sends an order again that is being taken back, and says that it never arrived', async () => {
    const absent = { kind: 'absent' } as const;
    const venue = new Told([unknown], [absent, absent]);
    const { execution, reports } = over({ demo: venue });
    const sent = execution.send(ticket('a'));
    // The venue has nothing to take back: the order may still be on its way.
    await Promise.all([sent, execution.cancel(ticket('a'))]);
    expect(venue.asked).toStrictEqual(['submit a', 'look up a', 'look up a']);
    const reason = 'it was taken back before it had reached the venue';
    expect(reports.at(-1)).toStrictEqual({ kind: 'cancelled', orderId: 'a', reason });
  });

  it('takes an order back once more that reached the venue behind the question', async () => {
    const venue = new Told([], [], [{ kind: 'ended' }, { kind: 'cancelled', reason: 'requested' }]);
    let arrive = (): void => undefined;
    const arrived = new Promise<SubmitOutcome>((resolve) => (arrive = () => resolve(acked)));
    const cancel = venue.cancel.bind(venue);
    const overtaken = Object.assign(venue, {
      submit: () => arrived,
      cancel: async () => {
        const answer = await cancel();
        arrive();
        await turnOfLoop();
        return answer;
      },
    });
    const { execution, reports } = over({ demo: overtaken });
    await Promise.all([execution.send(ticket('a')), execution.cancel(ticket('a'))]);
    expect(reports.map(({ kind }) => kind)).toStrictEqual(['acked', 'cancelled']);
  });

  it('takes an order back once more that arrived after the venue had nothing to take back', async () => {
    const found = { kind: 'found', venueOrderId: 'v1', venueTimeMs: 5, fills: [] } as const;
    const taken = { kind: 'cancelled', reason: 'requested' } as const;
    const venue = new Told([], [found, found], [{ kind: 'ended' }, taken]);
    const { execution, reports } = over({ demo: venue });
    const stamp = { accountId: 'demo', instrumentId: 'X' };
    const order = { ...{ orderId: 'a', stamp, side: 'sell', quantity: '1' }, stopId: 's' };
    // That it is to be taken back is decided, and not durable yet.
    await execution.check({ ...order, isCancelRequested: true } as never);
    expect(reports.map(({ kind }) => kind)).toStrictEqual(['acked']);
    await execution.cancel(ticket('a'));
    await execution.check({ ...order, isCancelRequested: true } as never);
    expect(reports.map(({ kind }) => kind)).toStrictEqual(['acked', 'acked', 'cancelled']);
  });

  it('sends no exit to a venue that is closed; an entry is the venue’s to judge', async () => {
    const venue = new Told([acked]);
    const { execution, reports, closed } = over({ demo: venue });
    closed.set('BINANCE:LTCUSDT', Date.parse('2025-06-23T03:45:00Z'));
    await execution.send(ticket('a'));
    await execution.send({ ...ticket('b'), reduceOnly: false });
    expect(venue.asked).toStrictEqual(['submit b']);
    expect(reports[0]).toStrictEqual({
      ...{ kind: 'denied', orderId: 'a', reason: 'market-closed' },
      rule: 'BINANCE:LTCUSDT must trade, which it does from 2025-06-23T03:45:00.000Z on',
    });
  });

  it('lets the silence of one account keep no other waiting', async () => {
    const silent = new Told([]);
    const well = new Told([acked]);
    const { execution, reports } = over({ demo: silent, other: well });
    for (let order = 0; order < 40; order += 1) void execution.send(ticket(`s${order}`));
    await execution.send(ticket('w', 'other'));
    expect(reports).toStrictEqual([
      { kind: 'acked', orderId: 'w', venueOrderId: 'v1', venueTimeMs: 5 },
    ]);
    expect(execution.health['demo']).toStrictEqual({ queued: 24, inFlight: 16, circuit: 'closed' });
    execution.close();
  });

  it('counts a stop that rests with its target as the venue does: as two orders', async () => {
    const limit = { name: 'orders', permits: 5, perMs: 1_000, reservedForExits: 0 };
    const venue = Object.assign(new Told([acked, acked, acked]), { rateLimits: [limit] });
    const { execution } = over({ demo: venue });
    const targetPrice = '85' as DecimalText;
    for (const orderId of ['one', 'two', 'three'])
      void execution.send({ ...ticket(orderId), insures: true, targetPrice });
    await turnOfLoop();
    expect(venue.asked).toStrictEqual(['submit one', 'submit two']);
    expect(execution.health['demo']?.queued).toBe(1);
    execution.close();
  });

  it('says which account has a venue that gives no clear answers', async () => {
    const venue = new Told([{ ...unknown, retryAfterMs: 9_000 }]);
    const { execution, circuits } = over({ demo: venue });
    void execution.send(ticket('a'));
    await turnOfLoop();
    expect(circuits).toStrictEqual(['demo open']);
    expect(venue.asked).toStrictEqual(['submit a']);
    execution.close();
  });

  it('refuses an order of an account without a broker, and says so', async () => {
    const { execution, reports } = over({});
    await execution.send(ticket('a'));
    expect(reports).toMatchObject([{ kind: 'denied', orderId: 'a', reason: 'no-broker' }]);
  });
});
