import { ZERO, add, decimal, formatDecimal, subtract, smaller } from '../domain/kernel/decimal.js';
import type { KnownStop } from '../domain/stop/stop-state.js';
import type { Desk } from './desk.js';
import { isOver } from './exit-progress.js';

/** Closes a stop that has fired once nothing more comes of its exits. */
export class StopClosing {
  constructor(private readonly desk: Desk) {}

  close(stopId: string, after?: number): void {
    const { registry } = this.desk;
    const stop = registry.stops.get(stopId);
    if (stop?.status !== 'triggered') return;
    if (!stop.exits.every((exit) => isOver(registry, stop, exit))) return;
    this.desk.decide(
      `stop-${stopId}`,
      { type: 'StopClosed', version: 1, data: this.closing(stop) },
      after,
    );
  }

  private closing(stop: KnownStop) {
    const { stopId, track } = stop;
    const decided = stop.exits.reduce((sum, exit) => add(sum, decimal(exit.quantity)), ZERO);
    const insured = this.desk.registry.insuredFills(stopId);
    const byExits = stop.exits
      .flatMap((exit) => this.desk.registry.attemptsOf({ ...exit, stopId }))
      .reduce((sum, order) => add(sum, decimal(order.filledQuantity)), ZERO);
    // What the venue's own stop took while the exit was under way has left as well.
    const filled = smaller(add(byExits, insured), decided);
    return {
      ...this.desk.stamp(stop.stamp),
      ...{ stopId, track },
      exitQuantity: formatDecimal(filled),
      unfilledQuantity: formatDecimal(subtract(decided, filled)),
    };
  }
}
