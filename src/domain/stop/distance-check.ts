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
import type { Findings } from './plan-findings.js';
import type { PlainDistanceRequest, TrailRequest } from './plan-request.js';
import type { AtrDistance, PlainDistance, TrailDistance } from './stop-plan.js';

const ATR_PERIOD_MAX = 1000;
const ATR_MULTIPLE_MAX = '1000';
const ATR_INTERVAL_MS_MIN = 1000;
const ATR_DIGITS = 4;
// A short's level may be so many times the price at most; the engine's integers hold no more.
const SHARE_TIMES_MAX = 10;

export function checkTrail(
  trail: TrailRequest,
  dialect: SettledDialect,
  found: Findings,
): TrailDistance | undefined {
  return 'atr' in trail
    ? checkAtr(trail.atr, found)
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

function checkAtr(
  {
    period,
    multiple,
    interval,
  }: AtrDistance['atr'] | { period: number; multiple: string; interval: string },
  found: Findings,
): AtrDistance | undefined {
  const isWhole = Number.isSafeInteger(period) && period >= 1 && period <= ATR_PERIOD_MAX;
  if (!isWhole) {
    const rule = `must be a whole number from 1 to ${ATR_PERIOD_MAX}`;
    found.note('NOT_A_PERIOD', 'trail.atr.period', rule, period);
  }
  const times = parseDecimal(multiple);
  const isSane =
    times &&
    isPositive(times) &&
    times.scale <= 4 &&
    compare(times, decimal(ATR_MULTIPLE_MAX)) <= 0;
  if (!isSane) {
    const rule = `must be above 0, at most ${ATR_MULTIPLE_MAX}, with at most 4 digits`;
    found.note('NOT_A_MULTIPLE', 'trail.atr.multiple', rule, multiple);
  }
  const ms = found.duration('trail.atr.interval', interval);
  if (ms !== undefined && ms < ATR_INTERVAL_MS_MIN) {
    const rule = `must not be below ${ATR_INTERVAL_MS_MIN} ms`;
    found.note('INTERVAL_TOO_SHORT', 'trail.atr.interval', rule, interval);
  }
  found.fine(ATR_DIGITS, 'trail.atr', String(ATR_DIGITS));
  return isWhole && isSane
    ? { atr: { period, multiple: formatDecimal(times), interval } }
    : undefined;
}
