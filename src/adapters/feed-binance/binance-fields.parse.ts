import { canonical, exactUnitsAt, isPositive, parseDecimal } from '../../domain/kernel/decimal.js';
import { parsePriceUnits } from '../../domain/instrument/price-grid.js';
import type { UnixMs } from '../../domain/kernel/units.js';

// How the venue's values are read, one by one.

/** Why a frame was not read. Each is counted under this name. */
export type RefusedReason =
  | 'too-large'
  | 'not-text'
  | 'not-json'
  | 'not-an-object'
  | 'too-deep'
  | 'irregular-keys'
  | 'unknown-event'
  | 'unknown-symbol'
  | 'wrong-stream'
  | 'bad-id'
  | 'bad-time'
  | 'bad-price'
  | 'price-not-positive'
  | 'price-beyond-grid'
  | 'price-out-of-range'
  | 'bad-size'
  | 'bad-level'
  | 'bad-order-type';

export type Fields = Readonly<Record<string, unknown>>;

/** What stops the reading of a frame. */
export interface Refusal {
  readonly kind: 'refused';
  readonly reason: RefusedReason;
}

export function refused(reason: RefusedReason): Refusal {
  return { kind: 'refused', reason };
}

// Unix ms reach it in the year 5138: what is above comes in another unit.
const TIME_MS_MAX = 100_000_000_000_000;
const SIZE_CHARS_MAX = 40;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A number above 2^53 has lost digits in JSON.parse and is no id any more; as text it is taken whole. */
export function idText(value: unknown): string | undefined {
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) && value >= 0 ? String(value) : undefined;
  }
  return typeof value === 'string' && isDigits(value) && value.length <= 20 ? value : undefined;
}

function isDigits(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 48 || code > 57) return false;
  }
  return text !== '';
}

export function isTime(value: unknown): value is UnixMs {
  return Number.isSafeInteger(value) && (value as number) > 0 && (value as number) < TIME_MS_MAX;
}

export function units(value: unknown, scale: number): number | Refusal {
  if (typeof value !== 'string') return refused('bad-price');
  return parsePriceUnits(value, scale) ?? whyNoPrice(value, scale);
}

/** Off the fast path: finds the words for a price that was not taken. */
function whyNoPrice(text: string, scale: number): Refusal {
  const value = parseDecimal(text);
  if (!value) return refused('bad-price');
  if (!isPositive(value)) return refused('price-not-positive');
  const exact = exactUnitsAt(value, scale) !== undefined;
  return refused(exact ? 'price-out-of-range' : 'price-beyond-grid');
}

/** Canonical text of a size that is not negative. */
export function sizeText(value: unknown): string | undefined {
  return typeof value === 'string' ? sizeIn(value, 0, value.length) : undefined;
}

/** The size that stands in a part of a text. No regular expression: it is on the path of every tick. */
export function sizeIn(text: string, from: number, to: number): string | undefined {
  if (to - from > SIZE_CHARS_MAX) return undefined;
  let point = -1;
  let last = -1;
  for (let at = from; at < to; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 46) {
      if (point >= 0 || at === from) return undefined;
      point = at;
    } else if (code < 48 || code > 57) {
      return undefined;
    } else if (code !== 48) {
      last = at;
    }
  }
  if (from === to || point === to - 1) return undefined;
  const hasLeadingZero = text.charCodeAt(from) === 48 && to - from > 1 && point !== from + 1;
  if (hasLeadingZero) return canonical(text.slice(from, to));
  if (point < 0) return text.slice(from, to);
  return text.slice(from, last > point ? last + 1 : point);
}
