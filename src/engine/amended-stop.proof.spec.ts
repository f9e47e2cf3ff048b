import fc from 'fast-check';
import { liveStop } from '../../test/support/armed-stops.js';
import {
  BASE,
  TICKS,
  planArbitrary,
  priceOf,
  walkArbitrary,
} from '../../test/support/plan-arbitrary.js';
import { SlowStop, formatOf } from '../../test/support/slow-stop.js';
import { parsePriceUnits } from '../domain/instrument/price-grid.js';
import type { StopPlan } from '../domain/stop/stop-plan.js';
import { takeOver } from './amended-stop.js';
import { noReaction } from './live-stop.js';
import { trackOf } from './live-track.js';
import { trailSourceOf } from './price-source.js';

/** Of the same side, and moved by the price that fires them. */
const plansArbitrary = (tick: string) =>
  fc
    .array(planArbitrary(tick), { minLength: 8, maxLength: 8 })
    .map((drawn) => {
      const fit = drawn.filter(
        ({ side, plan }) =>
          side === drawn[0]?.side && plan.triggerBy === 'last' && !trailSourceOf(plan, side),
      );
      return { side: drawn[0]?.side ?? 'long', plans: fit.map(({ plan }) => plan) };
    })
    .filter(({ plans }) => plans.length > 0);

const scenario = fc.constantFrom(...TICKS).chain((tick) =>
  fc.record({
    tick: fc.constant(tick),
    drawn: plansArbitrary(tick),
    steps: fc.array(
      fc.record({
        walk: walkArbitrary.map((walk) => walk.slice(0, 25)),
        // 0: nothing that decides the level.
        amendment: fc.integer({ min: -2, max: 7 }).map((place) => Math.max(0, place)),
      }),
      { minLength: 1, maxLength: 6 },
    ),
  }),
);

/** What a plan does beside its level. */
const beside = ({ targets: _targets, limit: _limit, ...plan }: StopPlan): StopPlan => plan;

describe('amendments', () => {
  it('agree with the slow model, and loosen no level that they do not decide', () => {
    let [kept, even] = [0, 0];
    fc.assert(
      fc.property(scenario, ({ tick, drawn: { side, plans }, steps }) => {
        const [entry, sign] = [priceOf(tick, BASE), side === 'long' ? 1 : -1];
        let [plan] = plans as [StopPlan];
        let live = liveStop(side, plan, tick, entry);
        let slow = new SlowStop(side, plan, { tick, entry });
        for (const { walk, amendment } of steps) {
          for (const ticks of walk) {
            const last = priceOf(tick, ticks);
            const out = noReaction();
            live.onPrice(sign * (parsePriceUnits(last, live.terms.scale) ?? NaN), out);
            expect(out.fired).toBe(slow.onTick({ last }).fired);
            if (out.fired) return;
          }
          const next = amendment === 0 ? beside(plan) : plans[amendment % plans.length];
          plan = next ?? plan;
          const amended = liveStop(side, plan, tick, entry);
          takeOver(live, amended);
          slow = slow.amended(plan);
          const track = trackOf(amended);
          expect([track.level, track.extreme, amended.activated]).toStrictEqual([
            formatOf(slow.level) ?? null,
            formatOf(slow.extreme) ?? null,
            slow.active,
          ]);
          if (amendment === 0) {
            expect(track.level).toBe(trackOf(live).level);
            kept += track.level === null ? 0 : 1;
            even += amended.level === amended.terms.breakEvenLevel ? 1 : 0;
          }
          live = amended;
        }
      }),
      { numRuns: 400 },
    );
    expect(kept).toBeGreaterThan(100);
    expect(even).toBeGreaterThan(5);
  });
});
