import type { InputRef, UnixMs } from './units.js';

const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'; // Crockford's base 32
const TIME_CHARS = 10;
const RANDOM_CHARS = 16;
// Far above the steps by which generators of rising ids count within a millisecond.
const STRIDE = 1n << 40n;
const RANDOM_SPAN = 1n << 80n;

/** An id for what an input makes that no command has named: of its time, and the same on every replay. */
export function idOfInput({ epoch, seq }: InputRef, atMs: UnixMs, number: number): string {
  const random = (BigInt(epoch) << 56n) | (BigInt(seq) << 8n) | BigInt(number);
  return base32(BigInt(atMs), TIME_CHARS) + base32(random, RANDOM_CHARS);
}

function base32(value: bigint, length: number): string {
  let rest = value;
  let text = '';
  for (let left = length; left > 0; left -= 1) {
    text = `${DIGITS[Number(rest % 32n)] ?? ''}${text}`;
    rest /= 32n;
  }
  return text;
}

/** The position that an entry opens when it adds to none. */
export function positionIdOf(orderId: string): string {
  return derivedId(orderId, 1);
}

/**
 * The `number`th ULID that belongs to another: of the same time, so that it sorts beside it, and the same on every replay.
 */
export function derivedId(ulid: string, number: number): string {
  const random = Array.from(ulid.slice(TIME_CHARS)).reduce(
    (sum, char) => sum * 32n + BigInt(DIGITS.indexOf(char)),
    0n,
  );
  const next = (random + BigInt(number) * STRIDE) % RANDOM_SPAN;
  return ulid.slice(0, TIME_CHARS) + base32(next, RANDOM_CHARS);
}
