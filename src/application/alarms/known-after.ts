import { isExit } from '../../domain/order/order-state.js';
import { goesOn } from '../../engine/exit-progress.js';
import { oversoldBy } from '../../engine/oversold.js';
import type { Registry } from '../../engine/registry.js';
import type { KnownAfter } from './fact-alarms.js';

/** What alarms want to know, from everything that the facts came to. */
export function knownAfter(registry: Registry): KnownAfter {
  return {
    orders: registry.orders,
    goesOn: (orderId) => goesOn(registry, orderId),
    isLeaving: (stopId) => {
      for (const order of registry.orders.unsettled()) {
        if (order.stopId === stopId && isExit(order) && !order.insures) return true;
      }
      return false;
    },
    isFlat: (positionId) => registry.positions.get(positionId)?.status === 'closed',
    oversold: (fact) => oversoldBy(registry, fact),
  };
}
