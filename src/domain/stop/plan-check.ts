import type { Problem } from '../kernel/decider.js';
import {
  ZERO,
  add,
  canonical,
  compare,
  decimal,
  formatDecimal,
  isMultipleOf,
  isPositive,
  parseDecimal,
  significantScale,
} from '../kernel/decimal.js';
import type { Decimal } from '../kernel/decimal.js';
import type { DecimalText, PositionSide } from '../kernel/units.js';
import type { PlanRequest } from './plan-request.js';
import { STOPLEDGER_DIALECT } from './stop-plan.js';
import type { Dialect, StopPlan, Target, TrailDistance } from './stop-plan.js';

/** What a plan is judged against. Limits are those of the instrument's price grid. */
export interface PlanSetting {
  readonly side: PositionSide;
  readonly priceTick: DecimalText;
  /** Largest price that the engine can hold exactly. */
  readonly priceMax: DecimalText;
  /** Digits that a level may have beyond those of the price tick. */
  readonly fineDigitsMax: number;
  /** The newest price seen, or the entry price when none has been seen yet. */
  readonly reference: DecimalText;
  readonly referenceName: string;
}

export type PlanVerdict =
  | { readonly kind: 'sound'; readonly plan: StopPlan }
  | { readonly kind: 'unsound'; readonly problems: readonly Problem[] };

/** Collects every problem at once: a trader mends a plan in one go. */
class Findings {
  readonly problems: Problem[] = [];

  note(code: string, field: string, rule: string, value: unknown): undefined {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    this.problems.push({
      code,
      field: `plan${field === '' ? '' : `.${field}`}`,
      rule,
      value: text,
    });
    return undefined;
  }

  /** Decimal text above zero, else a problem. */
  positive(field: string, text: string): Decimal | undefined {
    const value = parseDecimal(text);
    if (!value)
      return this.note('NOT_A_DECIMAL', field, 'must be decimal text such as "80.25"', text);
    if (!isPositive(value)) return this.note('NOT_POSITIVE', field, 'must be above 0', text);
    return value;
  }

  /** A price on the instrument's grid, else a problem. */
  price(field: string, text: string, setting: PlanSetting, onGrid: boolean): Decimal | undefined {
    const value = this.positive(field, text);
    if (!value) return undefined;
    if (compare(value, decimal(setting.priceMax)) > 0) {
      return this.note('PRICE_TOO_LARGE', field, `must not be above ${setting.priceMax}`, text);
    }
    if (onGrid && !isMultipleOf(value, decimal(setting.priceTick))) {
      const rule = `must be a multiple of the price tick ${setting.priceTick}`;
      return this.note('PRICE_OFF_GRID', field, rule, text);
    }
    return value;
  }
}

/** Judges a plan and fills in what was left to the default. Every reason for refusing it is given at once. */
export function checkPlan(request: PlanRequest, setting: PlanSetting): PlanVerdict {
  const found = new Findings();
  const dialect = checkDialect(request.dialect, found);
  const onGrid = dialect.rounding !== 'none';
  const stop =
    request.stop === undefined ? undefined : found.price('stop', request.stop, setting, onGrid);
  const trail = request.trail && checkTrail(request.trail, setting, { found, onGrid });
  const activation =
    request.activation === undefined
      ? undefined
      : found.price('activation', request.activation, setting, true);
  const step =
    request.step === undefined ? undefined : checkStep(request.step, setting, found, onGrid);
  const targets = request.targets && checkTargets(request.targets, setting, found);
  checkWhole(request, found);
  checkSides({ stop, activation, targets, dialect }, setting, found);
  if (found.problems.length > 0) return { kind: 'unsound', problems: found.problems };
  return {
    kind: 'sound',
    plan: {
      ...(stop && { stop: formatDecimal(stop) }),
      ...(trail && { trail }),
      ...(activation && { activation: formatDecimal(activation) }),
      ...(step && { step: formatDecimal(step) }),
      ...(targets && { targets }),
      triggerBy: request.triggerBy ?? 'last',
      dialect,
    },
  };
}

const DIALECT_CHOICES: Readonly<Record<string, readonly string[]>> = {
  touch: ['inclusive', 'strict'],
  order: ['move-then-check', 'check-then-move'],
  percentOf: ['extreme'],
  rounding: ['tighter', 'looser', 'nearest', 'none'],
  throughMarket: ['fire', 'refuse'],
};

/** A plan that names no dialect gets the default but is refused, not fired, when the market has already passed it. */
function checkDialect(request: PlanRequest['dialect'], found: Findings): Dialect {
  if (request === undefined) return { ...STOPLEDGER_DIALECT, throughMarket: 'refuse' };
  if (typeof request === 'string') {
    if (request !== STOPLEDGER_DIALECT.name) {
      found.note(
        'DIALECT_UNKNOWN',
        'dialect',
        `must be "${STOPLEDGER_DIALECT.name}" or settings`,
        request,
      );
    }
    return STOPLEDGER_DIALECT;
  }
  for (const [setting, choice] of Object.entries(request)) {
    if (setting === 'name') continue;
    const choices = DIALECT_CHOICES[setting];
    if (!choices) {
      const rule = `must be one of ${Object.keys(DIALECT_CHOICES).join(', ')}`;
      found.note('DIALECT_SETTING_UNKNOWN', 'dialect', rule, setting);
    } else if (!choices.includes(choice)) {
      found.note(
        'DIALECT_CHOICE_UNKNOWN',
        `dialect.${setting}`,
        `must be one of ${choices.join(', ')}`,
        choice,
      );
    }
  }
  const settings = { ...STOPLEDGER_DIALECT, ...request } as Dialect;
  const differs = Object.keys(DIALECT_CHOICES).some(
    (key) => settings[key as keyof Dialect] !== STOPLEDGER_DIALECT[key as keyof Dialect],
  );
  return differs ? { ...settings, name: 'custom' } : STOPLEDGER_DIALECT;
}

function checkTrail(
  trail: NonNullable<PlanRequest['trail']>,
  setting: PlanSetting,
  { found, onGrid }: { found: Findings; onGrid: boolean },
): TrailDistance | undefined {
  if ('ticks' in trail) {
    const isWhole = Number.isSafeInteger(trail.ticks) && trail.ticks > 0 && trail.ticks <= 1e9;
    if (isWhole) return { ticks: trail.ticks };
    return found.note(
      'NOT_A_TICK_COUNT',
      'trail.ticks',
      'must be a whole number from 1 to 1000000000',
      trail.ticks,
    );
  }
  if ('amount' in trail) {
    const amount = found.price('trail.amount', trail.amount, setting, false);
    if (!amount) return undefined;
    if (onGrid && compare(amount, decimal(setting.priceTick)) < 0) {
      const rule = `must not be below the price tick ${setting.priceTick}`;
      return found.note('DISTANCE_TOO_SMALL', 'trail.amount', rule, trail.amount);
    }
    const digits = significantScale(amount) - significantScale(decimal(setting.priceTick));
    return fine(digits, 'trail.amount', setting, found) && { amount: formatDecimal(amount) };
  }
  return checkShare(trail, setting, found);
}

function checkShare(
  trail: { readonly percent: string } | { readonly bps: string },
  setting: PlanSetting,
  found: Findings,
): TrailDistance | undefined {
  const [unit, text, whole, digits] =
    'percent' in trail
      ? (['percent', trail.percent, '100', 2] as const)
      : (['bps', trail.bps, '10000', 4] as const);
  const field = `trail.${unit}`;
  const share = found.positive(field, text);
  if (!share) return undefined;
  if (compare(share, decimal(whole)) >= 0) {
    return found.note('SHARE_TOO_LARGE', field, `must be below ${whole}`, text);
  }
  if (!fine(significantScale(share) + digits, field, setting, found)) return undefined;
  const value = formatDecimal(share);
  return unit === 'percent' ? { percent: value } : { bps: value };
}

function fine(
  digits: number,
  field: string,
  setting: PlanSetting,
  found: Findings,
): true | undefined {
  if (digits <= setting.fineDigitsMax) return true;
  const rule = `needs ${digits} digits below the price tick, must not need more than ${setting.fineDigitsMax}`;
  return found.note('DISTANCE_TOO_FINE', field, rule, field);
}

function checkStep(
  text: string,
  setting: PlanSetting,
  found: Findings,
  onGrid: boolean,
): Decimal | undefined {
  const step = found.price('step', text, setting, false);
  if (!step) return undefined;
  if (onGrid && compare(step, decimal(setting.priceTick)) < 0) {
    const rule = `must not be finer than the price tick ${setting.priceTick}`;
    return found.note('STEP_TOO_FINE', 'step', rule, text);
  }
  const digits = significantScale(step) - significantScale(decimal(setting.priceTick));
  return fine(digits, 'step', setting, found) && step;
}

function checkTargets(
  requests: NonNullable<PlanRequest['targets']>,
  setting: PlanSetting,
  found: Findings,
): readonly Target[] {
  const targets: Target[] = [];
  let sum: Decimal = ZERO;
  let before: Decimal | undefined;
  requests.forEach((request, index) => {
    const field = `targets.${index}`;
    const price = found.price(`${field}.price`, request.price, setting, true);
    const portion = found.positive(`${field}.portion`, request.portion ?? '1');
    if (!price || !portion) return;
    if (before && isBetter(before, price, setting.side) >= 0) {
      const rule = `must be further than the target before it (${formatDecimal(before)})`;
      found.note('TARGETS_OUT_OF_ORDER', `${field}.price`, rule, request.price);
    }
    before = price;
    sum = add(sum, portion);
    targets.push({ price: formatDecimal(price), portion: canonical(formatDecimal(portion)) });
  });
  if (compare(sum, decimal('1')) > 0) {
    found.note(
      'PORTIONS_OVER_ONE',
      'targets',
      'portions must not add up to more than 1',
      formatDecimal(sum),
    );
  }
  return targets;
}

function checkWhole(request: PlanRequest, found: Findings): void {
  if (request.stop === undefined && request.trail === undefined && !request.targets?.length) {
    found.note('PLAN_EMPTY', '', 'must have a stop, a trail or a target', request);
  }
  if (request.trail === undefined && request.activation !== undefined) {
    found.note('ACTIVATION_WITHOUT_TRAIL', 'activation', 'needs a trail', request.activation);
  }
  if (request.trail === undefined && request.step !== undefined) {
    found.note('STEP_WITHOUT_TRAIL', 'step', 'needs a trail', request.step);
  }
}

/** Above 0 when `a` is the better price for the side: higher for a long, lower for a short. */
function isBetter(a: Decimal, b: Decimal, side: PositionSide): number {
  return side === 'long' ? compare(a, b) : compare(b, a);
}

function checkSides(
  plan: {
    stop: Decimal | undefined;
    activation: Decimal | undefined;
    targets: readonly Target[] | undefined;
    dialect: Dialect;
  },
  setting: PlanSetting,
  found: Findings,
): void {
  const { stop, activation, targets, dialect } = plan;
  const market = decimal(setting.reference);
  const [worse, better] = setting.side === 'long' ? ['below', 'above'] : ['above', 'below'];
  const place = `${setting.referenceName} ${setting.reference}`;
  if (stop && dialect.throughMarket === 'refuse' && isBetter(stop, market, setting.side) >= 0) {
    const rule = `a ${setting.side}'s stop must be ${worse} the ${place}, unless dialect.throughMarket is "fire"`;
    found.note('STOP_THROUGH_MARKET', 'stop', rule, formatDecimal(stop));
  }
  if (stop && activation && isBetter(activation, stop, setting.side) <= 0) {
    const rule = `a ${setting.side}'s activation must be ${better} its stop ${formatDecimal(stop)}`;
    found.note('ACTIVATION_WRONG_SIDE', 'activation', rule, formatDecimal(activation));
  }
  targets?.forEach((target, index) => {
    const field = `targets.${index}.price`;
    if (isBetter(decimal(target.price), market, setting.side) <= 0) {
      const rule = `a ${setting.side}'s target must be ${better} the ${place}`;
      found.note('TARGET_THROUGH_MARKET', field, rule, target.price);
    } else if (stop && isBetter(decimal(target.price), stop, setting.side) <= 0) {
      const rule = `a ${setting.side}'s target must be ${better} its stop ${formatDecimal(stop)}`;
      found.note('TARGET_WRONG_SIDE', field, rule, target.price);
    }
  });
}
