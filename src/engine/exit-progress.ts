import { ZERO, add, compare, decimal, subtract, smaller } from '../domain/kernel/decimal.js';
import type { Decimal } from '../domain/kernel/decimal.js';
import { isExit, isSettled } from '../domain/order/order-state.js';
import type { KnownExit } from '../domain/order/order-state.js';
import type { KnownStop } from '../domain/stop/stop-state.js';
import type { ExitOrder } from '../domain/stop/stop.events.js';
import { nextStep, restOf } from './exit-ladder.js';
import type { NextStep } from './exit-ladder.js';
import type { Registry } from './registry.js';

type Exit = Pick<ExitOrder, 'ordinal'>;

/** What is to be done next about an exit, as far as the facts tell. */
export function stepOf(registry: Registry, stop: KnownStop, { ordinal }: Exit): NextStep {
  const { stopId, plan, heldExits } = stop;
  const attempts = registry.attemptsOf({ stopId, ordinal });
  const held = heldExits?.find((one) => one.ordinal === ordinal);
  // Settled: whoever has closed it has judged its exits.
  if (stop.status === 'closed') return { kind: 'done' };
  const last = attempts.at(-1);
  const resting = registry.insuranceOf(stopId);
  // Also where it has ended since the refusal: the exit may go now.
  const isLocked = resting && (!isSettled(resting) || resting.endedAtMs >= (last?.endedAtMs ?? 0));
  const step = nextStep({ plan, attempts, held, isLocked: isLocked ?? false });
  if (!last || step.kind === 'wait' || step.kind === 'done') return step;
  const isOpen = registry.positions.get(stop.stamp.positionId)?.status !== 'closed';
  return isOpen ? step : { kind: 'given-up' };
}

/** Nothing more comes of an exit: everything has filled, or what is left was given up. */
export function isOver(registry: Registry, stop: KnownStop, exit: Exit): boolean {
  const { kind } = stepOf(registry, stop, exit);
  return kind === 'done' || kind === 'given-up';
}

/** What of an exit is on its way or will be sent again: no other stop may let it go a second time. */
export function spokenFor(registry: Registry, stop: KnownStop, exit: ExitOrder): Decimal {
  const last = registry.attemptsOf({ stopId: stop.stopId, ordinal: exit.ordinal }).at(-1);
  if (!last) return decimal(exit.quantity);
  return isOver(registry, stop, exit) ? ZERO : restOf(last);
}

/**
 * What may be sent of the rest that an order left: no more than is open, less what other exits of the position may take.
 * Of a position that is not known there is no more to say than the rest itself.
 */
export function leavingRest(registry: Registry, last: KnownExit): Decimal {
  const rest = restOf(last);
  const { positionId } = last.stamp;
  const position = registry.positions.get(positionId);
  if (!position) return rest;
  let free = decimal(position.quantity);
  for (const stopId of registry.stopsOf.get(positionId) ?? []) {
    for (const { ordinal } of registry.stops.get(stopId)?.exits ?? []) {
      if (stopId === last.stopId && ordinal === last.ordinal) continue;
      free = subtract(free, openOf(registry, stopId, ordinal));
    }
  }
  return compare(free, ZERO) > 0 ? smaller(rest, free) : ZERO;
}

function openOf(registry: Registry, stopId: string, ordinal: number): Decimal {
  return registry
    .attemptsOf({ stopId, ordinal })
    .filter((order) => !isSettled(order))
    .reduce((sum, order) => add(sum, restOf(order)), ZERO);
}

/** Whether more comes of the exit that an order is, or was, an attempt of. */
export function goesOn(registry: Registry, orderId: string): boolean {
  const order = registry.orders.get(orderId);
  if (!order || !isExit(order)) return false;
  const { stopId, ordinal } = order;
  if (registry.attemptsOf({ stopId, ordinal }).at(-1)?.orderId !== orderId) return true;
  const stop = registry.stops.get(stopId);
  return stop !== undefined && !isOver(registry, stop, order);
}
