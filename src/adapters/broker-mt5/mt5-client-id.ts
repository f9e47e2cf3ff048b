import { createHash } from 'node:crypto';

const PART_LENGTH = 11;
const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyz';

/**
 * Our order id as MetaApi can keep it: 26 characters at most, in three parts. A pure function of the id, so that a look-up
 * after a restart finds what was sent before it; 2 x 11 digits of base 36 hold 113 bits of its hash.
 */
export function clientIdOf(orderId: string): string {
  const hash = createHash('sha256').update(orderId).digest();
  let rest = BigInt(`0x${hash.toString('hex')}`);
  let text = '';
  for (let at = 0; at < 2 * PART_LENGTH; at += 1) {
    text += DIGITS[Number(rest % 36n)] ?? '';
    rest /= 36n;
  }
  return `SL_${text.slice(0, PART_LENGTH)}_${text.slice(PART_LENGTH)}`;
}

/** Whether it may be one of ours; what was traded by hand has none, or another. */
export function isClientId(text: string): boolean {
  return /^SL_[0-9a-z]{11}_[0-9a-z]{11}$/.test(text);
}

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** When the stop of an order was made, which is before the order was: its id begins with the time. */
export function madeAfterMs(orderId: string): number | undefined {
  const head = orderId.slice(0, 10);
  let ms = 0;
  for (const digit of head) {
    const value = CROCKFORD.indexOf(digit);
    if (value < 0) return undefined;
    ms = ms * 32 + value;
  }
  return head.length === 10 ? ms : undefined;
}
