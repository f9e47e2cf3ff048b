import fc from 'fast-check';
import type { Fact } from '../../src/domain/facts.js';
import type { PlanRequest } from '../../src/domain/stop/plan-request.js';
import { parsePriceUnits } from '../../src/domain/instrument/price-grid.js';
import type { RecordingRule } from '../../src/engine/move-recorder.js';
import { PartitionFixture, T0, ulidOf } from './partition-fixture.js';
import { BASE, planArbitrary, priceOf } from './plan-arbitrary.js';
import type { DrawnPlan } from './plan-arbitrary.js';

const TICK = '0.01';
const POSITIONS = { long: 1, short: 2 } as const;

/** One thing that happens to a partition on a day; stops are meant by the order of arming. */
export type DayStep =
  | { readonly what: 'print'; readonly move: number; readonly ms: number }
  | { readonly what: 'book'; readonly move: number; readonly ms: number; readonly spread: number }
  | { readonly what: 'wait'; readonly ms: number }
  | { readonly what: 'arm'; readonly drawn: DrawnPlan; readonly timed: string | undefined }
  | { readonly what: 'amend'; readonly stop: number; readonly drawn: DrawnPlan }
  | { readonly what: 'suspend' | 'resume' | 'cancel'; readonly stop: number };

// So tight that moves are merged and put off.
const TIGHT: RecordingRule = { recordIntervalMs: 100, trailEventsPerSecondMax: 20 };

const move = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: -4, max: 4 }) },
  { weight: 1, arbitrary: fc.integer({ min: -60, max: 60 }) },
);
const ms = fc.integer({ min: 0, max: 90 });
const stop = fc.nat(7);
const drawn = planArbitrary(TICK);

const arm = fc.record({
  ...{ what: fc.constant('arm' as const), drawn },
  timed: fc.option(fc.constantFrom('PT0.5S', 'PT1S'), { nil: undefined }),
});
const weighted: fc.WeightedArbitrary<DayStep>[] = [
  { weight: 20, arbitrary: fc.record({ what: fc.constant('print' as const), move, ms }) },
  {
    weight: 12,
    arbitrary: fc.record({
      ...{ what: fc.constant('book' as const), move, ms },
      spread: fc.integer({ min: 0, max: 4 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constant('wait' as const),
      ms: fc.integer({ min: 1, max: 900 }),
    }),
  },
  { weight: 3, arbitrary: arm },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('amend' as const), stop, drawn }) },
  {
    weight: 2,
    arbitrary: fc.record({ what: fc.constantFrom('suspend' as const, 'cancel' as const), stop }),
  },
  { weight: 4, arbitrary: fc.record({ what: fc.constant('resume' as const), stop }) },
];

/** A day of prices and of traders who change their minds; it begins with stops. */
export const dayArbitrary: fc.Arbitrary<readonly DayStep[]> = fc
  .tuple(
    fc.array(arm, { minLength: 5, maxLength: 8 }),
    fc.array(fc.oneof(...weighted), { minLength: 40, maxLength: 80 }),
  )
  .map(([arms, steps]) => [...arms, ...steps]);

/** Plays a day, input by input, into a partition that may be exchanged for another on the way. */
export class MarketDay {
  private ticks = BASE;
  private armed = 0;

  constructor(private fixture: PartitionFixture) {}

  /** A partition with a position on each side at the price where the days begin. */
  static begun(recording: RecordingRule = TIGHT): MarketDay {
    const fixture = PartitionFixture.ready(recording);
    const entry = priceOf(TICK, BASE);
    fixture.position(POSITIONS.long, 'long', '100', entry);
    fixture.position(POSITIONS.short, 'short', '100', entry);
    return new MarketDay(fixture);
  }

  get partition(): PartitionFixture {
    return this.fixture;
  }

  goOnWith(fixture: PartitionFixture): void {
    this.fixture = fixture;
  }

  play(steps: readonly DayStep[]): Fact[] {
    const before = this.fixture.decisions.length;
    for (const step of steps) this.step(step);
    return this.fixture.decisions.slice(before).map(({ fact }) => fact);
  }

  private step(step: DayStep): void {
    const { fixture } = this;
    switch (step.what) {
      case 'print':
      case 'book':
        this.show(step);
        return;
      case 'wait':
        fixture.at += step.ms;
        fixture.input({ kind: 'timer' });
        return;
      case 'arm': {
        const { side } = step.drawn;
        const plan = planOf(step.drawn, step.timed);
        const { kind } = fixture.arm(10 + this.armed, POSITIONS[side], plan, '1');
        if (kind === 'accepted') this.armed += 1;
        return;
      }
      case 'amend': {
        const stopId = this.stopOf(step);
        fixture.command({ kind: 'AmendStop', stopId, plan: planOf(step.drawn, undefined) });
        return;
      }
      default: {
        const kind = {
          suspend: 'SuspendStop',
          resume: 'ResumeStop',
          cancel: 'CancelStop',
        } as const;
        fixture.command({ kind: kind[step.what], stopId: this.stopOf(step) });
      }
    }
  }

  private stopOf({ stop }: { readonly stop: number }): string {
    return ulidOf(10 + (stop % Math.max(1, this.armed)));
  }

  private show(step: DayStep & { what: 'print' | 'book' }): void {
    const { fixture } = this;
    fixture.at += step.ms;
    this.ticks = Math.min(5000, Math.max(3000, this.ticks + step.move));
    if (step.what === 'print') {
      fixture.price(priceOf(TICK, this.ticks));
      return;
    }
    const bidUnits = parsePriceUnits(priceOf(TICK, this.ticks), 2) ?? NaN;
    fixture.input({
      kind: 'tick',
      tick: {
        ...{ kind: 'quote', instrumentId: 'BINANCE:LTCUSDT', feed: 'main', bidUnits },
        ...{ askUnits: bidUnits + step.spread, bidSize: '1', askSize: '1', sequence: '9' },
        ...{ venueTimeMs: T0, receivedAtMs: T0, verdict: 'good' },
      },
    });
  }
}

function planOf({ plan }: DrawnPlan, timed: string | undefined): PlanRequest {
  const { name, ...dialect } = plan.dialect;
  const timeStop = timed !== undefined && { timeStop: { after: timed, unlessInProfit: true } };
  return { ...plan, ...timeStop, dialect: name === 'custom' ? dialect : { name, ...dialect } };
}
