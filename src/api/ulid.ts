import { randomBytes } from 'node:crypto';

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TIME_LENGTH = 10;
const LENGTH = 26;

/** Returns a ULID: 48 bits of time, 80 bits of chance, 26 characters that sort by time. */
export function ulid(atMs: number = Date.now(), chance: Buffer = randomBytes(10)): string {
  let bits = (BigInt(atMs) << 80n) | BigInt(`0x${chance.toString('hex')}`);
  let text = '';
  while (text.length < LENGTH) {
    text = CROCKFORD.charAt(Number(bits & 31n)) + text;
    bits >>= 5n;
  }
  return text;
}

/** Milliseconds since the epoch at which the ULID was made. */
export function ulidTime(id: string): number {
  return Array.from(id.slice(0, TIME_LENGTH)).reduce(
    (time, letter) => time * 32 + CROCKFORD.indexOf(letter),
    0,
  );
}
