import { add, compare, decimal, formatDecimal, subtract } from '../kernel/decimal.js';
import type { Decimal } from '../kernel/decimal.js';
import { tickAt } from '../kernel/price-bands.js';
import { settled } from './dialect.js';
import { sizeAt } from './distance-size.js';
import { isMeasured } from './measured-trail.js';
import type { Findings, PlanSetting } from './plan-findings.js';
import type { PlainDistance, StopPlan } from './stop-plan.js';

/** Judges where the levels of a plan would lie at the market as it is. */
export function checkLevels(plan: StopPlan, found: Findings): void {
  const { trail, tighten } = plan;
  if (trail && !isMeasured(trail)) checkShareWidth('trail', trail, plan, found);
  if (tighten) checkShareWidth('tighten.trail', tighten.trail, plan, found);
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
  const [unit, text] =
    'percent' in share ? (['percent', share.percent] as const) : (['bps', share.bps] as const);
  found.note('DISTANCE_TOO_SMALL', `${parent}.${unit}`, rule, text);
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
  const [here, there] = [tickAt(setting, reference), tickAt(setting, level)];
  return compare(here, there) < 0 ? here : there;
}
