import { ZERO, add, decimal, subtract } from '../domain/kernel/decimal.js';
import type { Decimal } from '../domain/kernel/decimal.js';
import type { KnownOrder } from '../domain/order/order-state.js';
import type { PositionId, StopId } from '../domain/kernel/units.js';
import type { KnownStop } from '../domain/stop/stop-state.js';

/** What the stops of a position come to, but for their exits. */
export interface SumOfStops {
  /** Quantity of those that are armed or suspended. */
  readonly held: Decimal;
  /** Quantity of those that are armed and have a level. */
  readonly levelled: Decimal;
  /** Those with exits: what these take depends on their orders, and is to be asked one by one. */
  readonly leaving: ReadonlySet<StopId>;
  /** None of them is isolated: what such a one guards is not known. */
  readonly isWhole: boolean;
}

/** What is summed up, as a registry has it. */
interface Stops {
  readonly stopsOf: { get(positionId: PositionId): readonly StopId[] | undefined };
  readonly stops: { get(stopId: StopId): KnownStop | undefined };
  attemptsOf(exit: { stopId: StopId; ordinal: number }): readonly KnownOrder[];
}

interface RunningSum extends SumOfStops {
  held: Decimal;
  levelled: Decimal;
  readonly leaving: Set<StopId>;
  isWhole: boolean;
}

// So many are added up in less time than a sum of every position that there is would be worth in memory.
const ADDED_UP_MAX = 16;

/**
 * What the stops of each position come to. Of a position with many stops the sum is kept and follows every fact, so that
 * arming the thousandth costs what arming the first does.
 */
export class StopSums {
  private readonly kept = new Map<PositionId, RunningSum>();

  constructor(private readonly registry: Stops) {}

  of(positionId: PositionId): SumOfStops {
    const kept = this.kept.get(positionId);
    if (kept) return kept;
    const { stops, stopsOf } = this.registry;
    const stopIds = stopsOf.get(positionId) ?? [];
    const sum: RunningSum = { held: ZERO, levelled: ZERO, leaving: new Set(), isWhole: true };
    for (const stopId of stopIds) {
      const stop = stops.get(stopId);
      if (stop) this.count(sum, stop, add);
      else sum.isWhole = false;
    }
    if (stopIds.length > ADDED_UP_MAX) this.kept.set(positionId, sum);
    return sum;
  }

  /** Follows a fact that has made one stop into another; undefined: it is new. */
  onChange(before: KnownStop | undefined, after: KnownStop): void {
    const sum = this.kept.get(after.stamp.positionId);
    if (!sum) return;
    if (before) this.count(sum, before, subtract);
    this.count(sum, after, add);
  }

  /** Something has happened to a stop of the position that no fact tells. */
  forget(positionId: PositionId): void {
    this.kept.delete(positionId);
  }

  private count(sum: RunningSum, stop: KnownStop, by: typeof add): void {
    const { status, track, stopId } = stop;
    const quantity = decimal(stop.quantity);
    if (status === 'armed' || status === 'suspended') sum.held = by(sum.held, quantity);
    if (status === 'armed' && track.level !== null) sum.levelled = by(sum.levelled, quantity);
    if (this.isLeaving(stop)) sum.leaving.add(stopId);
    else sum.leaving.delete(stopId);
  }

  /** Whoever has closed a stop has judged its exits: those that have become orders take nothing more. */
  private isLeaving({ stopId, status, exits }: KnownStop): boolean {
    if (status !== 'closed') return exits.length > 0;
    return exits.some(({ ordinal }) => this.registry.attemptsOf({ stopId, ordinal }).length === 0);
  }
}
