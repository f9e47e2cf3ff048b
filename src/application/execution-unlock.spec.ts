import {
  Told,
  acked,
  over,
  ticket,
  turnOfLoop,
  unknown,
} from '../../test/support/execution-fixture.js';
import type { DecimalText } from '../domain/kernel/units.js';
import type { CancelOutcome } from './ports/broker.port.js';

const fill = { venueTradeId: 't1' } as never;
const found = { kind: 'found', venueOrderId: 'v1', venueTimeMs: 5, fills: [fill] } as const;
const taken = { kind: 'cancelled', reason: 'requested' } as const;
const SILENCE: readonly CancelOutcome[] = [unknown, unknown, unknown];

type World = ReturnType<typeof over>;

function told({ reports }: World): string[] {
  return reports.map(({ kind, orderId }) => `${kind} ${orderId}`);
}

/** An exit of a venue that locks, with something that rests for its stop. */
function locked(venue: Told, opensBeyond = false): World {
  const world = over({ demo: Object.assign(venue, { locksHoldings: true, opensBeyond }) });
  world.insured.set('a', 'resting');
  return world;
}

/** A venue that takes two seconds to say anything of what it is to take back. */
function slow(venue: Told): Told {
  const answer = venue.cancel.bind(venue);
  const cancel = async () => {
    for (let passedMs = 0; passedMs < 2_000; passedMs += 100) await turnOfLoop();
    return answer();
  };
  return Object.assign(venue, { cancel });
}

describe('what rests at the venue for the stop of an exit', () => {
  it('is taken back before the exit leaves, where it locks what is to leave', async () => {
    const venue = Object.assign(new Told([acked], [], [taken]), { locksHoldings: true });
    const world = over({ demo: venue, free: new Told([acked]) });
    world.insured.set('a', 'resting').set('f', 'free resting');
    await world.execution.send(ticket('a'));
    await world.execution.send(ticket('f', 'free'));
    expect(told(world)).toStrictEqual(['cancelled resting', 'acked a', 'acked f']);
  });

  it('is taken back first, too, where the account may hold more than its position', async () => {
    const world = over({ demo: new Told([acked], [], [taken]) });
    world.insured.set('a', 'resting');
    world.richer.add('a');
    await world.execution.send(ticket('a'));
    expect(told(world)).toStrictEqual(['cancelled resting', 'acked a']);
  });

  it('has told what it filled before the exit leaves that was to make room', async () => {
    const venue = new Told([acked], [unknown, found], [{ kind: 'ended' }]);
    const world = locked(venue);
    await world.execution.send(ticket('a'));
    // An answer that is not clear says nothing: the exit would sell what that has sold.
    expect(venue.asked).toStrictEqual(['look up resting', 'look up resting', 'submit a']);
    expect(told(world)).toStrictEqual(['acked resting', 'fill resting', 'acked a']);
  });

  it('keeps the exit until its trades are there, too, where the venue shows its end before them', async () => {
    const venue = new Told([acked], [{ ...found, fills: [] }, found], [{ kind: 'ended' }]);
    const world = locked(venue);
    world.richer.add('a');
    await world.execution.send(ticket('a'));
    const twice = ['acked resting', 'acked resting'];
    expect(told(world)).toStrictEqual([...twice, 'fill resting', 'acked a']);
  });

  it('is not sent any more where an exit has taken it back before it was sent', async () => {
    const venue = new Told([acked, acked], [{ kind: 'absent' }], [{ kind: 'ended' }]);
    const { execution, reports } = locked(venue);
    await execution.send(ticket('a'));
    await execution.send({ ...ticket('resting'), insures: true });
    expect(venue.asked).toStrictEqual(['look up resting', 'submit a']);
    const reason = 'it was taken back before it had reached the venue';
    expect(reports.at(-1)).toStrictEqual({ kind: 'cancelled', orderId: 'resting', reason });
  });

  it('keeps no exit waiting for ever where the venue itself lets nothing leave twice', async () => {
    const world = locked(new Told([acked], [], [...SILENCE]));
    await world.execution.send(ticket('a'));
    expect(world.pauses).toContain(1_500);
    expect([told(world), world.awaiting]).toStrictEqual([['acked a'], []]);
    world.execution.close();
  });

  it.each<[string, (world: World) => unknown, boolean]>([
    ['a target rests with it', ({ targets }) => targets.set('a', '85' as DecimalText), false],
    ['the account may hold more', ({ richer }) => richer.add('a'), false],
    ['it would open another position', () => undefined, true],
  ])('keeps the exit until the venue has spoken where %s', async (_, prepare, opensBeyond) => {
    const venue = slow(new Told([acked], [unknown, found], [unknown, { kind: 'ended' }]));
    const world = locked(venue, opensBeyond);
    prepare(world);
    await world.execution.send(ticket('a'));
    expect(told(world)).toStrictEqual(['acked resting', 'fill resting', 'acked a']);
    expect(world.awaiting).toStrictEqual(['a waits for resting', 'a goes']);
  });

  it('lets the exit go as soon as a report has told its end, though no question is answered', async () => {
    const world = locked(new Told([acked], [], [...SILENCE]));
    world.richer.add('a');
    const sent = world.execution.send(ticket('a'));
    await turnOfLoop();
    expect(told(world)).toStrictEqual([]);
    world.insured.delete('a');
    await sent;
    expect(told(world)).toStrictEqual(['acked a']);
    world.execution.close();
  });

  it('is not gone because a venue that had it does not find it for a while', async () => {
    const absent = { kind: 'absent' } as const;
    const venue = new Told([acked], [absent, absent, found], [{ kind: 'ended' }]);
    const world = locked(venue);
    world.richer.add('a');
    world.known.add('resting');
    await world.execution.send(ticket('a'));
    expect(told(world)).toStrictEqual(['acked resting', 'fill resting', 'acked a']);
  });

  it('is gone once that venue has not found it for as long as it takes calls in', async () => {
    const absent = Array.from({ length: 60 }, () => ({ kind: 'absent' }) as const);
    const world = locked(new Told([acked], absent, [{ kind: 'ended' }]));
    world.richer.add('a');
    world.known.add('resting');
    await world.execution.send(ticket('a'));
    expect(told(world)).toStrictEqual(['cancelled resting', 'acked a']);
    expect(world.pauses.filter((ms) => ms === 100).length).toBeGreaterThanOrEqual(50);
  });
});

describe('an order that the venue had and does not find any more', () => {
  const absent = { kind: 'absent' } as const;
  const { accountId, instrumentId, ...asked } = ticket('resting');
  const stamp = { accountId, instrumentId };
  const order = (more: object) => ({ stamp, ...asked, status: 'acked', ...more }) as never;

  it('is missed where it guards, when it was absent at every look of half a minute', async () => {
    const looks = [absent, found, absent, unknown, absent, absent];
    const world = over({ demo: new Told([], [...looks]) });
    for (let look = 0; look < looks.length; look += 1) {
      await world.execution.check(order({ insures: true }));
      world.pass(look < 4 ? 20_000 : 0);
    }
    expect(told(world)).toStrictEqual(['acked resting', 'fill resting', 'cancelled resting']);
  });

  it('is left alone where it is an exit: another one would sell what it may have sold', async () => {
    const world = over({ demo: new Told([], [absent, absent]) });
    await world.execution.check(order({}));
    world.pass(3_600_000);
    await world.execution.check(order({}));
    expect(told(world)).toStrictEqual([]);
  });
});
