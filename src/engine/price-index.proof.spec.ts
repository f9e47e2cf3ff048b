import fc from 'fast-check';
import { formatUnits, priceGrid } from '../domain/instrument/price-grid.js';
import type { DecimalText } from '../domain/kernel/units.js';
import { STOPLEDGER_DIALECT } from '../domain/stop/dialect.js';
import type { StopPlan } from '../domain/stop/stop-plan.js';
import type { KnownStop } from '../domain/stop/stop-state.js';
import {
  admitted,
  engineTick,
  instrumentOf,
  knownStop,
  liveStop,
} from '../../test/support/armed-stops.js';
import {
  BASE,
  TICKS,
  marketArbitrary,
  planArbitrary,
  walkArbitrary,
} from '../../test/support/plan-arbitrary.js';
import { SlowStop, formatOf } from '../../test/support/slow-stop.js';
import { armedStop } from './armed-stop.js';
import type { ArmedStop } from './armed-stop.js';
import { noReaction } from './live-stop.js';
import { armedTrack } from './live-track.js';
import { PriceIndex, noOutcome } from './price-index.js';
import { trailSourceOf } from './price-source.js';
import { StopBook } from './stop-book.js';

const d = (text: string): DecimalText => text as DecimalText;

// Where a stop stands between two prices; what comes of it is compared.
const INNER = { isMarked: undefined, isDue: undefined };

const scenario = fc.constantFrom(...TICKS).chain((tick) =>
  fc.record({
    tick: fc.constant(tick),
    stops: fc.array(planArbitrary(tick), { minLength: 1, maxLength: 12 }),
    market: marketArbitrary(tick),
  }),
);

const sharedScenario = fc.constantFrom(...TICKS).chain((tick) =>
  fc.record({
    tick: fc.constant(tick),
    // A stop that a second price moves shares with none, and knows prices from before it came.
    plans: fc.array(
      planArbitrary(tick).filter(({ plan, side }) => trailSourceOf(plan, side) === undefined),
      { minLength: 1, maxLength: 2 },
    ),
    market: marketArbitrary(tick),
    // What comes and goes before each of the prices; the first bring many.
    steps: fc.array(fc.array(fc.record({ plan: fc.nat(1), goes: fc.nat(60) }), { maxLength: 3 }), {
      minLength: 20,
      maxLength: 60,
    }),
  }),
);

describe('the price index', () => {
  it('agrees with the slow model on every stop of any plan at every price', () => {
    fc.assert(
      fc.property(scenario, ({ tick, stops, market }) => {
        const instrument = instrumentOf(tick);
        const book = new StopBook();
        const pairs = stops.map(({ side, plan, entry }, number) => {
          const stop = knownStop(side, plan, { stopId: String(number), entryPrice: entry });
          const armed = admitted(book, stop, instrument);
          return { armed, slow: new SlowStop(side, plan, { tick, entry }), gone: false };
        });
        for (const shown of market) {
          const out = noOutcome();
          book.onTick(engineTick(shown, instrument.grid.scale), out);
          for (const pair of pairs) {
            if (pair.gone) continue;
            const wanted = pair.slow.onTick(shown);
            const place = out.changed.indexOf(pair.armed);
            const reaction = (place < 0 ? undefined : out.reactions[place]) ?? noReaction();
            expect(out.fired.includes(pair.armed)).toBe(wanted.fired);
            expect(reaction.moved).toBe(wanted.moved);
            expect(reaction.brokeEven).toBe(wanted.brokeEven);
            expect(reaction.activated).toBe(wanted.activated);
            if (!wanted.fired) expect(reaction.targetsHit).toBe(wanted.targets);
            expect({ ...armedTrack(pair.armed), ...INNER }).toStrictEqual({
              ...INNER,
              level: formatOf(pair.slow.level) ?? null,
              extreme: formatOf(pair.slow.extreme) ?? null,
              trailMoves: pair.slow.moves,
              ...(pair.armed.live.terms.limit && { limit: formatOf(pair.slow.limit) ?? null }),
            });
            pair.gone = wanted.fired;
          }
        }
      }),
      { numRuns: 400 },
    );
  });

  it('agrees with the slow model on stops that share their plans, come late and go early', () => {
    fc.assert(
      fc.property(sharedScenario, ({ tick, plans, market, steps }) => {
        const instrument = instrumentOf(tick);
        const book = new StopBook();
        const pairs: { stop: KnownStop; armed: ArmedStop; slow: SlowStop; gone: boolean }[] = [];
        market.forEach((shown, place) => {
          for (const { plan: of, goes } of steps[place] ?? []) {
            const drawn = plans[of % plans.length];
            const leaving = pairs[goes];
            if (leaving && !leaving.gone) {
              book.release(leaving.stop);
              leaving.gone = true;
            }
            if (!drawn) continue;
            const { side, plan, entry } = drawn;
            const stopId = String(pairs.length);
            const stop = knownStop(side, plan, { stopId, entryPrice: entry });
            const slow = new SlowStop(side, plan, { tick, entry });
            pairs.push({ stop, armed: admitted(book, stop, instrument), slow, gone: false });
          }
          const out = noOutcome();
          book.onTick(engineTick(shown, instrument.grid.scale), out);
          for (const pair of pairs) {
            if (pair.gone) continue;
            const wanted = pair.slow.onTick(shown);
            const place = out.changed.indexOf(pair.armed);
            const reaction = (place < 0 ? undefined : out.reactions[place]) ?? noReaction();
            expect(out.fired.includes(pair.armed)).toBe(wanted.fired);
            expect(reaction.moved).toBe(wanted.moved);
            expect(reaction.activated).toBe(wanted.activated);
            if (!wanted.fired) expect(reaction.targetsHit).toBe(wanted.targets);
            expect(armedTrack(pair.armed)).toMatchObject({
              level: formatOf(pair.slow.level) ?? null,
              extreme: formatOf(pair.slow.extreme) ?? null,
              trailMoves: pair.slow.moves,
            });
            if (wanted.fired) book.release(pair.stop);
            pair.gone = wanted.fired;
          }
        });
      }),
      { numRuns: 400 },
    );
  });

  it('lets stops of the same plan that stand at the same place stand there as one', () => {
    const book = new StopBook();
    const plan: StopPlan = {
      ...{ trail: { amount: d('1') }, triggerBy: 'last', dialect: STOPLEDGER_DIALECT },
    };
    const show = (last: string) => {
      const out = noOutcome();
      book.onTick(engineTick({ last: d(last) }, 2), out);
      return out;
    };
    const arm = (stopId: string) =>
      admitted(book, knownStop('long', plan, { stopId }), instrumentOf('0.01'));
    const early = arm('early');
    show('83');
    show('82.5');
    const late = arm('late');
    show('82.4');
    expect(early.live).not.toBe(late.live);
    expect(show('84').changed).toHaveLength(2);
    expect(early.live).toBe(late.live);
    expect([early, late].map((stop) => armedTrack(stop).trailMoves)).toStrictEqual([1, 1]);
    expect(show('85').changed).toHaveLength(2);
    expect(show('84').fired).toHaveLength(2);
  });

  it('gives a short the mirror image of what it gives a long', () => {
    fc.assert(
      fc.property(planArbitrary('1'), walkArbitrary, ({ plan }, ticks) => {
        // Percentages are of the price and have no mirror around BASE; neither has the parity of a tie.
        const { trail } = plan;
        fc.pre(trail === undefined || 'amount' in trail || 'ticks' in trail);
        fc.pre(plan.dialect.rounding !== 'halfEvenDecimals');
        const long = liveStop('long', { ...plan, targets: [] }, '1');
        const short = liveStop('short', mirrored({ ...plan, targets: [] }), '1');
        const [a, b] = [noReaction(), noReaction()];
        for (const price of ticks) {
          long.onPrice(price, a);
          short.onPrice(-(2 * BASE - price), b);
          expect(b).toStrictEqual(a);
          if (a.fired) return;
        }
      }),
      { numRuns: 300 },
    );
  });

  it('never loosens a stop', () => {
    fc.assert(
      fc.property(planArbitrary('0.05'), walkArbitrary, ({ side, plan }, ticks) => {
        const live = liveStop(side, plan, '0.05', '200');
        const { tickUnits } = priceGrid('0.05');
        const out = noReaction();
        for (const price of ticks) {
          const before = live.level;
          live.onPrice(live.terms.sign * price * tickUnits, out);
          expect(live.level < before).toBe(false);
          if (out.fired) return;
        }
      }),
      { numRuns: 300 },
    );
  });

  it.each<[string, Partial<StopPlan>, string | null, [number, number]]>([
    ['fixed', { stop: d('80') }, '80', [8000, Infinity]],
    ['trailing', { trail: { amount: d('1') } }, '82', [8200, 8301]],
    [
      'waiting for its activation',
      { stop: d('80'), trail: { amount: d('1') }, activation: d('84') },
      '80',
      [8000, 8400],
    ],
    [
      'waiting for its break-even',
      { stop: d('80'), breakEven: { trigger: d('84'), offset: d('0') } },
      '80',
      [8000, 8400],
    ],
    [
      'at its break-even',
      { stop: d('80'), breakEven: { trigger: d('84'), offset: d('0') } },
      '82.5',
      [8250, Infinity],
    ],
    ['with a target', { targets: [{ price: d('85'), portion: d('1') }] }, null, [-1, 8500]],
  ])('wakes a stop that is %s for no other price', (_what, parts, level, [from, to]) => {
    const book = new StopBook();
    const plan: StopPlan = { triggerBy: 'last', dialect: STOPLEDGER_DIALECT, ...parts };
    const isActivated = plan.trail !== undefined && plan.activation === undefined;
    const stop = knownStop('long', plan, {
      ...{ entryPrice: d('82.5'), activated: isActivated },
      track: {
        level: level === null ? null : d(level),
        extreme: isActivated ? d('83') : null,
        trailMoves: 0,
      },
    });
    const { live } = admitted(book, stop, instrumentOf('0.01'));
    const looked: number[] = [];
    const out = noOutcome();
    live.onPrice = (price) => looked.push(price);
    const show = (units: number): void => {
      book.onTick(engineTick({ last: formatUnits(units, 2) }, 2), out);
    };
    for (let units = Math.max(1, from + 1); units < Math.min(9000, to); units += 1) show(units);
    expect(looked).toStrictEqual([]);
    for (const edge of [from, to]) if (edge > 0 && edge < Infinity) show(edge);
    expect(looked).toStrictEqual([from, to].filter((edge) => edge > 0 && edge < Infinity));
  });

  it('tells a stop of one price once, though it waits for it on both sides', () => {
    const index = new PriceIndex();
    const plan: StopPlan = {
      ...{ stop: d('83'), targets: [{ price: d('83'), portion: d('1') }] },
      ...{ triggerBy: 'last', dialect: STOPLEDGER_DIALECT, confirm: 'double' },
    };
    const live = liveStop('long', plan, '0.01');
    const head = { stopId: 's', number: 0, source: 'last', trailSource: undefined } as const;
    const armed = armedStop({ ...head, live });
    index.add(armed);
    const out = noOutcome();
    index.onPrice(8300, out);
    expect(out.fired).toStrictEqual([]);
    expect(live.isMarked).toBe(true);
    expect(index.count).toBe(1);
    index.remove(armed);
    index.remove(armed);
    expect(index.count).toBe(0);
  });
});

/** The same plan for the other side, every price mirrored at BASE. */
function mirrored(plan: StopPlan): StopPlan {
  const mirror = (value: DecimalText): DecimalText =>
    formatUnits(200 * BASE - 100 * Number(value), 2);
  const { stop, activation, breakEven, tighten, limit } = plan;
  return {
    ...plan,
    ...(stop !== undefined && { stop: mirror(stop) }),
    ...(activation !== undefined && { activation: mirror(activation) }),
    ...(breakEven && { breakEven: { ...breakEven, trigger: mirror(breakEven.trigger) } }),
    ...(tighten && { tighten: { ...tighten, from: mirror(tighten.from) } }),
    ...(limit?.price !== undefined && { limit: { ...limit, price: mirror(limit.price) } }),
  };
}
