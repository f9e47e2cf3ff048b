import type { Problem } from '../kernel/decider.js';
import { ZERO, add, canonical, compare, decimal, formatDecimal } from '../kernel/decimal.js';
import { isZero, negate, parseDecimal, significantScale } from '../kernel/decimal.js';
import type { Decimal } from '../kernel/decimal.js';
import { checkDialect } from './dialect-check.js';
import type { SettledDialect } from './dialect.js';
import { checkAmount, checkDistance, checkTrail } from './distance-check.js';
import { checkExit } from './exit-check.js';
import { checkInsurance } from './insurance-check.js';
import { Findings, isBetter } from './plan-findings.js';
import type { PlanSetting } from './plan-findings.js';
import type { PlanRequest } from './plan-request.js';
import { checkSides, checkWhole } from './plan-contradictions.js';
import { checkLevels } from './plan-levels.js';
import type {
  BreakEven,
  LimitExit,
  PlainDistance,
  StopPlan,
  Target,
  Tightening,
} from './stop-plan.js';

export type PlanVerdict =
  | { readonly kind: 'sound'; readonly plan: StopPlan }
  | { readonly kind: 'unsound'; readonly problems: readonly Problem[] };

/** Judges a plan and fills in what was left to the default. Every reason for refusing it is given at once. */
export function checkPlan(request: PlanRequest, setting: PlanSetting): PlanVerdict {
  const found = new Findings(setting);
  const plan = new PlanCheck(request, found).plan();
  checkWhole(request, plan, found);
  checkSides(plan, found);
  checkLevels(request, plan, found);
  if (found.problems.length > 0) return { kind: 'unsound', problems: found.problems };
  return { kind: 'sound', plan };
}

/** Judges the parts one by one; those that are wrong are left out of the plan and noted. */
class PlanCheck {
  private readonly dialect: SettledDialect;
  /** Levels and marks lie on the grid, unless the dialect leaves levels unrounded. */
  private readonly onGrid: boolean;

  constructor(
    private readonly request: PlanRequest,
    private readonly found: Findings,
  ) {
    this.dialect = checkDialect(request.dialect, found);
    this.onGrid = this.dialect.rounding !== 'none';
  }

  plan(): StopPlan {
    const { request, dialect, found } = this;
    const stop = this.mark('stop', request.stop);
    const trail = request.trail && checkTrail(request.trail, dialect, found);
    const tighten = request.tighten && this.tightening(request.tighten);
    const activation = this.mark('activation', request.activation);
    const step = request.step === undefined ? undefined : this.step(request.step);
    const breakEven = request.breakEven && this.breakEven(request.breakEven);
    const targets = request.targets && this.targets(request.targets);
    const limit = request.limit && this.limit(request.limit);
    const exit = request.exit && checkExit(request.exit, dialect, found);
    const insurance = request.insurance && checkInsurance(request, dialect, found);
    return {
      ...(stop && { stop: formatDecimal(stop) }),
      ...(trail && { trail }),
      ...(tighten && { tighten }),
      ...(activation && { activation: formatDecimal(activation) }),
      ...(step && { step: formatDecimal(step) }),
      ...(breakEven && { breakEven }),
      ...(targets && { targets }),
      ...(limit && { limit }),
      ...(exit && { exit }),
      ...(insurance && { insurance }),
      ...this.times(),
      triggerBy: request.triggerBy ?? 'last',
      ...(request.confirm && { confirm: request.confirm }),
      dialect,
    };
  }

  private mark(field: string, text: string | undefined): Decimal | undefined {
    if (text === undefined) return undefined;
    const value = this.found.price(field, text, this.onGrid);
    if (!value || field !== 'stop') return value;
    const digits =
      significantScale(value) - significantScale(decimal(this.found.setting.priceTick));
    return this.found.fine(digits, field, text) ? value : undefined;
  }

  private tightening(request: NonNullable<PlanRequest['tighten']>): Tightening | undefined {
    const { dialect, found } = this;
    const from = found.price('tighten.from', request.from, false);
    const trail = checkDistance('tighten.trail', request.trail, dialect, found);
    if (!from || !trail) return undefined;
    return { from: formatDecimal(from), touch: request.touch ?? 'inclusive', trail };
  }

  private step(text: string): Decimal | undefined {
    const { dialect, found } = this;
    const step = found.price('step', text, false);
    if (!step) return undefined;
    const tick = decimal(found.setting.priceTick);
    if (dialect.rounding !== 'none' && compare(step, tick) < 0) {
      const rule = `must not be finer than the price tick ${found.setting.priceTick}`;
      return found.note('STEP_TOO_FINE', 'step', rule, text);
    }
    return found.fine(significantScale(step) - significantScale(tick), 'step', text)
      ? step
      : undefined;
  }

  private breakEven(request: NonNullable<PlanRequest['breakEven']>): BreakEven | undefined {
    const trigger = this.mark('breakEven.trigger', request.trigger);
    const text = request.offset ?? '0';
    const offset = parseDecimal(text);
    if (!offset) {
      const rule = 'must be decimal text such as "0.10"';
      return this.found.note('NOT_A_DECIMAL', 'breakEven.offset', rule, text);
    }
    const size = offset.units < 0n ? negate(offset) : offset;
    const isSized =
      isZero(offset) || this.found.price('breakEven.offset', formatDecimal(size), false);
    return trigger && isSized
      ? { trigger: formatDecimal(trigger), offset: formatDecimal(offset) }
      : undefined;
  }

  private targets(requests: NonNullable<PlanRequest['targets']>): readonly Target[] {
    const { found } = this;
    const targets: Target[] = [];
    let sum: Decimal = ZERO;
    let before: Decimal | undefined;
    requests.forEach((request, index) => {
      const field = `targets.${index}`;
      const price = found.price(`${field}.price`, request.price, true);
      const portion = found.positive(`${field}.portion`, request.portion ?? '1');
      if (!price || !portion) return;
      if (before && isBetter(before, price, found.setting.side) >= 0) {
        const rule = `must be further than the target before it (${formatDecimal(before)})`;
        found.note('TARGETS_OUT_OF_ORDER', `${field}.price`, rule, request.price);
      }
      before = price;
      sum = add(sum, portion);
      targets.push({ price: formatDecimal(price), portion: canonical(formatDecimal(portion)) });
    });
    if (compare(sum, decimal('1')) > 0) {
      const rule = 'portions must not add up to more than 1';
      found.note('PORTIONS_OVER_ONE', 'targets', rule, formatDecimal(sum));
    }
    return targets;
  }

  private limit(request: NonNullable<PlanRequest['limit']>): LimitExit | undefined {
    const { dialect, found } = this;
    const { offset, price, unfilledAfter } = request;
    if (offset === undefined && price === undefined) {
      return found.note('LIMIT_EMPTY', 'limit', 'must have an offset or a price', request);
    }
    const fixed = this.mark('limit.price', price);
    const distance =
      typeof offset === 'string'
        ? this.plainOffset(offset)
        : offset && checkDistance('limit.offset', offset, dialect, found);
    if (unfilledAfter !== undefined) found.duration('limit.unfilledAfter', unfilledAfter);
    if (request.then === 'market' && unfilledAfter === undefined) {
      const rule = 'must say after how long what is not filled leaves at market';
      found.note('LIMIT_WITHOUT_TIME', 'limit.unfilledAfter', rule, 'none');
    }
    return {
      ...(distance && { offset: distance }),
      ...(fixed && { price: formatDecimal(fixed) }),
      ...(unfilledAfter !== undefined && { unfilledAfter }),
      then: request.then ?? (unfilledAfter === undefined ? 'keep' : 'market'),
    };
  }

  private plainOffset(text: string): PlainDistance | undefined {
    const amount = checkAmount('limit.offset', text, this.dialect, this.found);
    return amount === undefined ? undefined : { amount };
  }

  private times(): Pick<StopPlan, 'timeStop' | 'sessionEnd'> {
    const { found, request } = this;
    const { timeStop, sessionEnd } = request;
    if (timeStop) {
      const after = found.duration('timeStop.after', timeStop.after);
      if (after !== undefined && after <= found.setting.armedForMs) {
        const rule = `must be longer than the stop has been armed (${found.setting.armedForMs} ms)`;
        found.note('TIME_STOP_PASSED', 'timeStop.after', rule, timeStop.after);
      }
    }
    if (sessionEnd) {
      const before = found.duration('sessionEnd.before', sessionEnd.before);
      const { sessionLeftMs } = found.setting;
      if (sessionLeftMs === null) {
        const rule = "needs an instrument whose definition says when the venue's session ends";
        found.note('SESSION_UNKNOWN', 'sessionEnd', rule, sessionEnd.before);
      } else if (before !== undefined && before >= sessionLeftMs) {
        const rule = `must be shorter than the time left until the session ends (${sessionLeftMs} ms)`;
        found.note('SESSION_END_PASSED', 'sessionEnd.before', rule, sessionEnd.before);
      }
    }
    return {
      ...(timeStop && {
        timeStop: {
          after: timeStop.after,
          unlessInProfit: timeStop.unlessInProfit ?? false,
          ...(timeStop.then && { then: timeStop.then }),
        },
      }),
      ...(sessionEnd && { sessionEnd: { before: sessionEnd.before } }),
    };
  }
}
