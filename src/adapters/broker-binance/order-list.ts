import { decimal, isPositive } from '../../domain/kernel/decimal.js';
import type { OrderId } from '../../domain/kernel/units.js';
import type { VenueOrderStatus } from '../../application/ports/broker.port.js';
import type { OrderRow } from './binance.messages.js';

// A stop and a target that rest as one are an order list at Binance spot (OCO): two orders, of which the venue ends one as
// soon as the other trades or is triggered, and both when either is cancelled. The stop bears the id of our order and the
// target one derived from it, so that both are found again by our id alone; the list needs none of its own.

// Ours have 32 characters at most, the venue takes 36.
const TARGET_LEG = '-tgt';

export function targetLegOf(orderId: OrderId): string {
  return `${orderId}${TARGET_LEG}`;
}

/** Our order, of which the venue's is a leg or the whole. */
export function ownIdOf(clientOrderId: string): OrderId {
  return isTargetLeg(clientOrderId) ? clientOrderId.slice(0, -TARGET_LEG.length) : clientOrderId;
}

export function isTargetLeg(clientOrderId: string): boolean {
  return clientOrderId.endsWith(TARGET_LEG);
}

/** Of the list: open while a leg of it lives, then as the one that traded. */
export function listStatus(stop: OrderRow, target: OrderRow): VenueOrderStatus {
  if (stop.status === 'open' || target.status === 'open') return 'open';
  return isPositive(decimal(target.executedQty)) ? target.status : stop.status;
}
