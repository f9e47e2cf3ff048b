import { decimal, formatDecimal } from '../kernel/decimal.js';
import type { BandedGrid } from '../kernel/price-bands.js';
import { splitPrice, splitSteps } from '../kernel/split.js';
import type { SplitRatio, Towards } from '../kernel/split.js';
import type { DecimalText, PositionSide } from '../kernel/units.js';
import { settled } from './dialect.js';
import { isMeasured } from './measured-trail.js';
import type { PlainDistance, StopPlan, TrailDistance } from './stop-plan.js';

export interface PlanSplit {
  readonly ratio: SplitRatio;
  readonly side: PositionSide;
  /** Of before. */
  readonly previousTick: DecimalText;
  /** Of now. */
  readonly grid: BandedGrid;
}

/**
 * A plan in the units of after a split. What falls between two ticks goes where nothing is lost of the protection: stops
 * and break-even to the tighter side, distances that follow are shorter, targets and activations are reached sooner, and
 * what an exit may give way is more. No distance becomes less than a tick. Shares of a price (`percent`, `bps`) and what is
 * measured over bars stay.
 */
export function splitPlan(plan: StopPlan, split: PlanSplit): StopPlan {
  const { stop, trail, tighten, activation, step, breakEven, targets, limit } = plan;
  const { exit, insurance } = plan;
  const isLong = split.side === 'long';
  const [tighter, sooner]: Towards[] = isLong ? ['up', 'down'] : ['down', 'up'];
  const price = (text: DecimalText, towards: Towards = 'down') =>
    splitPrice(text, split.ratio, split.grid, towards);
  const activates = settled(plan.dialect).activate === 'adverse' ? tighter : sooner;
  return {
    ...plan,
    ...(stop !== undefined && { stop: price(stop, tighter) }),
    ...(trail && { trail: splitDistance(trail, split, 'down') }),
    ...(tighten && {
      tighten: {
        ...tighten,
        from: price(tighten.from, sooner),
        trail: splitPlain(tighten.trail, split, 'down'),
      },
    }),
    ...(activation !== undefined && { activation: price(activation, activates) }),
    ...(step !== undefined && { step: splitAmount(step, split, 'down') }),
    ...(breakEven && {
      breakEven: {
        trigger: price(breakEven.trigger, sooner),
        offset: signedAmount(breakEven.offset, split),
      },
    }),
    ...(targets && {
      targets: targets.map((target) => ({ ...target, price: price(target.price, sooner) })),
    }),
    ...(limit && {
      limit: {
        ...limit,
        ...(limit.offset && { offset: splitPlain(limit.offset, split, 'up') }),
        ...(limit.price !== undefined && { price: price(limit.price, sooner) }),
      },
    }),
    ...(exit?.type === 'limit' && {
      exit: { ...exit, collar: splitPlain(exit.collar, split, 'up') },
    }),
    ...(insurance && {
      insurance: {
        ...insurance,
        margin: splitPlain(insurance.margin, split, 'up'),
        step: splitPlain(insurance.step, split, 'up'),
      },
    }),
  };
}

/** Every price that a plan names. */
export function pricesOf(plan: StopPlan): readonly DecimalText[] {
  const { stop, activation, tighten, breakEven, targets = [], limit } = plan;
  const named = [stop, activation, tighten?.from, breakEven?.trigger, limit?.price];
  return [...named.filter((text) => text !== undefined), ...targets.map(({ price }) => price)];
}

function splitDistance(distance: TrailDistance, split: PlanSplit, towards: Towards): TrailDistance {
  return isMeasured(distance) ? distance : splitPlain(distance, split, towards);
}

function splitPlain(distance: PlainDistance, split: PlanSplit, towards: Towards): PlainDistance {
  if ('amount' in distance) return { amount: splitAmount(distance.amount, split, towards) };
  if (!('ticks' in distance)) return distance;
  const { units, scale } = decimal(split.previousTick);
  const amount = { units: units * BigInt(distance.ticks), scale };
  const ticks = splitSteps(amount, split.ratio, decimal(split.grid.priceTick), towards);
  return { ticks: Math.max(1, Number(ticks)) };
}

function splitAmount(amount: DecimalText, split: PlanSplit, towards: Towards): DecimalText {
  const tick = decimal(split.grid.priceTick);
  const ticks = splitSteps(decimal(amount), split.ratio, tick, towards);
  return formatDecimal({ units: (ticks > 0n ? ticks : 1n) * tick.units, scale: tick.scale });
}

/** Better than the entry by so much, or worse. */
function signedAmount(offset: DecimalText, { ratio, grid }: PlanSplit): DecimalText {
  const tick = decimal(grid.priceTick);
  const ticks = splitSteps(decimal(offset), ratio, tick, 'up');
  return formatDecimal({ units: ticks * tick.units, scale: tick.scale });
}
