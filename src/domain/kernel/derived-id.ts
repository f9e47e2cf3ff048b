const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'; // Crockford's base 32
const TIME_CHARS = 10;
// Far above the steps by which generators of rising ids count within a millisecond.
const STRIDE = 1n << 40n;
const RANDOM_SPAN = 1n << 80n;

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
  let rest = (random + BigInt(number) * STRIDE) % RANDOM_SPAN;
  let text = '';
  for (let left = ulid.length - TIME_CHARS; left > 0; left -= 1) {
    text = `${DIGITS[Number(rest % 32n)] ?? ''}${text}`;
    rest /= 32n;
  }
  return ulid.slice(0, TIME_CHARS) + text;
}
