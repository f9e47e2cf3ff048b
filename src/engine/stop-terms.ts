import { AVERAGE_DIGITS } from '../domain/indicators/fine-average.js';
import { add, decimal, multiply, negate, significantScale } from '../domain/kernel/decimal.js';
import type { Decimal } from '../domain/kernel/decimal.js';
import { finerBands } from '../domain/instrument/price-grid.js';
import type { PriceGrid, UnitBand } from '../domain/instrument/price-grid.js';
import type { PositionSide } from '../domain/kernel/units.js';
import { settled } from '../domain/stop/dialect.js';
import type { SettledDialect } from '../domain/stop/dialect.js';
import { isMeasured, measureOf } from '../domain/stop/measured-trail.js';
import type { MeasureKind } from '../domain/stop/measured-trail.js';
import type { LimitExit, PlainDistance, StopPlan } from '../domain/stop/stop-plan.js';
import { durationMs } from '../domain/kernel/duration.js';
import { ceilUnits, exactUnits, floorUnits, roundBehindBest } from './level-units.js';
import type { LevelRounding } from './level-units.js';

/** Level = price * factor - amountFine. */
export interface Slope {
  readonly factor: number;
  readonly amountFine: number;
}

/** Where the limit of an exit lies: `slope` behind the level (or the basis), never worse than `start`. */
export interface LimitTerms {
  readonly slope: Slope | undefined;
  readonly fromBasis: boolean;
  /** Directed level units; NaN when there is none. */
  readonly start: number;
}

/** What is measured over bars. */
export interface BarTerms {
  readonly kind: MeasureKind;
  readonly sign: 1 | -1;
  readonly period: number;
  readonly intervalMs: number;
  /** How many average ranges; 0 where none is measured. */
  readonly multiple: Decimal;
}

/**
 * A plan as integers, in the direction of the position: everything is multiplied by `sign` (+1 long, -1 short), so
 * that favourable prices are higher for both and one set of rules serves both.
 *
 * Prices are in units of 10^-scale (that of the price the stop reads); levels have `fineDigits` further digits:
 * level = units * fine. Marks that may lie off the price scale are held as the price that reaches them.
 */
export interface StopTerms {
  readonly sign: 1 | -1;
  readonly scale: number;
  readonly fine: number;
  readonly fineDigits: number;
  /** What levels are rounded to, in level units: the finest where it changes with the price. */
  readonly gridFine: number;
  /** In level units, not directed. Empty where the grid is the same at every price. */
  readonly bands: readonly UnitBand[];
  readonly trails: boolean;
  readonly trail: Slope;
  /** Best price from which on `tight` holds; Infinity when it never does. */
  readonly tightFrom: number;
  readonly tight: Slope;
  readonly bars: BarTerms | undefined;
  /** Where the steps of a ladder are counted from, in level units; NaN when the stop climbs no ladder. */
  readonly ladderFrom: number;
  readonly rungFine: number;
  /** By how much a level must be better to be taken. */
  readonly leastGain: number;
  /** Price that activates; NaN when trailing needs no activation. */
  readonly activation: number;
  readonly activatesAdversely: boolean;
  /** Fixed stop in level units; NaN when there is none. */
  readonly fixedLevel: number;
  /** Price from which on the stop belongs at `breakEvenLevel`; Infinity when there is none. */
  readonly breakEvenFrom: number;
  readonly breakEvenLevel: number;
  /** Prices, rising. */
  readonly targets: readonly number[];
  readonly limit: LimitTerms | undefined;
  readonly rounding: LevelRounding;
  readonly strict: boolean;
  readonly trailStrict: boolean;
  readonly checkFirst: boolean;
  readonly double: boolean;
  /** Whether the price that fires the stop also moves it. */
  readonly movesByTrigger: boolean;
}

/** What a plan meets when it becomes integers: the grid is that of the price which the stop reads. */
export interface TermsSetting {
  readonly side: PositionSide;
  readonly grid: PriceGrid;
  readonly entryPrice: string;
  readonly fineDigitsMax: number;
}

/** Digits that a plan's levels need beyond the price scale. */
export function fineDigitsOf(plan: StopPlan, { grid, fineDigitsMax }: TermsSetting): number {
  const { trail, tighten, limit } = plan;
  const distances = [trail, tighten?.trail, limit?.offset];
  const amounts = [plan.step, plan.stop, limit?.price];
  const digits = [
    0,
    ...distances.map((distance) => (distance ? digitsOf(distance, grid.scale) : 0)),
    ...amounts.map((text) => (text === undefined ? 0 : extraDigits(text, grid.scale))),
  ];
  const needed = Math.max(...digits);
  if (!usesEntry(plan)) return needed;
  // An entry is an average of fills: what has more digits than fit is rounded to the tighter side.
  return fineDigitsMax;
}

function extraDigits(text: string, scale: number): number {
  return significantScale(decimal(text)) - scale;
}

function digitsOf(distance: NonNullable<StopPlan['trail']>, scale: number): number {
  if ('amount' in distance) return extraDigits(distance.amount, scale);
  if ('percent' in distance) return significantScale(decimal(distance.percent)) + 2;
  if ('bps' in distance) return significantScale(decimal(distance.bps)) + 4;
  // An average has a scale of its own, of so many digits below the price's.
  return isMeasured(distance) && !('donchian' in distance) ? AVERAGE_DIGITS : 0;
}

/** True when the plan means something else for another entry price. */
export function usesEntry(plan: StopPlan): boolean {
  const { percentOf, stepping } = settled(plan.dialect);
  const isShare = plan.trail && ('percent' in plan.trail || 'bps' in plan.trail);
  return (
    plan.breakEven !== undefined ||
    (stepping === 'ladder' && plan.step !== undefined) ||
    (percentOf === 'entry' && isShare === true)
  );
}

/** Terms by plan, side and grid: plans are shared by the stops that say the same, and so are their terms. */
const known = new WeakMap<StopPlan, Map<string, StopTerms>>();

/** Turns a checked plan into integers. Throws for a plan that the check should have refused. */
export function stopTerms(plan: StopPlan, setting: TermsSetting): StopTerms {
  let ofPlan = known.get(plan);
  if (!ofPlan) {
    ofPlan = new Map();
    known.set(plan, ofPlan);
  }
  const { side, grid, entryPrice } = setting;
  const bands = JSON.stringify(grid.bands ?? []);
  const key = `${side} ${grid.scale} ${grid.tickUnits} ${bands} ${usesEntry(plan) ? entryPrice : ''}`;
  let terms = ofPlan.get(key);
  if (!terms) {
    terms = new TermsMaker(plan, setting).make();
    ofPlan.set(key, terms);
  }
  return terms;
}

class TermsMaker {
  readonly sign: 1 | -1;
  private readonly fineDigits: number;
  private readonly fine: number;
  private readonly dialect: SettledDialect;
  readonly rounding: LevelRounding;

  constructor(
    private readonly plan: StopPlan,
    private readonly setting: TermsSetting,
  ) {
    this.sign = setting.side === 'long' ? 1 : -1;
    this.fineDigits = fineDigitsOf(plan, setting);
    this.fine = 10 ** this.fineDigits;
    this.dialect = settled(plan.dialect);
    // Half of two prices and a mark lie off the grid by nature, and so do the levels behind them.
    const isOffGrid = plan.triggerBy === 'mid' || plan.triggerBy === 'mark';
    this.rounding = isOffGrid ? 'none' : this.dialect.rounding;
  }

  make(): StopTerms {
    const { plan, dialect, sign, fine, fineDigits } = this;
    const { grid } = this.setting;
    const isLadder = dialect.stepping === 'ladder' && plan.step !== undefined;
    const step = plan.step === undefined ? 0 : this.levelUnits(plan.step);
    const { tightFrom, tight } = this.tightening();
    const { breakEvenFrom, breakEvenLevel } = this.breakEven();
    // Written out, and put together from no parts: only then do all terms have one shape, which a price that looks at a
    // thousand plans has to find the fields of.
    return {
      sign,
      scale: grid.scale,
      fine,
      fineDigits,
      gridFine: this.gridFine,
      bands: this.bands,
      trails: plan.trail !== undefined || isLadder,
      trail: this.trailSlope(),
      tightFrom,
      tight,
      bars: this.bars(),
      ladderFrom: isLadder ? this.fromEntry('0') : NaN,
      rungFine: isLadder ? step : 0,
      leastGain: isLadder ? 0 : step,
      activation: this.activation(),
      activatesAdversely: dialect.activate === 'adverse',
      fixedLevel: plan.stop === undefined ? NaN : sign * this.levelUnits(plan.stop),
      breakEvenFrom,
      breakEvenLevel,
      targets: (plan.targets ?? []).map((target) => sign * exactUnits(target.price, grid.scale)),
      limit: plan.limit && this.limit(plan.limit),
      rounding: this.rounding,
      strict: dialect.touch === 'strict',
      trailStrict: dialect.trailTouch === 'strict',
      checkFirst: dialect.order === 'check-then-move',
      double: plan.confirm === 'double',
      movesByTrigger: dialect.trailBy !== 'last' || plan.triggerBy !== 'bidAsk',
    };
  }

  get gridFine(): number {
    const { tickUnits } = this.setting.grid;
    return this.rounding === 'halfEvenDecimals' ? this.fine : tickUnits * this.fine;
  }

  /** Decimals are rounded to by who knows no bands. */
  get bands(): readonly UnitBand[] {
    const isOnGrid = this.rounding !== 'none' && this.rounding !== 'halfEvenDecimals';
    return isOnGrid ? finerBands(this.setting.grid, this.fine) : [];
  }

  private trailSlope(): Slope {
    const { trail } = this.plan;
    return !trail || isMeasured(trail) ? { factor: this.fine, amountFine: 0 } : this.slope(trail);
  }

  private tightening(): { tightFrom: number; tight: Slope } {
    const { tighten } = this.plan;
    if (!tighten) return { tightFrom: Infinity, tight: { factor: this.fine, amountFine: 0 } };
    return {
      tightFrom: this.reaching(tighten.from, tighten.touch),
      tight: this.slope(tighten.trail),
    };
  }

  private bars(): BarTerms | undefined {
    const { trail } = this.plan;
    if (!trail || !isMeasured(trail)) return undefined;
    const { kind, period, interval, multiple = '0' } = measureOf(trail);
    const intervalMs = durationMs(interval);
    return { kind, sign: this.sign, period, intervalMs, multiple: decimal(multiple) };
  }

  private breakEven(): { breakEvenFrom: number; breakEvenLevel: number } {
    const { breakEven } = this.plan;
    if (!breakEven) return { breakEvenFrom: Infinity, breakEvenLevel: NaN };
    const breakEvenFrom = this.reaching(breakEven.trigger, 'inclusive');
    const level = this.fromEntry(breakEven.offset);
    // The price that takes the stop there must not fire it there.
    const breakEvenLevel = roundBehindBest(level, breakEvenFrom * this.fine, this);
    return { breakEvenFrom, breakEvenLevel };
  }

  private limit({ offset, price }: LimitExit): LimitTerms {
    return {
      slope: offset && this.slope(offset),
      fromBasis: this.dialect.limitFrom === 'basis',
      start: price === undefined ? NaN : this.sign * this.levelUnits(price),
    };
  }

  private activation(): number {
    const { activation } = this.plan;
    if (activation === undefined) return NaN;
    if (this.dialect.activate === 'favourable') {
      return this.reaching(activation, this.dialect.trailTouch);
    }
    const { sign, setting, dialect } = this;
    const directed = sign === 1 ? decimal(activation) : negate(decimal(activation));
    return dialect.trailTouch === 'strict'
      ? ceilUnits(directed, setting.grid.scale) - 1
      : floorUnits(directed, setting.grid.scale);
  }

  /** The first price on the scale that is at (or, strict, beyond) a mark. */
  private reaching(mark: string, touch: 'inclusive' | 'strict'): number {
    const directed = this.sign === 1 ? decimal(mark) : negate(decimal(mark));
    const { scale } = this.setting.grid;
    return touch === 'strict' ? floorUnits(directed, scale) + 1 : ceilUnits(directed, scale);
  }

  /** Entry plus an offset in the direction of the position, in level units, the tighter side where digits are lost. */
  private fromEntry(offset: string): number {
    const entry = decimal(this.setting.entryPrice);
    const directed = add(this.sign === 1 ? entry : negate(entry), decimal(offset));
    return ceilUnits(directed, this.setting.grid.scale + this.fineDigits);
  }

  private slope(distance: PlainDistance): Slope {
    const { fine, fineDigits, sign } = this;
    const { grid, entryPrice } = this.setting;
    if ('amount' in distance) return { factor: fine, amountFine: this.levelUnits(distance.amount) };
    if ('ticks' in distance) {
      return { factor: fine, amountFine: distance.ticks * grid.tickUnits * fine };
    }
    const [text, digits] = 'percent' in distance ? [distance.percent, 2] : [distance.bps, 4];
    if (this.dialect.percentOf === 'entry') {
      const share = { ...decimal(text), scale: decimal(text).scale + digits };
      const amount = multiply(decimal(entryPrice), share);
      // Rounded down: closer behind the price is the tighter side.
      return { factor: fine, amountFine: floorUnits(amount, grid.scale + fineDigits) };
    }
    return { factor: fine - sign * exactUnits(text, fineDigits - digits), amountFine: 0 };
  }

  private levelUnits(text: string): number {
    return exactUnits(text, this.setting.grid.scale + this.fineDigits);
  }
}
