import type { KnownOrder } from '../domain/order/order-state.js';

/** Ordinals of an order's id are two digits of base 36; the upper ones are for stops that rest at the venue. */
export const INSURANCE_ORDINAL_MAX = 36 ** 2 - 1;
const ATTEMPT_MAX = 36 ** 2 - 1;

/** The id after the last one: attempts first, then ordinals downwards, for more moves than any stop will make. */
export function nextInsurance({ ordinal, attempt }: Pick<KnownOrder, 'ordinal' | 'attempt'>) {
  return attempt < ATTEMPT_MAX
    ? { ordinal, attempt: attempt + 1 }
    : { ordinal: ordinal - 1, attempt: 1 };
}
