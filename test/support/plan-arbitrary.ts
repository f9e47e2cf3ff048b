import fc from 'fast-check';
import { formatDecimal } from '../../src/domain/kernel/decimal.js';
import { formatUnits, priceGrid } from '../../src/domain/instrument/price-grid.js';
import type { DecimalText, PositionSide } from '../../src/domain/kernel/units.js';
import { STOPLEDGER_DIALECT } from '../../src/domain/stop/dialect.js';
import type { SettledDialect } from '../../src/domain/stop/dialect.js';
import type { PlainDistance, StopPlan } from '../../src/domain/stop/stop-plan.js';
import type { SlowTick } from './slow-stop.js';

export const TICKS = ['0.01', '0.05', '0.25', '0.5', '1', '0.03125'] as const;
/** In ticks; prices stay within 3000 .. 5000 ticks. */
export const BASE = 4000;

export interface DrawnPlan {
  readonly side: PositionSide;
  readonly plan: StopPlan;
  /** Near BASE: the average of fills may lie between two ticks. */
  readonly entry: DecimalText;
}

const text = (units: number, scale: number): DecimalText =>
  formatDecimal({ units: BigInt(units), scale });

/** The price of so many ticks. */
export function priceOf(tick: string, ticks: number): DecimalText {
  const { scale, tickUnits } = priceGrid(tick);
  return formatUnits(ticks * tickUnits, scale);
}

/** Mostly so near that a walk gets there: a stop that no price reaches shows little. */
function nearly(min: number, near: number, far: number): fc.Arbitrary<number> {
  return fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min, max: near }) },
    { weight: 1, arbitrary: fc.integer({ min, max: far }) },
  );
}

function distanceArbitrary(tick: string): fc.Arbitrary<PlainDistance> {
  const { scale, tickUnits } = priceGrid(tick);
  return fc.oneof(
    nearly(1, 12, 400).map((ticks) => ({ amount: priceOf(tick, ticks) })),
    nearly(1001, 12_000, 99_999).map((units) => ({
      amount: text(units * tickUnits, scale + 3),
    })),
    nearly(1, 12, 400).map((ticks) => ({ ticks })),
    nearly(1, 30, 1500).map((units) => ({ percent: text(units, 2) })),
    nearly(1, 300, 1500).map((units) => ({ bps: text(units, 1) })),
  );
}

const dialectArbitrary: fc.Arbitrary<SettledDialect> = fc.record({
  name: fc.constant('custom'),
  touch: fc.constantFrom('inclusive', 'strict'),
  trailTouch: fc.constantFrom('inclusive', 'strict'),
  order: fc.constantFrom('move-then-check', 'check-then-move'),
  percentOf: fc.constantFrom('extreme', 'current', 'entry'),
  rounding: fc.constantFrom('tighter', 'looser', 'nearest', 'halfEvenDecimals', 'none'),
  throughMarket: fc.constant('fire' as const),
  trailBy: fc.constantFrom('trigger', 'trigger', 'last', 'lastOrBidAsk'),
  activate: fc.constantFrom('favourable', 'favourable', 'adverse'),
  stepping: fc.constantFrom('least', 'least', 'ladder'),
  limitFrom: fc.constantFrom('stop', 'basis'),
  inBar: fc.constant('ohlc' as const),
  timing: fc.constant('exact' as const),
  unreachable: fc.constant('refuse' as const),
});

const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });

/** Any plan of prices on the grid, all parts freely combined, around BASE ticks. */
export function planArbitrary(tick: string): fc.Arbitrary<DrawnPlan> {
  const distance = distanceArbitrary(tick);
  return fc
    .record({
      side: fc.constantFrom('long' as const, 'short' as const),
      trail: maybe(distance),
      tighten: maybe(
        fc.record({
          from: nearly(-6, 20, 200),
          touch: fc.constantFrom('inclusive' as const, 'strict' as const),
          trail: fc.integer({ min: 1, max: 60 }).map((ticks) => ({ ticks })),
        }),
      ),
      stop: maybe(nearly(1, 25, 600)),
      activation: maybe(nearly(-12, 25, 300)),
      step: maybe(nearly(1, 4, 30)),
      quarters: fc.constantFrom(0, 0, 1, 2, 3),
      entryQuarters: fc.constantFrom(0, 0, 0, -3, -1, 1, 3),
      breakEven: maybe(
        fc.record({
          trigger: nearly(1, 25, 200),
          offset: fc.integer({ min: -4, max: 4 }),
        }),
      ),
      limit: maybe(
        fc.record({ offset: maybe(distance), price: maybe(fc.integer({ min: 0, max: 50 })) }),
      ),
      targets: fc.uniqueArray(nearly(1, 40, 500), { maxLength: 3 }),
      triggerBy: fc.constantFrom('last', 'last', 'bidAsk', 'mid'),
      confirm: fc.constantFrom('single', 'single', 'double'),
      dialect: fc.oneof(
        { weight: 1, arbitrary: fc.constant(STOPLEDGER_DIALECT) },
        { weight: 3, arbitrary: dialectArbitrary },
      ),
    })
    .filter(
      (drawn) => drawn.trail !== undefined || drawn.stop !== undefined || drawn.targets.length > 0,
    )
    .map((drawn) => {
      const better = drawn.side === 'long' ? 1 : -1;
      const at = (offset: number): DecimalText => priceOf(tick, BASE + better * offset);
      const { trail, breakEven, limit, tighten } = drawn;
      // Unrounded plans may put their marks between two prices.
      const off = drawn.dialect.rounding === 'none' ? drawn.quarters : 0;
      const mark = (offset: number, quarters = off): DecimalText =>
        quartersOf(tick, 4 * (BASE + better * offset) + quarters);
      const isLadder = drawn.dialect.stepping === 'ladder' && drawn.step !== undefined;
      const dialect = settleDialect(drawn, isLadder && drawn.stop === undefined);
      const climbs = isLadder && drawn.stop !== undefined;
      const trails = trail !== undefined && !climbs;
      const isDouble = drawn.confirm === 'double' && dialect.trailBy === 'trigger';
      const hasLimit = limit && (limit.offset ?? limit.price) !== undefined;
      const plan: StopPlan = {
        ...{ triggerBy: drawn.triggerBy, dialect },
        ...(isDouble && { confirm: 'double' }),
        ...(drawn.stop !== undefined && { stop: mark(-drawn.stop) }),
        ...(trails && { trail }),
        ...(trails &&
          tighten && { tighten: { ...tighten, from: mark(tighten.from, drawn.quarters) } }),
        ...((trails || climbs) &&
          drawn.activation !== undefined && { activation: mark(drawn.activation) }),
        ...((trails || climbs) && drawn.step !== undefined && { step: stepOf(tick, drawn) }),
        ...(breakEven && {
          breakEven: {
            // Behind the level, or nothing could ever come of it.
            trigger: mark(Math.max(breakEven.trigger, breakEven.offset + 1)),
            offset: signed(tick, breakEven.offset),
          },
        }),
        ...(hasLimit && {
          limit: {
            ...(limit.offset && { offset: limit.offset }),
            ...(limit.price !== undefined && { price: at(-limit.price) }),
            then: 'keep',
          },
        }),
        targets: [...drawn.targets]
          .sort((a, b) => a - b)
          .map((offset) => ({ price: at(offset), portion: '0.1' as DecimalText })),
      };
      // A share of it has more digits than a level can hold: it is rounded, which the slow model does not do.
      const isShared = dialect.percentOf === 'entry';
      const entry = quartersOf(tick, 4 * BASE + (isShared ? 0 : drawn.entryQuarters));
      return { side: drawn.side, plan, entry };
    });
}

function settleDialect(
  { dialect, triggerBy }: { dialect: SettledDialect; triggerBy: string },
  isStuck: boolean,
): SettledDialect {
  return {
    ...dialect,
    ...(isStuck && { stepping: 'least' }),
    ...(triggerBy === 'mid' && { trailBy: 'trigger' }),
    // A share of an unrounded stop has more digits than a level can hold; of the basis it has not.
    ...((dialect.rounding === 'none' || triggerBy === 'mid') && { limitFrom: 'basis' }),
  };
}

function quartersOf(tick: string, quarters: number): DecimalText {
  const { scale, tickUnits } = priceGrid(tick);
  return text(quarters * tickUnits * 25, scale + 2);
}

/** Whole ticks and quarters of one: a ladder has its rungs where its steps put them. */
function stepOf(
  tick: string,
  { step = 1, quarters }: { step: number | undefined; quarters: number },
): DecimalText {
  return quartersOf(tick, 4 * step + quarters);
}

function signed(tick: string, ticks: number): DecimalText {
  const size = ticks === 0 ? '0' : priceOf(tick, Math.abs(ticks));
  return (ticks < 0 ? `-${size}` : size) as DecimalText;
}

/** A walk in ticks with jumps: small moves, now and then a gap over many levels. */
export const walkArbitrary: fc.Arbitrary<readonly number[]> = fc
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

/** What the market shows of a walk: prints and books, the spread a few ticks wide. */
export function marketArbitrary(tick: string): fc.Arbitrary<readonly SlowTick[]> {
  return walkArbitrary.chain((walk) =>
    fc
      .array(fc.integer({ min: -1, max: 5 }), { minLength: walk.length, maxLength: walk.length })
      .map((spreads) =>
        walk.map((ticks, index) => {
          const spread = spreads[index] ?? 0;
          if (spread < 0 || index % 3 === 0) return { last: priceOf(tick, ticks) };
          return { bid: priceOf(tick, ticks), ask: priceOf(tick, ticks + spread) };
        }),
      ),
  );
}
