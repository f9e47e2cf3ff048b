import fc from 'fast-check';
import { NO_RANGE, averageOf, withBar } from '../domain/indicators/average-true-range.js';
import { formatUnits } from '../domain/instrument/price-grid.js';
import type { Fact } from '../domain/facts.js';
import type { PlanRequest } from '../domain/stop/plan-request.js';
import { PartitionFixture, T0, ulidOf } from '../../test/support/partition-fixture.js';

const PLAN: PlanRequest = {
  trail: { atr: { period: 3, multiple: '1.5', interval: 'PT10S' } },
  dialect: { rounding: 'none' },
};

interface Print {
  readonly units: number;
  readonly atMs: number;
}

const prints = fc
  .array(fc.tuple(fc.integer({ min: -40, max: 41 }), fc.integer({ min: 0, max: 7000 })), {
    minLength: 5,
    maxLength: 80,
  })
  .map((steps) => {
    let [units, atMs] = [8329, T0];
    return steps.map(([move, ms]) => {
      units += move;
      atMs += ms;
      return { units, atMs };
    });
  });

/** The rule by hand: whole bars since arming, their average, and the best level that any moment gave. */
function levelByHand(shown: readonly Print[]): number | undefined {
  let extreme = 8329;
  const found: number[] = [];
  for (const [index, print] of shown.entries()) {
    const distance = distanceAt(shown.slice(0, index), print.atMs);
    if (distance !== undefined) found.push(extreme * 10_000 - distance);
    extreme = Math.max(extreme, print.units);
    if (distance !== undefined) found.push(extreme * 10_000 - distance);
    if (print.units * 10_000 <= Math.max(...found)) break;
  }
  return found.length === 0 ? undefined : Math.max(...found);
}

function distanceAt(seen: readonly Print[], atMs: number): number | undefined {
  const bars = new Map<number, { high: number; low: number; close: number }>();
  for (const { units, atMs: seenAt } of seen) {
    const start = Math.floor(seenAt / 10_000) * 10_000;
    const bar = bars.get(start) ?? { high: units, low: units, close: units };
    const [high, low] = [Math.max(bar.high, units), Math.min(bar.low, units)];
    bars.set(start, { high, low, close: units });
  }
  const now = Math.floor(atMs / 10_000) * 10_000;
  const whole = [...bars].filter(([start]) => start >= T0 && start < now);
  const range = whole.reduce((before, [, bar]) => withBar(before, bar, 3), NO_RANGE);
  const average = averageOf(range, 3);
  return average === undefined ? undefined : Number((average * 15n) / 10n);
}

function begun(): PartitionFixture {
  const fixture = PartitionFixture.ready();
  // Not at the beginning of a bar: the one in progress does not count.
  fixture.at = T0 - 5000;
  fixture.position(1, 'long');
  fixture.price('83.29');
  fixture.at = T0 - 3000;
  const result = fixture.arm(2, 1, PLAN);
  if (result.kind === 'rejected') throw new Error(JSON.stringify(result.problems));
  return fixture;
}

function show(fixture: PartitionFixture, shown: readonly Print[]): Fact[] {
  return shown.flatMap(({ units, atMs }) => {
    fixture.at = atMs;
    return fixture.price(formatUnits(units, 2));
  });
}

function levelIn(fixture: PartitionFixture): string | null | undefined {
  return fixture.partition.registry.stops.get(ulidOf(2))?.track.level;
}

describe('a stop that trails by the average true range', () => {
  it('stands where the rule puts it by hand, whatever the prices', () => {
    fc.assert(
      fc.property(prints, (shown) => {
        const fixture = begun();
        show(fixture, shown);
        const wanted = levelByHand(shown);
        expect(levelIn(fixture)).toBe(wanted === undefined ? null : formatUnits(wanted, 6));
      }),
      { numRuns: 150 },
    );
  });

  it('decides the same when the engine was restarted on the way, at any price', () => {
    fc.assert(
      fc.property(prints, fc.nat(79), (shown, cut) => {
        const whole = begun();
        show(whole, shown);
        const first = begun();
        show(first, shown.slice(0, cut));
        const second = first.restarted();
        const start = second.partition.beginRecovery();
        for (const taped of first.inputs) {
          if (start && taped.ref.seq > start.seq) second.partition.recover(taped);
        }
        second.partition.live();
        show(second, shown.slice(cut));
        expect(levelIn(second)).toBe(levelIn(whole));
        expect(second.partition.registry.stops.get(ulidOf(2))?.status).toBe(
          whole.partition.registry.stops.get(ulidOf(2))?.status,
        );
      }),
      { numRuns: 150 },
    );
  });

  it('says in the event which average it used', () => {
    const fixture = begun();
    const bars = [8329, 8339, 8334, 8333, 8332].map((units, index) => ({
      units,
      atMs: T0 + index * 10_000,
    }));
    const facts = show(fixture, bars);
    const moved = facts.find((fact) => fact.type === 'StopTrailed');
    expect(moved?.data).toMatchObject({
      // Ranges 0 (no close before), 0.10 and 0.05: 0.05 on average, times 1.5 below 83.39.
      track: { level: '83.315', range: { value: '0.05', bars: 3, close: '83.34' } },
    });
  });

  it('goes on from a snapshot with the bar in progress, its own and that of those to come', () => {
    const bars = [8329, 8339, 8334, 8333, 8331].map((units, index) => ({
      units,
      atMs: T0 + index * 9_000,
    }));
    const whole = begun();
    show(whole, bars);
    const parts = begun();
    show(parts, bars.slice(0, 3));
    const next = parts.continued();
    expect(next.partition.snapshot()).toStrictEqual(parts.partition.snapshot());
    show(next, bars.slice(3));
    expect(next.partition.snapshot()).toStrictEqual(whole.partition.snapshot());
  });

  it('trails closer, and by no average, from the very price on at which it tightens', () => {
    const fixture = PartitionFixture.ready();
    fixture.position(1, 'long');
    fixture.price('83.29');
    const tighten = { from: '83.40', trail: { ticks: 1 } };
    expect(fixture.arm(2, 1, { ...PLAN, tighten }).kind).toBe('accepted');
    const bars = [8329, 8339, 8334, 8333, 8339].map((units, index) => ({
      units,
      atMs: T0 + 10_000 + index * 10_000,
    }));
    show(fixture, bars);
    expect(levelIn(fixture)).not.toBe('83.39');
    show(fixture, [{ units: 8340, atMs: T0 + 51_000 }]);
    expect(levelIn(fixture)).toBe('83.39');
  });
});
