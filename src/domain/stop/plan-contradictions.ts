import { ZERO, add, compare, decimal, formatDecimal, negate } from '../kernel/decimal.js';
import type { Decimal } from '../kernel/decimal.js';
import { parseDurationMs } from '../kernel/duration.js';
import { settled } from './dialect.js';
import { isMeasured, measureOf } from './measured-trail.js';
import type { Findings } from './plan-findings.js';
import { isBetter } from './plan-findings.js';
import type { PlanRequest } from './plan-request.js';
import type { PlainDistance, StopPlan, Target } from './stop-plan.js';

/** Parts that mean nothing without another, or contradict one another whatever the prices are. */
export function checkWhole(request: PlanRequest, plan: StopPlan, found: Findings): void {
  const { stop, trail, breakEven, targets, timeStop, sessionEnd } = request;
  const isLadder = settled(plan.dialect).stepping === 'ladder' && request.step !== undefined;
  const parts = [stop, trail, breakEven, timeStop, sessionEnd];
  if (parts.every((part) => part === undefined) && !targets?.length) {
    const rule = 'must have a stop, a trail or a target, a break-even or a time to leave';
    found.note('PLAN_EMPTY', '', rule, request);
  }
  if (trail === undefined) checkWithoutTrail(request, isLadder, found);
  if ([stop, trail, breakEven].every((part) => part === undefined))
    checkWithoutLevel(request, found);
  if (isLadder && (trail !== undefined || stop === undefined)) {
    const rule = 'needs a stop to climb from and no trail, as dialect.stepping is "ladder"';
    found.note('LADDER_WITHOUT_STOP', 'step', rule, request.step);
  }
  checkCloser(plan, found);
  checkSoon(plan, found);
  const { trailBy, limitFrom } = settled(plan.dialect);
  if (request.confirm === 'double' && trailBy !== 'trigger') {
    const rule = 'needs one price that both fires and moves the stop: dialect.trailBy "trigger"';
    found.note('CONFIRM_WITHOUT_ORDER', 'confirm', rule, request.confirm);
  }
  const { triggerBy } = plan;
  if (trailBy !== 'trigger' && (triggerBy === 'mid' || triggerBy === 'mark')) {
    const rule = 'must be "last" or "bidAsk", as dialect.trailBy is not "trigger"';
    found.note('TRIGGER_WITHOUT_TRAIL_PRICE', 'triggerBy', rule, triggerBy);
  }
  if (limitFrom === 'basis' && typeof request.limit?.offset !== 'undefined' && !trail) {
    const rule = 'needs a trail, as dialect.limitFrom is "basis"';
    found.note('LIMIT_WITHOUT_TRAIL', 'limit.offset', rule, request.limit.offset);
  }
}

function checkWithoutTrail(request: PlanRequest, isLadder: boolean, found: Findings): void {
  const { activation, step, tighten } = request;
  if (activation !== undefined && !isLadder) {
    found.note('ACTIVATION_WITHOUT_TRAIL', 'activation', 'needs a trail', activation);
  }
  if (step !== undefined && !isLadder) {
    found.note('STEP_WITHOUT_TRAIL', 'step', 'needs a trail', step);
  }
  if (tighten !== undefined) {
    found.note('TIGHTENING_WITHOUT_TRAIL', 'tighten', 'needs a trail', tighten.from);
  }
}

/** What lies behind a level means nothing where there never is one. */
function checkWithoutLevel({ limit, insurance }: PlanRequest, found: Findings): void {
  const rule = 'needs a stop, a trail or a break-even to lie behind';
  if (limit?.offset !== undefined) {
    found.note('LIMIT_WITHOUT_STOP', 'limit.offset', rule, limit.offset);
  }
  if (insurance !== undefined) {
    found.note('INSURANCE_WITHOUT_STOP', 'insurance', rule, insurance.margin);
  }
}

/** A tightening that is wider than the trail would never be seen: the stop does not loosen. */
function checkCloser({ trail, tighten }: StopPlan, found: Findings): void {
  if (!trail || !tighten || isMeasured(trail)) return;
  const [wide, close] = [sizeOf(trail), sizeOf(tighten.trail)];
  if (wide.unit !== close.unit || compare(close.size, wide.size) < 0) return;
  const rule = `must be closer than the trail (${formatDecimal(wide.size)})`;
  found.note('TIGHTENING_TOO_WIDE', 'tighten.trail', rule, formatDecimal(close.size));
}

/** A stop that always leaves before its trail is known does not trail. */
function checkSoon({ trail, timeStop }: StopPlan, found: Findings): void {
  if (!trail || !timeStop || timeStop.unlessInProfit || !isMeasured(trail)) return;
  const { kind, period, interval } = measureOf(trail);
  const [known, leaves] = [parseDurationMs(interval), parseDurationMs(timeStop.after)];
  if (known === undefined || leaves === undefined || leaves > period * known) return;
  const rule = `must be longer than the ${period} bars of ${interval} that trail.${kind} is known after`;
  found.note('TIME_STOP_BEFORE_TRAIL', 'timeStop.after', rule, timeStop.after);
}

function sizeOf(distance: PlainDistance): { unit: 'price' | 'ticks' | 'share'; size: Decimal } {
  if ('amount' in distance) return { unit: 'price', size: decimal(distance.amount) };
  if ('ticks' in distance) return { unit: 'ticks', size: decimal(String(distance.ticks)) };
  if ('percent' in distance) return { unit: 'share', size: decimal(distance.percent) };
  const bps = decimal(distance.bps);
  return { unit: 'share', size: { units: bps.units, scale: bps.scale + 2 } };
}

/** Prices on the wrong side of the market or of one another. */
export function checkSides(plan: StopPlan, found: Findings): void {
  const { side, reference, referenceName } = found.setting;
  const [worse, better] = side === 'long' ? ['below', 'above'] : ['above', 'below'];
  const place = `${referenceName} ${reference}`;
  const stop = plan.stop === undefined ? undefined : decimal(plan.stop);
  const { throughMarket } = plan.dialect;
  if (stop && throughMarket === 'refuse' && isBetter(stop, decimal(reference), side) >= 0) {
    const rule = `a ${side}'s stop must be ${worse} the ${place}, unless dialect.throughMarket is "fire"`;
    found.note('STOP_THROUGH_MARKET', 'stop', rule, formatDecimal(stop));
  }
  const activation = plan.activation === undefined ? undefined : decimal(plan.activation);
  if (stop && activation && isBetter(activation, stop, side) <= 0) {
    const rule = `a ${side}'s activation must be ${better} its stop ${formatDecimal(stop)}`;
    found.note('ACTIVATION_WRONG_SIDE', 'activation', rule, formatDecimal(activation));
  }
  plan.targets?.forEach((target, index) => {
    checkTarget(target, { field: `targets.${index}.price`, better, place, stop }, found);
  });
  checkBreakEven(plan, better, found);
  checkWithinTargets(plan, found);
}

function checkTarget(
  target: Target,
  at: { field: string; better: string; place: string; stop: Decimal | undefined },
  found: Findings,
): void {
  const { side, reference } = found.setting;
  const price = decimal(target.price);
  if (isBetter(price, decimal(reference), side) <= 0) {
    const rule = `a ${side}'s target must be ${at.better} the ${at.place}`;
    found.note('TARGET_THROUGH_MARKET', at.field, rule, target.price);
  } else if (at.stop && isBetter(price, at.stop, side) <= 0) {
    const rule = `a ${side}'s target must be ${at.better} its stop ${formatDecimal(at.stop)}`;
    found.note('TARGET_WRONG_SIDE', at.field, rule, target.price);
  }
}

function checkBreakEven(
  { breakEven, stop, targets }: StopPlan,
  better: string,
  found: Findings,
): void {
  if (!breakEven) return;
  const { side, entryPrice } = found.setting;
  const trigger = decimal(breakEven.trigger);
  const offset = decimal(breakEven.offset);
  const level = add(decimal(entryPrice), side === 'long' ? offset : negate(offset));
  if (isBetter(trigger, level, side) <= 0) {
    const rule = `a ${side}'s break-even trigger must be ${better} the level it moves the stop to (${formatDecimal(level)})`;
    found.note('BREAK_EVEN_WRONG_SIDE', 'breakEven.trigger', rule, breakEven.trigger);
  }
  if (stop !== undefined && isBetter(decimal(stop), level, side) >= 0) {
    const rule = `must move the stop to a level ${better} the fixed stop ${stop}`;
    found.note('BREAK_EVEN_BEHIND_STOP', 'breakEven', rule, formatDecimal(level));
  }
  const last = targets?.at(-1);
  if (last && isBetter(trigger, decimal(last.price), side) > 0) {
    const rule = `must not be beyond the last target ${last.price}`;
    found.note('BREAK_EVEN_BEYOND_TARGETS', 'breakEven.trigger', rule, breakEven.trigger);
  }
}

/** Once the last target has closed everything there is nothing left to trail. */
function checkWithinTargets(plan: StopPlan, found: Findings): void {
  const { targets = [], activation, tighten, dialect } = plan;
  const last = targets.at(-1);
  const closed = targets.reduce((sum, { portion }) => add(sum, decimal(portion)), ZERO);
  if (!last || compare(closed, decimal('1')) < 0) return;
  const isBeyond = (price: string): boolean =>
    isBetter(decimal(price), decimal(last.price), found.setting.side) > 0;
  const rule = `must not be beyond the last target ${last.price}, at which all is closed`;
  if (activation && settled(dialect).activate === 'favourable' && isBeyond(activation)) {
    found.note('ACTIVATION_BEYOND_TARGETS', 'activation', rule, activation);
  }
  if (tighten && isBeyond(tighten.from)) {
    found.note('TIGHTENING_BEYOND_TARGETS', 'tighten.from', rule, tighten.from);
  }
}
