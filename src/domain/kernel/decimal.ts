import type { DecimalText } from './units.js';

/** An exact decimal: `units * 10^-scale`. Never rounded unless a function says so in its name. */
export interface Decimal {
  readonly units: bigint;
  /** Digits after the point, 0 or more. */
  readonly scale: number;
}

// A venue's longest price text has 18 digits; 40 leaves room and keeps hostile text from costing anything.
const TEXT_LENGTH_MAX = 40;

// A power costs more than the rest of an addition, and most are small.
const POWERS = Array.from({ length: 20 }, (_, digits) => 10n ** BigInt(digits));

export const ZERO: Decimal = { units: 0n, scale: 0 };
export const ONE: Decimal = { units: 1n, scale: 0 };

/** For text from outside. Undefined for anything that is not plain decimal text: exponents, signs other than `-`, blanks, NaN. */
export function parseDecimal(text: string): Decimal | undefined {
  return text.length > TEXT_LENGTH_MAX ? undefined : readDecimal(text);
}

// Digits that a whole number of the language holds exactly, with room to spare.
const EASY_LENGTH_MAX = 15;
const [MINUS, POINT, DIGIT_0, DIGIT_9] = [45, 46, 48, 57];

/** By hand: a read model reads some fifty decimals an event, and a pattern costs three times as much. */
function readDecimal(text: string): Decimal | undefined {
  const start = text.charCodeAt(0) === MINUS ? 1 : 0;
  let point = -1;
  let easy = 0;
  for (let at = start; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code >= DIGIT_0 && code <= DIGIT_9) easy = easy * 10 + (code - DIGIT_0);
    else if (code === POINT && point < 0 && at > start) point = at;
    else return undefined;
  }
  if (text.length === start || point === text.length - 1) return undefined;
  const units =
    text.length <= EASY_LENGTH_MAX ? BigInt(easy) : BigInt(text.slice(start).replace('.', ''));
  const scale = point < 0 ? 0 : text.length - point - 1;
  return { units: start === 1 ? -units : units, scale };
}

/**
 * Parses text that is known to be a decimal, however long: what is added up and multiplied has more digits than any of what
 * came from outside. Throws for a bug of ours.
 */
export function decimal(text: string): Decimal {
  const value = readDecimal(text);
  if (!value) throw new Error(`Invariant: decimal text expected, was ${JSON.stringify(text)}`);
  return value;
}

/** Canonical text: no trailing zeros, no leading zeros, no negative zero. `80.50` and `80.5` give the same. */
export function formatDecimal(value: Decimal): DecimalText {
  if (value.scale === 0) return value.units.toString() as DecimalText;
  const negative = value.units < 0n;
  const digits = (negative ? -value.units : value.units).toString().padStart(value.scale + 1, '0');
  const point = digits.length - value.scale;
  let end = digits.length;
  while (end > point && digits.charCodeAt(end - 1) === DIGIT_0) end -= 1;
  const whole = digits.slice(0, point);
  const text = end === point ? whole : `${whole}.${digits.slice(point, end)}`;
  return (negative && value.units !== 0n ? `-${text}` : text) as DecimalText;
}

/** Canonical text of any decimal text: `61837.63000000` → `61837.63`. */
export function canonical(text: string): DecimalText {
  return formatDecimal(decimal(text));
}

function aligned(a: Decimal, b: Decimal): { a: bigint; b: bigint; scale: number } {
  const scale = Math.max(a.scale, b.scale);
  return { a: unitsAt(a, scale), b: unitsAt(b, scale), scale };
}

/** Units at a scale not smaller than the value's own: exact. */
function unitsAt(value: Decimal, scale: number): bigint {
  const digits = scale - value.scale;
  return digits === 0 ? value.units : value.units * (POWERS[digits] ?? 10n ** BigInt(digits));
}

export function add(left: Decimal, right: Decimal): Decimal {
  if (left.scale === right.scale) return { units: left.units + right.units, scale: left.scale };
  const { a, b, scale } = aligned(left, right);
  return { units: a + b, scale };
}

/** A sum as it is stored, with something added: most of what a fact adds to most sums is nothing, which costs nothing. */
export function addedTo(text: DecimalText, by: Decimal): DecimalText {
  return isZero(by) ? text : formatDecimal(add(decimal(text), by));
}

export function subtract(left: Decimal, right: Decimal): Decimal {
  const { a, b, scale } = aligned(left, right);
  return { units: a - b, scale };
}

export function multiply(left: Decimal, right: Decimal): Decimal {
  return { units: left.units * right.units, scale: left.scale + right.scale };
}

/** The quotient to so many digits, a tie to the even one. Throws for a divisor of 0. */
export function divide(left: Decimal, right: Decimal, digits: number): Decimal {
  const { a, b } = aligned(left, right);
  const sign = a < 0n === b < 0n ? 1n : -1n;
  const [dividend, divisor] = [(a < 0n ? -a : a) * 10n ** BigInt(digits), b < 0n ? -b : b];
  const [down, rest] = [dividend / divisor, dividend % divisor];
  const isUp = 2n * rest > divisor || (2n * rest === divisor && down % 2n === 1n);
  return { units: sign * (isUp ? down + 1n : down), scale: digits };
}

/** The value to so many digits, a tie to the even one. */
export function roundHalfEven(value: Decimal, digits: number): Decimal {
  return divide(value, { units: 1n, scale: 0 }, digits);
}

export function negate(value: Decimal): Decimal {
  return { units: -value.units, scale: value.scale };
}

/** -1, 0 or 1. `4.0` equals `4`. */
export function compare(left: Decimal, right: Decimal): -1 | 0 | 1 {
  const { a, b } = aligned(left, right);
  return a < b ? -1 : a > b ? 1 : 0;
}

export function smaller(a: Decimal, b: Decimal): Decimal {
  return compare(a, b) <= 0 ? a : b;
}

export function larger(a: Decimal, b: Decimal): Decimal {
  return compare(a, b) >= 0 ? a : b;
}

export function isZero(value: Decimal): boolean {
  return value.units === 0n;
}

export function isPositive(value: Decimal): boolean {
  return value.units > 0n;
}

/** True when `value` is a whole multiple of `grid` (> 0): a price on its tick grid, a quantity on its lot step. */
export function isMultipleOf(value: Decimal, grid: Decimal): boolean {
  const { a, b } = aligned(value, grid);
  return a % b === 0n;
}

/** The largest multiple of `grid` that is not above `value` (both >= 0). */
export function floorTo(value: Decimal, grid: Decimal): Decimal {
  const { a, b, scale } = aligned(value, grid);
  return { units: (a / b) * b, scale };
}

/** Digits after the point once trailing zeros are gone: 2 for `0.010`. */
export function significantScale(value: Decimal): number {
  let { units, scale } = value;
  while (scale > 0 && units % 10n === 0n) {
    units /= 10n;
    scale -= 1;
  }
  return scale;
}

/** Integer units at `scale`, or undefined when the value has more digits than the scale holds. */
export function exactUnitsAt(value: Decimal, scale: number): bigint | undefined {
  if (value.scale <= scale) return unitsAt(value, scale);
  const divisor = 10n ** BigInt(value.scale - scale);
  return value.units % divisor === 0n ? value.units / divisor : undefined;
}
