import fc from 'fast-check';
import { formatDecimal } from '../domain/kernel/decimal.js';
import { formatUnits, priceGrid } from '../domain/instrument/price-grid.js';
import type { DecimalText, PositionSide } from '../domain/kernel/units.js';
import { STOPLEDGER_DIALECT } from '../domain/stop/stop-plan.js';
import type { Dialect, StopPlan, TrailDistance } from '../domain/stop/stop-plan.js';
import { SlowStop } from '../../test/support/slow-stop.js';
import { LiveStop } from './live-stop.js';
import { PriceIndex } from './price-index.js';
import type { PriceOutcome } from './price-index.js';
import { trackOf } from './stop-book.js';
import { stopTerms } from './stop-terms.js';

const TICKS = ['0.01', '0.05', '0.5', '1'] as const;
const BASE = 4000; // in ticks; prices stay within 3000 .. 5000 ticks

interface Drawn {
  readonly side: PositionSide;
  readonly plan: StopPlan;
}

const text = (units: number, scale: number): DecimalText =>
  formatDecimal({ units: BigInt(units), scale });

function planArbitrary(tick: string): fc.Arbitrary<Drawn> {
  const { scale, tickUnits } = priceGrid(tick);
  const price = (ticks: number): DecimalText => formatUnits(ticks * tickUnits, scale);
  const trail: fc.Arbitrary<TrailDistance> = fc.oneof(
    fc.integer({ min: 1, max: 400 }).map((ticks) => ({ amount: price(ticks) })),
    fc
      .integer({ min: 1001, max: 99_999 })
      .map((units) => ({ amount: text(units * tickUnits, scale + 3) })),
    fc.integer({ min: 1, max: 400 }).map((ticks) => ({ ticks })),
    fc.integer({ min: 1, max: 1500 }).map((units) => ({ percent: text(units, 2) })),
    fc.integer({ min: 1, max: 1500 }).map((units) => ({ bps: text(units, 1) })),
  );
  const dialect: fc.Arbitrary<Dialect> = fc.record({
    name: fc.constant('custom'),
    touch: fc.constantFrom('inclusive', 'strict'),
    order: fc.constantFrom('move-then-check', 'check-then-move'),
    percentOf: fc.constant('extreme' as const),
    rounding: fc.constantFrom('tighter', 'looser', 'nearest', 'none'),
    throughMarket: fc.constant('fire' as const),
  });
  return fc
    .record({
      side: fc.constantFrom('long' as const, 'short' as const),
      trail: fc.option(trail, { nil: undefined }),
      stop: fc.option(fc.integer({ min: 20, max: 600 }), { nil: undefined }),
      activation: fc.option(fc.integer({ min: -50, max: 300 }), { nil: undefined }),
      step: fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined }),
      targets: fc.uniqueArray(fc.integer({ min: 1, max: 500 }), { maxLength: 3 }),
      dialect: fc.oneof(fc.constant(STOPLEDGER_DIALECT), dialect),
    })
    .filter(
      (drawn) => drawn.trail !== undefined || drawn.stop !== undefined || drawn.targets.length > 0,
    )
    .map((drawn) => {
      const better = drawn.side === 'long' ? 1 : -1;
      const at = (offset: number): DecimalText => price(BASE + better * offset);
      const plan: StopPlan = {
        triggerBy: 'last',
        dialect: drawn.dialect,
        ...(drawn.stop !== undefined && { stop: at(-drawn.stop) }),
        ...(drawn.trail && { trail: drawn.trail }),
        ...(drawn.trail && drawn.activation !== undefined && { activation: at(drawn.activation) }),
        ...(drawn.trail && drawn.step !== undefined && { step: price(drawn.step) }),
        targets: [...drawn.targets]
          .sort((a, b) => a - b)
          .map((offset) => ({ price: at(offset), portion: '0.1' as DecimalText })),
      };
      return { side: drawn.side, plan };
    });
}

/** A walk with jumps: small moves, now and then a gap over many levels. */
const walk = fc
  .array(
    fc.oneof(
      { weight: 9, arbitrary: fc.integer({ min: -6, max: 6 }) },
      { weight: 1, arbitrary: fc.integer({ min: -250, max: 250 }) },
    ),
    { minLength: 1, maxLength: 120 },
  )
  .map((moves) => {
    let ticks = BASE;
    return moves.map((move) => (ticks = Math.min(5000, Math.max(3000, ticks + move))));
  });

const scenario = fc.constantFrom(...TICKS).chain((tick) =>
  fc.record({
    tick: fc.constant(tick),
    stops: fc.array(planArbitrary(tick), { minLength: 1, maxLength: 12 }),
    walk,
  }),
);

describe('the price index', () => {
  it('agrees with the slow model on every stop at every price', () => {
    fc.assert(
      fc.property(scenario, ({ tick, stops, walk: ticks }) => {
        const grid = priceGrid(tick);
        const index = new PriceIndex();
        const pairs = stops.map(({ side, plan }, number) => {
          const armed = {
            stopId: String(number),
            number,
            source: 'last' as const,
            live: new LiveStop(stopTerms(side, plan, grid)),
            slot: -1,
            recordedAtMs: -Infinity,
            pendingMoves: 0,
            firstTick: undefined,
            lastTick: undefined,
          };
          index.reserve(armed);
          index.add(armed);
          return { armed, slow: new SlowStop(side, plan, tick), gone: false };
        });
        for (const price of ticks) {
          const units = price * grid.tickUnits;
          const out: PriceOutcome = { fired: [], changed: [], reactions: [] };
          index.onPrice(units, out);
          for (const pair of pairs) {
            if (pair.gone) continue;
            const wanted = pair.slow.onPrice(formatUnits(units, grid.scale));
            const place = out.changed.indexOf(pair.armed);
            const reaction = place < 0 ? undefined : out.reactions[place];
            expect(out.fired.includes(pair.armed)).toBe(wanted.fired);
            expect(reaction?.moved ?? false).toBe(wanted.moved);
            expect(reaction?.activated ?? false).toBe(wanted.activated);
            if (!wanted.fired) expect(reaction?.targetsHit ?? 0).toBe(wanted.targets);
            expect(trackOf(pair.armed.live, grid.scale)).toStrictEqual({
              level: pair.slow.level ? formatDecimal(pair.slow.level) : null,
              extreme: pair.slow.extreme ? formatDecimal(pair.slow.extreme) : null,
              trailMoves: pair.slow.moves,
            });
            pair.gone = wanted.fired;
          }
        }
      }),
      { numRuns: 250 },
    );
  });

  it('gives a short the mirror image of what it gives a long', () => {
    fc.assert(
      fc.property(planArbitrary('1'), walk, ({ plan }, ticks) => {
        // Percentages are of the price and have no mirror around BASE; all else has.
        fc.pre(plan.trail === undefined || 'amount' in plan.trail || 'ticks' in plan.trail);
        const mirror = (value: DecimalText): DecimalText =>
          formatUnits(2 * BASE - Number(value), 0);
        const grid = priceGrid('1');
        const long = new LiveStop(stopTerms('long', { ...plan, targets: [] }, grid));
        const mirrored: StopPlan = {
          ...plan,
          targets: [],
          ...(plan.stop !== undefined && { stop: mirror(plan.stop) }),
          ...(plan.activation !== undefined && { activation: mirror(plan.activation) }),
        };
        const short = new LiveStop(stopTerms('short', mirrored, grid));
        for (const price of ticks) {
          const a = { activated: false, moved: false, fired: false, targetsHit: 0 };
          const b = { ...a };
          long.onPrice(price, a);
          short.onPrice(-(2 * BASE - price), b);
          expect(b).toStrictEqual(a);
          if (a.fired) return;
        }
      }),
      { numRuns: 200 },
    );
  });

  it('wakes nobody on a quiet price', () => {
    const index = new PriceIndex();
    const plan: StopPlan = {
      stop: '80' as DecimalText,
      triggerBy: 'last',
      dialect: STOPLEDGER_DIALECT,
    };
    const live = new LiveStop(stopTerms('long', plan, priceGrid('0.01')));
    let looked = 0;
    live.onPrice = () => (looked += 1);
    const armed = {
      ...{ stopId: 's', number: 0, source: 'last' as const, live, slot: -1, recordedAtMs: 0 },
      ...{ pendingMoves: 0, firstTick: undefined, lastTick: undefined },
    };
    index.reserve(armed);
    index.add(armed);
    const out: PriceOutcome = { fired: [], changed: [], reactions: [] };
    for (let units = 8001; units < 9000; units += 1) index.onPrice(units, out);
    expect(looked).toBe(0);
    index.onPrice(8000, out);
    expect(looked).toBe(1);
  });
});
