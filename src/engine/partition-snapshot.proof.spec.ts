import fc from 'fast-check';
import { MarketDay, dayArbitrary } from '../../test/support/market-day.js';
import { PartitionFixture, ulidOf } from '../../test/support/partition-fixture.js';
import type { Decision } from './decisions.js';
import { Partition } from './partition.js';
import type { PartitionImage } from './partition-image.js';
import { differencesOf } from './partition-snapshot.js';

describe('a snapshot', () => {
  it('at any input, and the rest behind it, come to what the whole comes to', () => {
    fc.assert(
      fc.property(dayArbitrary, fc.nat(80), (steps, cut) => {
        const whole = MarketDay.begun();
        whole.play(steps);
        const parts = MarketDay.begun();
        parts.play(steps.slice(0, cut));
        const first = parts.partition.decisions;
        parts.goOnWith(parts.partition.continued());
        parts.play(steps.slice(cut));
        const decided = [...first, ...parts.partition.decisions];
        expect(differencesOf(decided, whole.partition.decisions)).toStrictEqual([]);
        const [one, other] = [parts, whole].map((day) => day.partition.partition.snapshot());
        expect(differencesOf(one?.state, other?.state)).toStrictEqual([]);
        expect(one?.checksum).toBe(other?.checksum);
      }),
      { numRuns: 30 },
    );
  });

  it('changes its checksum with anything that can make a decision differ', () => {
    const sums = new Set<string>();
    const fixture = PartitionFixture.ready();
    const note = (): number => sums.add(fixture.partition.snapshot().checksum).size;
    expect(note()).toBe(1);
    fixture.position(1, 'long');
    expect(note()).toBe(2);
    fixture.arm(2, 1, { trail: { amount: '1' } });
    expect(note()).toBe(3);
    fixture.price('83.29');
    expect(note()).toBe(4);
    fixture.price('83.30');
    expect(note()).toBe(5);
  });

  it('holds everything that facts come to', () => {
    const partition = new Partition({ partition: 'p0' });
    // Shared plans and sums over stops are made anew from what is kept.
    const derived = ['plans', 'sums'];
    const kept = Object.entries(partition.registry)
      .filter(([name]) => !derived.includes(name))
      .map(([name]) => name);
    const { state } = partition.snapshot();
    expect(Object.keys(state.registry).sort()).toStrictEqual(kept.sort());
    const { registry } = partition.image().head;
    const inTables = ['positions', 'revisions', 'stops', 'stopsOf'];
    const rest = kept.filter((name) => !inTables.includes(name));
    expect(Object.keys(registry).sort()).toStrictEqual(
      [...rest, 'otherRevisions', 'strays'].sort(),
    );
  });

  it('knows which fills have counted', () => {
    const fixture = PartitionFixture.ready();
    fixture.position(1, 'long');
    fixture.price('83.29');
    fixture.arm(2, 1, { stop: '82' });
    fixture.price('82');
    const fill = {
      ...{ venueTradeId: 'P1-1', quantity: '4', price: '82', feeAmount: '0.1' },
      ...{ feeCurrency: 'USDT', liquidity: 'taker', filledAtMs: 5 },
    } as never;
    const report = { kind: 'fill', orderId: `${ulidOf(2)}-0101`, fill } as const;
    expect(fixture.report(report)).toHaveLength(2);
    const next = fixture.continued();
    expect(next.partition.snapshot()).toStrictEqual(fixture.partition.snapshot());
    expect(next.report(report)).toStrictEqual([]);
  });

  it('is refused when it is damaged, or when other rules have written it', () => {
    const fixture = PartitionFixture.ready();
    const { state, checksum } = fixture.partition.snapshot();
    const takeOver = (snapshot: object) => () => {
      new Partition({ partition: 'p0' }).takeOver(snapshot as never);
    };
    expect(takeOver({ state: { ...state, at: state.at + 1 }, checksum })).toThrow(
      /^snapshot checksum/,
    );
    expect(takeOver({ state: { ...state, rules: '0' }, checksum })).toThrow('must be 1, was 0');
    expect(takeOver({ state: { ...state, form: 3 }, checksum })).toThrow(/^snapshot form/);
    expect(takeOver({ state, checksum })).not.toThrow();
  });

  it('tells where it differs from another', () => {
    const [one, other] = ['83.29', '83.30'].map((price) => {
      const fixture = PartitionFixture.ready();
      fixture.price(price);
      return fixture.partition.snapshot().state;
    });
    expect(differencesOf(one, other)).toStrictEqual(['markets.0.last.priceUnits']);
  });
});

describe('a day', () => {
  it('is decided the same when the engine was restarted from its log and tape at any input', () => {
    fc.assert(
      fc.property(dayArbitrary, fc.nat(80), (steps, cut) => {
        const whole = MarketDay.begun(UNLIMITED);
        whole.play(steps);
        const parts = MarketDay.begun(UNLIMITED);
        parts.play(steps.slice(0, cut));
        const { partition: before } = parts;
        const after = before.restarted();
        after.partition.beginRecovery();
        for (const taped of before.inputs) after.partition.recover(taped);
        after.partition.live();
        parts.goOnWith(after);
        parts.play(steps.slice(cut));
        const all = [...before.decisions, ...after.decisions];
        expect(byStream(all)).toStrictEqual(byStream(whole.partition.decisions));
      }),
      { numRuns: 100 },
    );
  });

  it('is decided the same when the engine went on from an image, and the log and tape behind it', () => {
    fc.assert(
      fc.property(dayArbitrary, fc.nat(60), fc.nat(40), (steps, first, more) => {
        const whole = MarketDay.begun(UNLIMITED);
        whole.play(steps);
        const parts = MarketDay.begun(UNLIMITED);
        parts.play(steps.slice(0, first));
        const { partition: before } = parts;
        const image = readImage(before.partition.image());
        const decided = before.decisions.length;
        parts.play(steps.slice(first, first + more));
        const after = before.resumed(image, decided);
        parts.goOnWith(after);
        parts.play(steps.slice(first + more));
        const all = [...before.decisions, ...after.decisions];
        expect(byStream(all)).toStrictEqual(byStream(whole.partition.decisions));
      }),
      { numRuns: 40 },
    );
  });

  it('is decided the same by a standby that rehearsed again and again, and by one that did not', () => {
    fc.assert(
      fc.property(
        dayArbitrary,
        fc.nat(60),
        fc.integer({ min: 1, max: 20 }),
        (steps, cut, every) => {
          const days = [0, every].map((often) => {
            const day = MarketDay.begun(UNLIMITED);
            day.play(steps.slice(0, cut));
            const after = day.partition.stoodBy(often);
            after.partition.beginRecovery();
            after.partition.live();
            day.goOnWith(after);
            return { day, stopsArmed: after.partition.stopsArmed };
          });
          for (const { day } of days) day.play(steps.slice(cut));
          const [one, other] = days.map(({ day, stopsArmed }) => ({
            decided: byStream(day.partition.decisions),
            stopsArmed,
          }));
          expect(other).toStrictEqual(one);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('has a standby rehearse nothing whose prices are on its own tape', () => {
    const fixture = PartitionFixture.ready();
    fixture.position(1, 'long');
    fixture.arm(2, 1, { trail: { amount: '1' } });
    const { partition } = fixture.restarted();
    expect(partition.rehearse(() => true)).toBe(false);
    expect(partition.stopsArmed).toBe(0);
    partition.beginRecovery();
    partition.live();
    expect(partition.stopsArmed).toBe(1);
    expect(partition.rehearse(() => false)).toBe(true);
  });

  it('goes on from an image as from the whole log and tape, stop by stop', () => {
    fc.assert(
      fc.property(dayArbitrary, fc.nat(60), (steps, first) => {
        const day = MarketDay.begun(UNLIMITED);
        day.play(steps.slice(0, first));
        const { partition: before } = day;
        const image = readImage(before.partition.image());
        const decided = before.decisions.length;
        day.play(steps.slice(first));
        const whole = before.restarted();
        whole.partition.beginRecovery();
        for (const taped of before.inputs) whole.partition.recover(taped);
        whole.partition.live();
        const tail = before.resumed(image, decided);
        for (const stopId of whole.partition.registry.stops.keys()) {
          expect(tail.partition.trackOf(stopId)).toStrictEqual(whole.partition.trackOf(stopId));
        }
        const [one, other] = [tail, whole].map(({ partition }) => partition.registry.snapshot());
        expect(differencesOf(one, other)).toStrictEqual([]);
        expect(tail.partition.stopsArmed).toBe(whole.partition.stopsArmed);
      }),
      { numRuns: 40 },
    );
  });

  it('is decided the same whatever other instruments do in between', () => {
    fc.assert(
      fc.property(dayArbitrary, fc.array(fc.nat(80), { maxLength: 30 }), (steps, places) => {
        const alone = MarketDay.begun(UNLIMITED);
        alone.play(steps);
        const among = MarketDay.begun(UNLIMITED);
        const other = { instrumentId: 'BINANCE:OTHER' };
        steps.forEach((step, place) => {
          if (places.includes(place)) among.partition.price(String(20 + (place % 60)), other);
          among.play([step]);
        });
        const [one, two] = [among, alone].map((day) => byStream(day.partition.decisions));
        expect(differencesOf(one, two)).toStrictEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it('lets no stop fire twice, and none loosen but by an amendment', () => {
    fc.assert(
      fc.property(dayArbitrary, (steps) => {
        const day = MarketDay.begun();
        const fired = new Set<string>();
        const levels = new Map<string, number>();
        for (const fact of day.play(steps)) {
          if (!('stopId' in fact.data) || !('track' in fact.data)) continue;
          const { stopId, track } = fact.data;
          expect(fired.has(stopId)).toBe(false);
          if (fact.type === 'StopTriggered') fired.add(stopId);
          const side = day.partition.partition.registry.stops.get(stopId)?.side;
          const level =
            track.level === null ? NaN : Number(track.level) * (side === 'long' ? 1 : -1);
          const loosened = fact.type !== 'StopAmended' && level < (levels.get(stopId) ?? NaN);
          expect(loosened).toBe(false);
          levels.set(stopId, level);
        }
      }),
      { numRuns: 200 },
    );
  });
});

/** As a file gives it back. */
function readImage(image: PartitionImage): PartitionImage {
  return structuredClone({ ...image, head: JSON.parse(JSON.stringify(image.head)) as never });
}

const UNLIMITED = { recordIntervalMs: 0, trailEventsPerSecondMax: 1_000_000 };

/** What was decided about each stream, without the numbers of the inputs: a restart counts anew. */
function byStream(decisions: readonly Decision[]): Record<string, unknown[]> {
  const found: Record<string, unknown[]> = {};
  for (const { streamId, fact, expectedRevision } of decisions) {
    const data = { ...fact.data, input: undefined };
    (found[streamId] ??= []).push({ type: fact.type, expectedRevision, data });
  }
  return found;
}
