import {
  compare,
  decimal,
  formatDecimal,
  isPositive,
  parseDecimal,
  significantScale,
} from '../kernel/decimal.js';
import type { Decimal } from '../kernel/decimal.js';
import type { SettledDialect } from './dialect.js';
import { isMeasured, measureOf } from './measured-trail.js';
import type { MeasuredForm } from './measured-trail.js';
import type { Findings } from './plan-findings.js';
import type { PlainDistanceRequest, TrailRequest } from './plan-request.js';
import type { MeasuredTrail, PlainDistance, TrailDistance } from './stop-plan.js';

const AVERAGE_PERIOD_MAX = 1000;
// Every bar that can still be the best or the worst is in every event of the stop; a year of days is enough.
const WINDOW_PERIOD_MAX = 260;
const MULTIPLE_MAX = '1000';
const INTERVAL_MS_MIN = 1000;
const AVERAGE_DIGITS = 4;
// A short's level may be so many times the price at most; the engine's integers hold no more.
const SHARE_TIMES_MAX = 10;

export function checkTrail(
  trail: TrailRequest,
  dialect: SettledDialect,
  found: Findings,
): TrailDistance | undefined {
  return isMeasured(trail)
    ? checkMeasured(trail, found)
    : checkDistance('trail', trail, dialect, found);
}

export function checkDistance(
  field: string,
  distance: PlainDistanceRequest,
  dialect: SettledDialect,
  found: Findings,
): PlainDistance | undefined {
  if ('ticks' in distance) return checkTicks(`${field}.ticks`, distance.ticks, dialect, found);
  if ('amount' in distance) {
    const amount = checkAmount(`${field}.amount`, distance.amount, dialect, found);
    return amount === undefined ? undefined : { amount };
  }
  return checkShare(field, distance, dialect, found);
}

function checkTicks(
  field: string,
  ticks: number,
  dialect: SettledDialect,
  found: Findings,
): PlainDistance | undefined {
  if (Number.isSafeInteger(ticks) && ticks > 0 && ticks <= 1e9) {
    const tick = decimal(found.setting.priceTick);
    const amount = { units: tick.units * BigInt(ticks), scale: tick.scale };
    return isReachable(amount, dialect, found) ? { ticks } : unreachable(field, ticks, found);
  }
  return found.note(
    'NOT_A_TICK_COUNT',
    field,
    'must be a whole number from 1 to 1000000000',
    ticks,
  );
}

/** A distance in price, not finer than the grid where levels are on it. */
export function checkAmount(
  field: string,
  text: string,
  dialect: SettledDialect,
  found: Findings,
): ReturnType<typeof formatDecimal> | undefined {
  const amount = found.price(field, text, false);
  if (!amount) return undefined;
  const tick = decimal(found.setting.priceTick);
  if (dialect.rounding !== 'none' && compare(amount, tick) < 0) {
    const rule = `must not be below the price tick ${found.setting.priceTick}`;
    return found.note('DISTANCE_TOO_SMALL', field, rule, text);
  }
  if (!isReachable(amount, dialect, found)) return unreachable(field, text, found);
  const digits = significantScale(amount) - significantScale(tick);
  return found.fine(digits, field, text) ? formatDecimal(amount) : undefined;
}

/** A level that is the whole price away would be 0 or less for a long: no market gets there. */
function isReachable(amount: Decimal, dialect: SettledDialect, { setting }: Findings): boolean {
  return dialect.unreachable === 'allow' || compare(amount, decimal(setting.reference)) < 0;
}

function unreachable(field: string, value: string | number, found: Findings): undefined {
  const { referenceName, reference } = found.setting;
  const rule = `must be less than the whole price: ${referenceName} is ${reference}`;
  return found.note('DISTANCE_TOO_LARGE', field, rule, value);
}

function checkShare(
  parent: string,
  distance: { readonly percent: string } | { readonly bps: string },
  dialect: SettledDialect,
  found: Findings,
): PlainDistance | undefined {
  const [unit, text, whole, digits] =
    'percent' in distance
      ? (['percent', distance.percent, '100', 2] as const)
      : (['bps', distance.bps, '10000', 4] as const);
  const field = `${parent}.${unit}`;
  const share = found.positive(field, text);
  if (!share) return undefined;
  const times = SHARE_TIMES_MAX * Number(whole);
  const max = dialect.unreachable === 'allow' ? decimal(String(times)) : decimal(whole);
  if (compare(share, max) >= 0) {
    return found.note('SHARE_TOO_LARGE', field, `must be below ${formatDecimal(max)}`, text);
  }
  // More than the whole price makes the level a digit longer.
  const extra = compare(share, decimal(whole)) >= 0 ? 1 : 0;
  if (!found.fine(significantScale(share) + digits + extra, field, text)) return undefined;
  const value = formatDecimal(share);
  return unit === 'percent' ? { percent: value } : { bps: value };
}

function checkMeasured(trail: MeasuredForm<string>, found: Findings): MeasuredTrail | undefined {
  const { kind, period, multiple, interval } = measureOf(trail);
  const field = `trail.${kind}`;
  const isWindow = kind === 'chandelier' || kind === 'donchian';
  const periodMax = isWindow ? WINDOW_PERIOD_MAX : AVERAGE_PERIOD_MAX;
  const isWhole = Number.isSafeInteger(period) && period >= 1 && period <= periodMax;
  if (!isWhole) {
    const rule = `must be a whole number from 1 to ${periodMax}`;
    found.note('NOT_A_PERIOD', `${field}.period`, rule, period);
  }
  const ms = found.duration(`${field}.interval`, interval);
  if (ms !== undefined && ms < INTERVAL_MS_MIN) {
    const rule = `must not be below ${INTERVAL_MS_MIN} ms`;
    found.note('INTERVAL_TOO_SHORT', `${field}.interval`, rule, interval);
  }
  // An average has a scale of its own, of so many digits below the price's.
  if (kind !== 'donchian') found.fine(AVERAGE_DIGITS, field, String(AVERAGE_DIGITS));
  if (kind === 'donchian') return { donchian: { period, interval } };
  if (kind === 'ema') return { ema: { period, interval } };
  const times = checkMultiple(`${field}.multiple`, multiple ?? '', found);
  if (times === undefined) return undefined;
  const ranged = { period, multiple: times, interval };
  return kind === 'atr' ? { atr: ranged } : { chandelier: ranged };
}

function checkMultiple(
  field: string,
  text: string,
  found: Findings,
): ReturnType<typeof formatDecimal> | undefined {
  const times = parseDecimal(text);
  const isSane =
    times && isPositive(times) && times.scale <= 4 && compare(times, decimal(MULTIPLE_MAX)) <= 0;
  if (isSane) return formatDecimal(times);
  const rule = `must be above 0, at most ${MULTIPLE_MAX}, with at most 4 digits`;
  return found.note('NOT_A_MULTIPLE', field, rule, text);
}
