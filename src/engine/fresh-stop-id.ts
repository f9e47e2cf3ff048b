import { derivedId } from '../domain/kernel/derived-id.js';
import type { PositionId, StopId } from '../domain/kernel/units.js';
import type { Registry } from './registry.js';

/** An id for a stop that the engine arms of itself: the same on every replay, and of no stream that ever was. */
export function freshStopId(registry: Registry, positionId: PositionId): StopId {
  for (let number = 1; ; number += 1) {
    const stopId = derivedId(positionId, number);
    if (registry.revisionOf(`stop-${stopId}`) < 0) return stopId;
  }
}
