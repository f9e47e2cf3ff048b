import type { Problem } from '../domain/kernel/decider.js';
import {
  compare,
  decimal,
  formatDecimal,
  isMultipleOf,
  isPositive,
  parseDecimal,
} from '../domain/kernel/decimal.js';
import { PRICE_UNITS_MAX, formatUnits } from '../domain/instrument/price-grid.js';
import { parseSessionEnd } from '../domain/instrument/session-end.js';
import { faultOf } from '../domain/instrument/trading-hours.js';
import type { TradingHours } from '../domain/instrument/trading-hours.js';
import type { CommandRejected, RejectionKind } from './engine-commands.js';
import type { KnownInstrument } from './registry.js';

// Twelve digits before the point and as many after: more than any venue's order can hold.
const QUANTITY_MAX = '1000000000000';
const SCALE_MAX = 12;

export function reject(rejection: RejectionKind, ...problems: Problem[]): CommandRejected {
  return { kind: 'rejected', rejection, problems };
}

export function problem(code: string, field: string, rule: string, value: string): Problem {
  return { code, field, rule, value };
}

/** Problems of a text that must match a form. */
export function checkForm(field: string, text: string, form: RegExp, rule: string): Problem[] {
  return form.test(text) ? [] : [problem('BAD_FORM', field, rule, text)];
}

/** Problems of a grid step: a decimal above zero with a sane number of digits. */
export function checkGridStep(field: string, text: string): Problem[] {
  const step = parseDecimal(text);
  if (!step) return [problem('NOT_A_DECIMAL', field, 'must be decimal text such as "0.01"', text)];
  if (!isPositive(step)) return [problem('NOT_POSITIVE', field, 'must be above 0', text)];
  if (step.scale > SCALE_MAX) {
    return [problem('TOO_FINE', field, `must not have more than ${SCALE_MAX} digits`, text)];
  }
  return [];
}

export function checkSessionEnd(text: string | undefined): Problem[] {
  if (text === undefined || parseSessionEnd(text) !== undefined) return [];
  const rule = "must be local time with the venue's distance from UTC such as 15:30+05:30";
  return [problem('NOT_A_SESSION_END', 'sessionEnd', rule, text)];
}

export function checkTradingHours(hours: TradingHours | undefined): Problem[] {
  const fault = hours && faultOf(hours);
  if (!fault) return [];
  const value = JSON.stringify(hours);
  return [problem('NOT_TRADING_HOURS', `tradingHours.${fault.field}`, fault.rule, value)];
}

export function isSameHours(one: TradingHours | undefined, other: TradingHours | undefined) {
  const textOf = (hours: TradingHours | undefined) =>
    hours && [hours.opens, hours.closes, hours.days.join(), hours.holidays.join()].join(' ');
  return textOf(one) === textOf(other);
}

export function checkQuantity(field: string, text: string, instrument: KnownInstrument): Problem[] {
  const quantity = parseDecimal(text);
  const { quantityStep } = instrument.definition;
  if (!quantity)
    return [problem('NOT_A_DECIMAL', field, 'must be decimal text such as "10"', text)];
  if (!isPositive(quantity)) return [problem('NOT_POSITIVE', field, 'must be above 0', text)];
  if (compare(quantity, decimal(QUANTITY_MAX)) > 0) {
    return [problem('QUANTITY_TOO_LARGE', field, `must not be above ${QUANTITY_MAX}`, text)];
  }
  if (!isMultipleOf(quantity, decimal(quantityStep))) {
    const rule = `must be a multiple of the quantity step ${quantityStep}`;
    return [problem('QUANTITY_OFF_GRID', field, rule, text)];
  }
  return [];
}

/** An entry is an average of fills, so it need not lie on the grid. */
export function checkEntryPrice(
  field: string,
  text: string,
  instrument: KnownInstrument,
): Problem[] {
  const price = parseDecimal(text);
  const max = formatUnits(PRICE_UNITS_MAX, instrument.grid.scale);
  if (!price)
    return [problem('NOT_A_DECIMAL', field, 'must be decimal text such as "83.29"', text)];
  if (!isPositive(price)) return [problem('NOT_POSITIVE', field, 'must be above 0', text)];
  if (compare(price, decimal(max)) > 0) {
    return [problem('PRICE_TOO_LARGE', field, `must not be above ${max}`, formatDecimal(price))];
  }
  return [];
}
