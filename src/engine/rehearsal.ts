import type { StopId } from '../domain/kernel/units.js';
import type { KnownStop } from '../domain/stop/stop-state.js';
import type { StopTable } from './stop-table.js';

/** Which armed stops are still to be made ready: all of them, and behind a rehearsal those that the log has told of since. */
export class Rehearsal {
  private fresh: Set<StopId> | undefined;

  get hasBegun(): boolean {
    return this.fresh !== undefined;
  }

  note(stopId: StopId): void {
    this.fresh?.add(stopId);
  }

  /** Everything is ready. */
  done(): void {
    this.fresh = new Set();
  }

  *armed(stops: StopTable): Generator<KnownStop> {
    if (!this.fresh) yield* stops.where('armed');
    for (const stopId of this.fresh ?? []) {
      const stop = stops.get(stopId);
      if (stop?.status === 'armed') yield stop;
    }
  }
}
