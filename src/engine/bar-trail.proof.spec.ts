import fc from 'fast-check';
import { engineTick, instrumentOf, knownStop } from '../../test/support/armed-stops.js';
import { TICKS, marketArbitrary, planArbitrary } from '../../test/support/plan-arbitrary.js';
import type { DrawnPlan } from '../../test/support/plan-arbitrary.js';
import { SlowBars } from '../../test/support/slow-bars.js';
import { SlowStop, formatOf } from '../../test/support/slow-stop.js';
import type { DecimalText } from '../domain/kernel/units.js';
import { measureOf } from '../domain/stop/measured-trail.js';
import type { MeasureKind, MeasuredForm } from '../domain/stop/measured-trail.js';
import type { KnownStop } from '../domain/stop/stop-state.js';
import type { ArmedStop } from './armed-stop.js';
import { BarMeter } from './bar-meter.js';
import { armedTrack, liveFrom } from './live-track.js';
import { noOutcome } from './price-index.js';
import { StopBook } from './stop-book.js';

const INTERVAL_MS = 10_000;
const T0 = 1_000 * INTERVAL_MS;

type Measured = MeasuredForm<DecimalText>;

const measured: fc.Arbitrary<Measured> = fc
  .record({
    kind: fc.constantFrom<MeasureKind>('atr', 'chandelier', 'donchian', 'ema'),
    period: fc.integer({ min: 1, max: 4 }),
    multiple: fc.constantFrom('0.3', '1', '1.75') as fc.Arbitrary<DecimalText>,
  })
  .map(({ kind, period, multiple }) => {
    const bars = { period, interval: 'PT10S' };
    const isRanged = kind === 'atr' || kind === 'chandelier';
    return { [kind]: isRanged ? { ...bars, multiple } : bars } as unknown as Measured;
  });

/** Any plan that trails, by bars. */
function barPlanArbitrary(tick: string): fc.Arbitrary<DrawnPlan & { readonly trail: Measured }> {
  const trailing = planArbitrary(tick).filter(({ plan }) => plan.trail !== undefined);
  return fc
    .tuple(trailing, measured)
    .map(([drawn, trail]) => ({ ...drawn, trail, plan: { ...drawn.plan, trail } }));
}

const scenario = fc.constantFrom(...TICKS).chain((tick) =>
  fc.record({
    tick: fc.constant(tick),
    stops: fc.array(barPlanArbitrary(tick), { minLength: 1, maxLength: 8 }),
    market: marketArbitrary(tick),
    // Some prices come within a bar, some leave bars out.
    gaps: fc.array(fc.integer({ min: 0, max: 2.5 * INTERVAL_MS }), {
      ...{ minLength: 120, maxLength: 120 },
    }),
  }),
);

interface Pair {
  readonly stop: KnownStop;
  readonly armed: ArmedStop;
  readonly slow: SlowStop;
  gone: boolean;
}

function armPair(
  book: StopBook,
  tick: string,
  drawn: DrawnPlan & { readonly trail: Measured },
): Pair {
  const { side, plan, entry, trail } = drawn;
  const instrument = instrumentOf(tick);
  const stop = knownStop(side, plan, { stopId: String(book.count), entryPrice: entry });
  const armed = book.reserve(stop, liveFrom(stop, instrument));
  const { bars, scale, fineDigits } = armed.live.terms;
  if (!bars) throw new Error('Invariant: the plan trails by bars');
  armed.live.meter = new BarMeter(bars, T0);
  book.admit(stop, armed);
  const digits = { priceDigits: scale, levelDigits: scale + fineDigits };
  const slowBars = new SlowBars(measureOf(trail), { side, ...digits, sinceMs: T0 });
  return { stop, armed, slow: new SlowStop(side, plan, { tick, entry }, slowBars), gone: false };
}

it('agrees with the slow model on any plan that trails by bars, at every price', () => {
  let [levels, fired] = [0, 0];
  fc.assert(
    fc.property(scenario, ({ tick, stops, market, gaps }) => {
      const { scale } = instrumentOf(tick).grid;
      const book = new StopBook();
      const pairs = stops.map((drawn) => armPair(book, tick, drawn));
      let at = T0;
      for (const [place, shown] of market.entries()) {
        at += gaps[place] ?? 0;
        const seen = engineTick(shown, scale);
        const [measuring, out] = [noOutcome(), noOutcome()];
        book.measure(seen, at, measuring);
        book.onTick(seen, out);
        for (const pair of pairs) {
          if (pair.gone) continue;
          const { stop, armed, slow } = pair;
          const remeasured = slow.measure(shown, at);
          const wanted = slow.onTick(shown);
          expect(measuring.changed.includes(armed)).toBe(remeasured);
          expect(out.fired.includes(armed)).toBe(wanted.fired);
          expect(armedTrack(armed)).toMatchObject({
            level: formatOf(slow.level) ?? null,
            extreme: formatOf(slow.extreme) ?? null,
            trailMoves: slow.moves,
          });
          levels += remeasured ? 1 : 0;
          fired += wanted.fired ? 1 : 0;
          pair.gone = wanted.fired;
          if (pair.gone) book.release(stop);
        }
      }
    }),
    { numRuns: 400 },
  );
  // The walks get somewhere.
  expect(levels).toBeGreaterThan(100);
  expect(fired).toBeGreaterThan(100);
});
