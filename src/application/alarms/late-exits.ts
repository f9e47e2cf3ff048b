import { isExit } from '../../domain/order/order-state.js';
import type { KnownOrder } from '../../domain/order/order-state.js';
import type { UnixMs } from '../../domain/kernel/units.js';
import type { AlarmDesk } from './alarm-desk.js';

/** What an exit at market may take until it is over, before somebody should look. */
export const LATE_AFTER_MS = 15_000;

/** Infinity: never, it may rest. */
function dueSinceMs({ type, stamp, isCancelRequested, wantedBackAtMs }: KnownOrder): UnixMs {
  if (type === 'market') return stamp.at;
  return isCancelRequested ? (wantedBackAtMs ?? stamp.at) : Infinity;
}

/**
 * Tells of exits that should long be over: at market, or wanted back, and still neither filled nor ended. A limit that
 * rests as its plan wants is not late.
 */
export function tellLateExits(
  desk: Pick<AlarmDesk, 'settle'>,
  unsettled: readonly KnownOrder[],
  nowMs: UnixMs,
): void {
  const late = unsettled
    .filter(isExit)
    .filter((order) => nowMs - dueSinceMs(order) >= LATE_AFTER_MS)
    .map(({ orderId, status, quantity, filledQuantity }) => {
      const text = `${orderId} is ${status} and has filled ${filledQuantity} of ${quantity} after ${LATE_AFTER_MS / 1_000} s`;
      return [orderId, text] as const;
    });
  desk.settle('EXIT_LATE', new Map(late), 'the exit is over');
}
