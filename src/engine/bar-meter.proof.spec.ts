import fc from 'fast-check';
import { NO_RANGE, withBar } from '../domain/indicators/average-true-range.js';
import type { UnitBar } from '../domain/indicators/average-true-range.js';
import { NO_AVERAGE, withClose } from '../domain/indicators/exponential-average.js';
import { averageOf } from '../domain/indicators/fine-average.js';
import { formatUnits } from '../domain/instrument/price-grid.js';
import { ZERO, decimal } from '../domain/kernel/decimal.js';
import type { PositionSide } from '../domain/kernel/units.js';
import type { Fact } from '../domain/facts.js';
import type { MeasureKind } from '../domain/stop/measured-trail.js';
import type { PlanRequest, TrailRequest } from '../domain/stop/plan-request.js';
import { PartitionFixture, T0, ulidOf } from '../../test/support/partition-fixture.js';
import { PUBLISHED_BARS } from '../../test/support/published-bars.js';
import { BarMeter } from './bar-meter.js';

const BARS = { period: 3, interval: 'PT10S' };
const TRAILS: Readonly<Record<MeasureKind, TrailRequest>> = {
  atr: { atr: { ...BARS, multiple: '1.5' } },
  chandelier: { chandelier: { ...BARS, multiple: '1.5' } },
  donchian: { donchian: BARS },
  ema: { ema: BARS },
};

interface Subject {
  readonly kind: MeasureKind;
  readonly side: PositionSide;
}

const subjects = fc.record<Subject>({
  kind: fc.constantFrom<MeasureKind>('atr', 'chandelier', 'donchian', 'ema'),
  side: fc.constantFrom<PositionSide>('long', 'short'),
});

const planOf = (kind: MeasureKind): PlanRequest => ({
  trail: TRAILS[kind],
  dialect: { rounding: 'none' },
});

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

/** The rule by hand: whole bars since arming, what they come to, and the best level that any moment gave. */
function levelByHand({ kind, side }: Subject, shown: readonly Print[]): number | undefined {
  const sign = side === 'long' ? 1 : -1;
  let best = 8329;
  const found: number[] = [];
  for (const [index, { units, atMs }] of shown.entries()) {
    const bars = barsAt(shown.slice(0, index), atMs);
    const before = candidateByHand({ kind, side }, best, bars);
    best = side === 'long' ? Math.max(best, units) : Math.min(best, units);
    const after = candidateByHand({ kind, side }, best, bars);
    if (before !== undefined) found.push(sign * before);
    if (after !== undefined) found.push(sign * after);
    if (sign * units * 10_000 <= Math.max(...found)) break;
  }
  return found.length === 0 ? undefined : sign * Math.max(...found);
}

function barsAt(seen: readonly Print[], atMs: number): readonly UnitBar[] {
  const bars = new Map<number, UnitBar>();
  for (const { units, atMs: seenAt } of seen) {
    const start = Math.floor(seenAt / 10_000) * 10_000;
    const bar = bars.get(start) ?? { high: units, low: units, close: units };
    const [high, low] = [Math.max(bar.high, units), Math.min(bar.low, units)];
    bars.set(start, { high, low, close: units });
  }
  const now = Math.floor(atMs / 10_000) * 10_000;
  return [...bars].filter(([start]) => start >= T0 && start < now).map(([, bar]) => bar);
}

/** In ten thousandths of a cent. */
function candidateByHand(
  { kind, side }: Subject,
  best: number,
  bars: readonly UnitBar[],
): number | undefined {
  if (bars.length < 3) return undefined;
  const [isLong, sign] = [side === 'long', side === 'long' ? 1 : -1];
  const newest = bars.slice(-3);
  const highest = Math.max(...newest.map(({ high }) => high));
  const lowest = Math.min(...newest.map(({ low }) => low));
  if (kind === 'donchian') return 10_000 * (isLong ? lowest : highest);
  if (kind === 'ema') {
    // Halves go to the tighter side: up for a long, down for a short.
    const average = bars.reduce((sum, bar) => withClose(sum, sign * bar.close, 3), NO_AVERAGE);
    return sign * Number(averageOf(average, 3));
  }
  const range = averageOf(
    bars.reduce((before, bar) => withBar(before, bar, 3), NO_RANGE),
    3,
  );
  const distance = Number(((range ?? 0n) * 15n) / 10n);
  const from = kind === 'atr' ? best : isLong ? highest : lowest;
  return from * 10_000 - sign * distance;
}

function begun({ kind, side }: Subject = { kind: 'atr', side: 'long' }): PartitionFixture {
  const fixture = PartitionFixture.ready();
  // Not at the beginning of a bar: the one in progress does not count.
  fixture.at = T0 - 5000;
  fixture.position(1, side);
  fixture.price('83.29');
  fixture.at = T0 - 3000;
  const result = fixture.arm(2, 1, planOf(kind));
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

describe('a stop that trails by what is measured over bars', () => {
  it('stands where the rule puts it by hand, whatever the prices', () => {
    fc.assert(
      fc.property(subjects, prints, (subject, shown) => {
        const fixture = begun(subject);
        show(fixture, shown);
        const wanted = levelByHand(subject, shown);
        expect(levelIn(fixture)).toBe(wanted === undefined ? null : formatUnits(wanted, 6));
      }),
      { numRuns: 400 },
    );
  });

  it('decides the same when the engine was restarted on the way, at any price', () => {
    fc.assert(
      fc.property(subjects, prints, fc.nat(79), (subject, shown, cut) => {
        const whole = begun(subject);
        show(whole, shown);
        const first = begun(subject);
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
      { numRuns: 300 },
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

  it.each<MeasureKind>(['atr', 'chandelier', 'donchian', 'ema'])(
    'goes on from a snapshot with the bar in progress, its own and that of those to come: %s',
    (kind) => {
      const bars = [8329, 8339, 8334, 8333, 8331].map((units, index) => ({
        units,
        atMs: T0 + index * 9_000,
      }));
      const whole = begun({ kind, side: 'short' });
      show(whole, bars);
      const parts = begun({ kind, side: 'short' });
      show(parts, bars.slice(0, 3));
      const next = parts.continued();
      expect(next.partition.snapshot()).toStrictEqual(parts.partition.snapshot());
      show(next, bars.slice(3));
      expect(next.partition.snapshot()).toStrictEqual(whole.partition.snapshot());
    },
  );

  it('trails closer, and by no average, from the very price on at which it tightens', () => {
    const fixture = PartitionFixture.ready();
    fixture.position(1, 'long');
    fixture.price('83.29');
    const tighten = { from: '83.40', trail: { ticks: 1 } };
    expect(fixture.arm(2, 1, { ...planOf('atr'), tighten }).kind).toBe('accepted');
    const bars = [8329, 8339, 8334, 8333, 8339].map((units, index) => ({
      units,
      atMs: T0 + 10_000 + index * 10_000,
    }));
    show(fixture, bars);
    expect(levelIn(fixture)).not.toBe('83.39');
    show(fixture, [{ units: 8340, atMs: T0 + 51_000 }]);
    expect(levelIn(fixture)).toBe('83.39');
  });

  it('does not count the bar in whose very ms it was armed', () => {
    const fixture = PartitionFixture.ready();
    fixture.position(1, 'long');
    fixture.price('83.29');
    expect(fixture.arm(2, 1, planOf('donchian')).kind).toBe('accepted');
    const lows = [8320, 8330, 8331, 8332];
    const bars = lows.map((units, index) => ({ units, atMs: T0 + 1 + index * 10_000 }));
    show(fixture, bars);
    expect(levelIn(fixture)).toBeNull();
    show(fixture, [{ units: 8340, atMs: T0 + 40_000 }]);
    expect(levelIn(fixture)).toBe('83.3');
  });

  it('is measured for each stop from when it was armed, also where others have the same plan', () => {
    const fixture = begun({ kind: 'donchian', side: 'long' });
    show(fixture, [
      { units: 8329, atMs: T0 },
      { units: 8329, atMs: T0 + 10_000 },
    ]);
    expect(fixture.command({ kind: 'CancelStop', stopId: ulidOf(2) }).kind).toBe('accepted');
    for (const stop of [3, 4]) {
      expect(fixture.arm(stop, 1, planOf('donchian'), '5').kind).toBe('accepted');
      show(fixture, [{ units: 8329, atMs: fixture.at + 10_000 }]);
    }
    const levels = () =>
      [3, 4].map((stop) => fixture.partition.trackOf(ulidOf(stop))?.level ?? null);
    show(
      fixture,
      [1, 2].map((bar) => ({ units: 8329 + bar, atMs: T0 + 30_000 + bar * 10_000 })),
    );
    expect(levels()).toStrictEqual(['83.29', null]);
  });

  it('says in the event which bars can still be the best', () => {
    const fixture = begun({ kind: 'chandelier', side: 'long' });
    const facts = show(
      fixture,
      [8329, 8339, 8334, 8333, 8332].map((units, index) => ({ units, atMs: T0 + index * 10_000 })),
    );
    expect(facts.find((fact) => fact.type === 'StopTrailed')?.data).toMatchObject({
      track: {
        level: '83.315',
        range: {
          ...{ value: '0.05', bars: 3, close: '83.34' },
          window: [
            { price: '83.39', age: 1 },
            { price: '83.34', age: 0 },
          ],
        },
      },
    });
  });

  it('leaves at the first price of a bar at which the level turns out to be through the market', () => {
    const fixture = begun({ kind: 'ema', side: 'long' });
    const shown = [8329, 8339, 8340, 8320].map((units, index) => ({
      units,
      atMs: T0 + index * 10_000,
    }));
    const facts = show(fixture, shown);
    // (83.29 + 83.39 + 83.40) / 3 is known with the first price of the fourth bar, which is below.
    expect(facts.find((fact) => fact.type === 'StopTriggered')?.data).toMatchObject({
      track: { level: '83.36' },
      cause: { price: '83.2' },
    });
  });

  it('goes on measuring when it is amended to a multiple of its own, and begins anew in another way', () => {
    const chandelier = (multiple: string) => ({ chandelier: { ...BARS, multiple } });
    const fixture = begun({ kind: 'chandelier', side: 'long' });
    show(
      fixture,
      [8329, 8339, 8334, 8333].map((units, index) => ({ units, atMs: T0 + index * 10_000 })),
    );
    const amend = (trail: TrailRequest) =>
      fixture.command({
        ...{ kind: 'AmendStop', stopId: ulidOf(2) },
        plan: { trail, dialect: { rounding: 'none' } },
      });
    expect(amend(chandelier('2')).kind).toBe('accepted');
    expect(levelIn(fixture)).toBe('83.29');
    expect(amend(TRAILS.donchian).kind).toBe('accepted');
    expect(levelIn(fixture)).toBeNull();
  });

  it('hangs three published average ranges below the highest high of as many published bars', () => {
    const setting = { sign: 1, period: 14, intervalMs: 1000, multiple: decimal('3') } as const;
    const meter = new BarMeter({ kind: 'chandelier', ...setting }, 0);
    const channel = new BarMeter({ kind: 'donchian', ...setting, sign: -1, multiple: ZERO }, 0);
    PUBLISHED_BARS.forEach(([high, low, close, cents], index) => {
      for (const one of [meter, channel]) one.onBar({ startMs: 1 + index, high, low, close });
      const newest = PUBLISHED_BARS.slice(Math.max(0, index - 13), index + 1);
      const highest = Math.max(...newest.map(([top]) => top));
      const level = meter.levelFine(0, 10_000) / 10_000;
      if (cents === undefined) expect(level).toBeNaN();
      else expect(Math.abs(level - (highest - 3 * cents))).toBeLessThanOrEqual(3);
      // Over a short hangs the highest high itself.
      const wanted = index < 13 ? NaN : -highest;
      expect(channel.levelFine(0, 1)).toBe(wanted);
    });
  });
});
