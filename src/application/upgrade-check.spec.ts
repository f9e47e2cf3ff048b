import { recordedLog } from '../../test/support/event-builders.js';
import { MemoryEventFeed } from '../../test/support/memory-event-feed.js';
import { PartitionFixture, ulidOf } from '../../test/support/partition-fixture.js';
import type { Fact } from '../domain/facts.js';
import { Partition } from '../engine/partition.js';
import { checkUpgrade } from './upgrade-check.js';
import type { TapeRecord } from './ports/tape.port.js';

const FIXED = ulidOf(2);
const TRAILING = ulidOf(3);
const SLEEPING = ulidOf(4);

/** A running build with three stops, one of which prices have moved. */
function running(): PartitionFixture {
  const fixture = PartitionFixture.ready();
  fixture.price('83.29');
  fixture.position(1, 'long', '30');
  fixture.arm(2, 1, { stop: '82' }, '10');
  fixture.arm(3, 1, { trail: { amount: '1' } }, '10');
  fixture.arm(4, 1, { trail: { amount: '2' } }, '10');
  fixture.command({ kind: 'SuspendStop', stopId: SLEEPING });
  for (const price of ['83.40', '83.60', '83.50']) {
    fixture.at += 1_000;
    fixture.price(price);
  }
  return fixture;
}

interface Changes {
  readonly facts?: (facts: readonly Fact[]) => readonly Fact[];
  readonly tape?: (tape: readonly TapeRecord[]) => readonly TapeRecord[];
  readonly rules?: readonly string[];
}

function check(fixture: PartitionFixture, { facts, tape, rules = ['1'] }: Changes = {}) {
  const written = fixture.decisions.map(({ fact }) => fact);
  const kept = fixture.inputs.map(({ ref, at, input }) => ({
    ...{ epoch: ref.epoch, seq: ref.seq, at, input },
  }));
  return checkUpgrade({
    feed: new MemoryEventFeed(recordedLog(facts?.(written) ?? written)),
    partition: () => new Partition({ partition: 'p0' }),
    partitionName: 'p0',
    tape: () => tape?.(kept) ?? kept,
    rules,
  });
}

const trailedTo = (level: string) => (facts: readonly Fact[]) =>
  facts.map((fact) =>
    fact.type === 'StopTrailed'
      ? ({ ...fact, data: { ...fact.data, track: { ...fact.data.track, level } } } as Fact)
      : fact,
  );

describe('an upgrade', () => {
  it('is free when every open stop stands where the running build has brought it', async () => {
    const fixture = running();
    expect(await check(fixture)).toStrictEqual({
      ...{ stopsOpen: 3, inputsReplayed: fixture.inputs.length - 5 },
      ...{ differing: [], unreadable: [], notReplayed: [] },
    });
  });

  it('is refused by a stop that its rules would have moved elsewhere, by name', async () => {
    const { differing } = await check(running(), { facts: trailedTo('82.55') });
    expect(differing).toStrictEqual([{ stopId: TRAILING, how: 'level 82.55, here 82.6' }]);
  });

  it('is refused by a stop that it would have fired', async () => {
    const fixture = running();
    // The running build let the stop be; this one does not.
    const before = fixture.decisions.length;
    fixture.price('82.00');
    fixture.decisions.splice(before);
    fixture.price('82.10');
    fixture.decisions.splice(before);
    const { differing } = await check(fixture, { facts: trailedTo('80') });
    expect(differing.map(({ stopId }) => stopId)).toStrictEqual([TRAILING]);
    expect(differing[0]?.how).toContain('status armed, here triggered');
  });

  it('is refused by a stop whose rules it does not have any more', async () => {
    const { differing } = await check(running(), { rules: ['2'] });
    expect(differing.map(({ stopId }) => stopId)).toStrictEqual([FIXED, TRAILING, SLEEPING]);
    expect(differing[0]?.how).toBe('runs under rules 1, which this build does not have');
  });

  it('is refused by a stop whose history it cannot fold', async () => {
    const facts = (all: readonly Fact[]) =>
      all.filter(({ type, data }) => type !== 'StopArmed' || data.stopId !== SLEEPING);
    expect(await check(running(), { facts })).toMatchObject({
      stopsOpen: 3,
      differing: [
        { stopId: SLEEPING, how: 'its history cannot be folded: it would not be guarded' },
      ],
    });
  });

  it.each<[string, NonNullable<Changes['tape']>]>([
    ['begins later', (tape) => tape.slice(-2)],
    ['has a gap', (tape) => tape.filter((_, place) => place !== tape.length - 2)],
    ['is of a later epoch', (tape) => tape.slice(-2).map((one) => ({ ...one, epoch: 2 }))],
  ])(
    'names, and is not refused by, stops that cannot be replayed: the tape %s',
    async (_, tape) => {
      const report = await check(running(), { tape, facts: trailedTo('82.55') });
      expect(report).toMatchObject({ differing: [], notReplayed: [FIXED, TRAILING] });
    },
  );
});
