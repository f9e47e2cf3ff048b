import { decimal, exactUnitsAt, significantScale } from '../domain/kernel/decimal.js';
import type { PriceGrid } from '../domain/instrument/price-grid.js';
import type { PositionSide } from '../domain/kernel/units.js';
import type { StopPlan } from '../domain/stop/stop-plan.js';

/**
 * A plan as integers, in the direction of the position: everything is multiplied by `sign` (+1 long, -1 short), so
 * that favourable prices are higher for both and one set of rules serves both.
 *
 * Prices are in units of the instrument's price scale; levels have `fineDigits` further digits: level = units * fine.
 */
export interface StopTerms {
  readonly sign: 1 | -1;
  readonly fine: number;
  readonly fineDigits: number;
  /** The price tick in level units. */
  readonly tickFine: number;
  readonly trails: boolean;
  /** Level = extreme * trailFactor - trailAmountFine. */
  readonly trailFactor: number;
  readonly trailAmountFine: number;
  readonly stepFine: number;
  /** Directed units; NaN when trailing needs no activation. */
  readonly activation: number;
  /** Fixed stop in directed level units; NaN when there is none. */
  readonly fixedLevel: number;
  /** Directed units, rising. */
  readonly targets: readonly number[];
  readonly rounding: 'tighter' | 'looser' | 'nearest' | 'none';
  readonly strict: boolean;
  readonly checkFirst: boolean;
}

/** Digits that the plan's levels need beyond the price scale. */
export function fineDigitsOf(plan: StopPlan, scale: number): number {
  const digits = [0];
  const trail = plan.trail;
  if (trail && 'amount' in trail) digits.push(significantScale(decimal(trail.amount)) - scale);
  if (trail && 'percent' in trail) digits.push(significantScale(decimal(trail.percent)) + 2);
  if (trail && 'bps' in trail) digits.push(significantScale(decimal(trail.bps)) + 4);
  if (plan.step !== undefined) digits.push(significantScale(decimal(plan.step)) - scale);
  if (plan.stop !== undefined) digits.push(significantScale(decimal(plan.stop)) - scale);
  return Math.max(...digits);
}

/** Terms by plan, side and grid: plans are shared by the stops that say the same, and so are their terms. */
const known = new WeakMap<StopPlan, Map<string, StopTerms>>();

/** Turns a checked plan into integers. Throws for a plan that the check should have refused. */
export function stopTerms(side: PositionSide, plan: StopPlan, grid: PriceGrid): StopTerms {
  let ofPlan = known.get(plan);
  if (!ofPlan) {
    ofPlan = new Map();
    known.set(plan, ofPlan);
  }
  const key = `${side} ${grid.scale} ${grid.tickUnits}`;
  let terms = ofPlan.get(key);
  if (!terms) {
    terms = makeTerms(side, plan, grid);
    ofPlan.set(key, terms);
  }
  return terms;
}

function makeTerms(side: PositionSide, plan: StopPlan, grid: PriceGrid): StopTerms {
  const sign = side === 'long' ? 1 : -1;
  const fineDigits = fineDigitsOf(plan, grid.scale);
  const fine = 10 ** fineDigits;
  const priceUnits = (text: string): number => unitsAt(text, grid.scale);
  const levelUnits = (text: string): number => unitsAt(text, grid.scale + fineDigits);
  return {
    sign,
    fine,
    fineDigits,
    tickFine: grid.tickUnits * fine,
    trails: plan.trail !== undefined,
    ...distance(plan, { sign, fine, fineDigits, grid }),
    stepFine: plan.step === undefined ? 0 : levelUnits(plan.step),
    activation: plan.activation === undefined ? NaN : sign * priceUnits(plan.activation),
    fixedLevel: plan.stop === undefined ? NaN : sign * levelUnits(plan.stop),
    targets: (plan.targets ?? []).map((target) => sign * priceUnits(target.price)),
    rounding: plan.dialect.rounding,
    strict: plan.dialect.touch === 'strict',
    checkFirst: plan.dialect.order === 'check-then-move',
  };
}

function distance(
  plan: StopPlan,
  at: { sign: 1 | -1; fine: number; fineDigits: number; grid: PriceGrid },
): { trailFactor: number; trailAmountFine: number } {
  const trail = plan.trail;
  if (!trail) return { trailFactor: at.fine, trailAmountFine: 0 };
  if ('amount' in trail) {
    return {
      trailFactor: at.fine,
      trailAmountFine: unitsAt(trail.amount, at.grid.scale + at.fineDigits),
    };
  }
  if ('ticks' in trail) {
    return { trailFactor: at.fine, trailAmountFine: trail.ticks * at.grid.tickUnits * at.fine };
  }
  const share =
    'percent' in trail
      ? unitsAt(trail.percent, at.fineDigits - 2)
      : unitsAt(trail.bps, at.fineDigits - 4);
  return { trailFactor: at.fine - at.sign * share, trailAmountFine: 0 };
}

function unitsAt(text: string, scale: number): number {
  const units = exactUnitsAt(decimal(text), scale);
  if (units === undefined || units > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new Error(
      `Invariant: a checked plan fits the price grid, found ${text} at ${scale} digits`,
    );
  }
  return Number(units);
}
