import type { Problem } from '../kernel/decider.js';
import { compare, decimal, isMultipleOf, isPositive, parseDecimal } from '../kernel/decimal.js';
import type { Decimal } from '../kernel/decimal.js';
import { parseDurationMs } from '../kernel/duration.js';
import { tickAt, tickRule } from '../kernel/price-bands.js';
import type { PriceBand } from '../kernel/price-bands.js';
import type { DecimalText, PositionSide } from '../kernel/units.js';

/** What a plan is judged against. Limits are those of the instrument's price grid. */
export interface PlanSetting {
  readonly side: PositionSide;
  readonly priceTick: DecimalText;
  readonly priceBands?: readonly PriceBand[];
  /** Largest price that the engine can hold exactly. */
  readonly priceMax: DecimalText;
  /** Digits that a level may have beyond those of the price tick. */
  readonly fineDigitsMax: number;
  /** The newest price seen, or the entry price when none has been seen yet. */
  readonly reference: DecimalText;
  readonly referenceName: string;
  readonly entryPrice: DecimalText;
  /** How long the stop has been armed: 0 for a new one. */
  readonly armedForMs: number;
  /** How long until the trading session ends; null when the instrument's definition does not say. */
  readonly sessionLeftMs: number | null;
  /** The account of real money whose venue lets no stop and target rest as one order; undefined where that is no matter. */
  readonly unpaired?: string;
}

/** Collects every problem at once: a trader mends a plan in one go. */
export class Findings {
  readonly problems: Problem[] = [];

  constructor(readonly setting: PlanSetting) {}

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

  /** A price, on the instrument's grid where that is asked, else a problem. */
  price(field: string, text: string, onGrid: boolean): Decimal | undefined {
    const value = this.positive(field, text);
    if (!value) return undefined;
    const { priceMax } = this.setting;
    if (compare(value, decimal(priceMax)) > 0) {
      return this.note('PRICE_TOO_LARGE', field, `must not be above ${priceMax}`, text);
    }
    if (onGrid && !isMultipleOf(value, tickAt(this.setting, value))) {
      return this.note('PRICE_OFF_GRID', field, tickRule(this.setting, value), text);
    }
    return value;
  }

  /** A duration in ms, else a problem. */
  duration(field: string, text: string): number | undefined {
    const ms = parseDurationMs(text);
    if (ms !== undefined) return ms;
    const rule = 'must be an ISO 8601 duration above 0 such as "PT30M"';
    return this.note('NOT_A_DURATION', field, rule, text);
  }

  /** True when so many digits below the price tick can be held. */
  fine(digits: number, field: string, text: string): boolean {
    const { fineDigitsMax } = this.setting;
    if (digits <= fineDigitsMax) return true;
    const rule = `needs ${digits} digits below the price tick, must not need more than ${fineDigitsMax}`;
    this.note('DISTANCE_TOO_FINE', field, rule, text);
    return false;
  }
}

/** Above 0 when `a` is the better price for the side: higher for a long, lower for a short. */
export function isBetter(a: Decimal, b: Decimal, side: PositionSide): number {
  return side === 'long' ? compare(a, b) : compare(b, a);
}
