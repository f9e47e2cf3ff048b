// Numbers that came as text, such as sizes and ids, packed into one whole number where they are of the usual form.

const SCALE_MAX = 14;
/** In the place of a scale: it is no plain decimal, and its text follows. */
const AS_TEXT = 15;
const RADIX = 16;
const DIGITS_MAX = 14;

/** Undefined for what must be kept as text: other forms of the same number would read back as another text. */
export function packDecimal(text: string): number | undefined {
  if (text.length > DIGITS_MAX + 1 || text.length === 0) return undefined;
  let units = 0;
  let point = -1;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 46 && point < 0) point = at;
    else if (code < 48 || code > 57) return undefined;
    else units = units * 10 + (code - 48);
  }
  const scale = point < 0 ? 0 : text.length - 1 - point;
  const isBare = point === 0 || (point > 0 && scale === 0);
  const hasLeadingZero = text.charCodeAt(0) === 48 && text.length > 1 && point !== 1;
  if (isBare || hasLeadingZero || scale > SCALE_MAX) return undefined;
  const packed = units * RADIX + scale;
  return Number.isSafeInteger(packed) ? packed : undefined;
}

/** Undefined where the text follows. */
export function unpackDecimal(packed: number): string | undefined {
  const scale = packed % RADIX;
  if (scale === AS_TEXT) return undefined;
  const digits = String((packed - scale) / RADIX);
  if (scale === 0) return digits;
  const padded = digits.padStart(scale + 1, '0');
  return `${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
}

/** What stands in front of a text. */
export const TEXT_FOLLOWS = AS_TEXT;

/** An id as a number; undefined for what is no plain whole number of at most 15 digits. */
export function plainId(text: string): number | undefined {
  if (text.length === 0 || text.length > 15) return undefined;
  let id = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 48 || code > 57) return undefined;
    id = id * 10 + (code - 48);
  }
  return text.charCodeAt(0) === 48 && text.length > 1 ? undefined : id;
}
