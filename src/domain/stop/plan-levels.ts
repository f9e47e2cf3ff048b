import {
  add,
  compare,
  decimal,
  formatDecimal,
  isPositive,
  subtract,
  larger,
  smaller,
} from '../kernel/decimal.js';
import type { Decimal } from '../kernel/decimal.js';
import { ceilOnGrid, floorOnGrid, tickAt } from '../kernel/price-bands.js';
import { settled } from './dialect.js';
import { sizeAt } from './distance-size.js';
import { isMeasured } from './measured-trail.js';
import type { Findings, PlanSetting } from './plan-findings.js';
import type { PlanRequest } from './plan-request.js';
import type { PlainDistance, StopPlan } from './stop-plan.js';

/** Judges where the levels of a plan would lie at the market as it is. */
export function checkLevels(request: PlanRequest, plan: StopPlan, found: Findings): void {
  const { trail, tighten, limit } = plan;
  if (trail && !isMeasured(trail)) checkShareWidth('trail', trail, plan, found);
  if (tighten) checkShareWidth('tighten.trail', tighten.trail, plan, found);
  // With a price as well the limit is the better of the two; that of a short is above its stop.
  if (limit?.offset && limit.price === undefined && found.setting.side === 'long') {
    const isText = typeof request.limit?.offset === 'string';
    checkLimitReach(limit.offset, isText, plan, found);
  }
}

/**
 * A share that is less than a tick leaves no place on the grid between the level and the market: it would be another
 * distance than the one that was asked. Amounts are judged by themselves.
 */
function checkShareWidth(
  parent: string,
  share: PlainDistance,
  plan: StopPlan,
  found: Findings,
): void {
  if (!isOnGrid(plan) || 'amount' in share || 'ticks' in share) return;
  const { reference, referenceName } = found.setting;
  const size = trailSizeAt(share, decimal(reference), plan, found.setting);
  const tick = tickBehind(size, found.setting);
  if (compare(size, tick) >= 0) return;
  const rule = `must not be below the price tick ${formatDecimal(tick)}: at the ${referenceName} ${reference} it is ${formatDecimal(size)} away`;
  const [unit, value] = partsOf(share);
  found.note('DISTANCE_TOO_SMALL', `${parent}.${unit}`, rule, value);
}

/** An exit whose limit is no price would leave at market, whatever the plan says. Levels never fall: the first decides. */
function checkLimitReach(
  offset: PlainDistance,
  isText: boolean,
  plan: StopPlan,
  found: Findings,
): void {
  const { setting } = found;
  const tick = decimal(setting.priceTick);
  const { from, origin } = limitBasisOf(plan, setting);
  // What is out of reach on purpose never fires, so that nothing leaves.
  if (!isPositive(from)) return;
  if (compare(subtract(from, sizeAt(offset, from, tick)), tick) >= 0) return;
  const rule = `must leave a limit price of at least ${setting.priceTick}: it is measured from ${origin}`;
  const [unit, value] = partsOf(offset);
  found.note('DISTANCE_TOO_LARGE', isText ? 'limit.offset' : `limit.offset.${unit}`, rule, value);
}

/** What the limit of a long is measured from at first, or lies behind whatever bars will tell; and that in words. */
function limitBasisOf(plan: StopPlan, setting: PlanSetting): { from: Decimal; origin: string } {
  const begun = (noun: string, from: Decimal) => ({
    from,
    origin: `the ${noun} ${formatDecimal(from)} that the stop begins at`,
  });
  if (settled(plan.dialect).limitFrom === 'basis') {
    return begun('best price', basisOf(plan, setting).price);
  }
  const level = firstLevelOf(plan, setting);
  if (level) return begun('level', level);
  const { reference, referenceName } = setting;
  const origin = `a level that bars will put behind the ${referenceName} ${reference}`;
  return { from: decimal(reference), origin };
}

/** The level of a long that is armed now, else the lowest that it may have first; undefined where only bars will tell. */
function firstLevelOf(plan: StopPlan, setting: PlanSetting): Decimal | undefined {
  const stop = plan.stop === undefined ? undefined : decimal(plan.stop);
  const trailed = trailedLevelOf(plan, setting);
  const { hasBegun } = basisOf(plan, setting);
  if (stop) return trailed && hasBegun ? larger(stop, trailed) : stop;
  if (trailed && hasBegun) return trailed;
  const { breakEven } = plan;
  if (!breakEven) return trailed;
  const even = placed(add(decimal(setting.entryPrice), decimal(breakEven.offset)), plan, setting);
  return trailed ? smaller(even, trailed) : even;
}

function trailedLevelOf(plan: StopPlan, setting: PlanSetting): Decimal | undefined {
  const { trail } = plan;
  if (!trail || isMeasured(trail)) return undefined;
  const { price } = basisOf(plan, setting);
  return placed(subtract(price, trailSizeAt(trail, price, plan, setting)), plan, setting);
}

/** The price that the trail of a long begins at, and whether it is there. */
function basisOf({ activation, dialect }: StopPlan, { reference }: PlanSetting) {
  const market = decimal(reference);
  if (activation === undefined) return { price: market, hasBegun: true };
  const mark = decimal(activation);
  const isFavourable = settled(dialect).activate === 'favourable';
  const hasBegun = isFavourable ? compare(market, mark) >= 0 : compare(market, mark) <= 0;
  return { price: hasBegun ? market : mark, hasBegun };
}

/** A level on the grid: where it is not rounded up, it may be rounded down. */
function placed(level: Decimal, plan: StopPlan, setting: PlanSetting): Decimal {
  if (!isOnGrid(plan) || !isPositive(level)) return level;
  return plan.dialect.rounding === 'tighter'
    ? ceilOnGrid(setting, level)
    : floorOnGrid(setting, level);
}

function partsOf(distance: PlainDistance): readonly [unit: string, value: string | number] {
  if ('amount' in distance) return ['amount', distance.amount];
  if ('ticks' in distance) return ['ticks', distance.ticks];
  return 'percent' in distance ? ['percent', distance.percent] : ['bps', distance.bps];
}

/** Half of two prices and a mark lie off the grid by nature, and so do the levels behind them. */
function isOnGrid({ dialect, triggerBy }: StopPlan): boolean {
  return dialect.rounding !== 'none' && triggerBy !== 'mid' && triggerBy !== 'mark';
}

function trailSizeAt(
  distance: PlainDistance,
  price: Decimal,
  { dialect }: StopPlan,
  { entryPrice, priceTick }: PlanSetting,
): Decimal {
  const whole = settled(dialect).percentOf === 'entry' ? decimal(entryPrice) : price;
  return sizeAt(distance, whole, decimal(priceTick));
}

/** The finer of two ticks, at the market and so far behind it: the level may lie in another band than the market. */
function tickBehind(size: Decimal, setting: PlanSetting): Decimal {
  const reference = decimal(setting.reference);
  const level = setting.side === 'long' ? subtract(reference, size) : add(reference, size);
  return smaller(tickAt(setting, reference), tickAt(setting, level));
}
