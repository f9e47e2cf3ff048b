import type { PriceSource } from '../domain/kernel/event.js';
import type { StopId } from '../domain/kernel/units.js';
import type { LiveStop } from './live-stop.js';
import type { Tick } from './tick.js';

/** An armed stop with its place in the engine and the moves that no event holds yet. */
export interface ArmedStop {
  readonly stopId: StopId;
  /** Rises with every stop of the engine; the order of arming. */
  readonly number: number;
  /** The price that fires it. */
  readonly source: PriceSource;
  /** A second price that moves it, or the only one; undefined when `source` alone does. */
  readonly trailSource: PriceSource | undefined;
  /** Shared by all stops of its cohort. */
  live: LiveStop;
  /** What its own moves are more (or less) than those of `live`. */
  movesBefore: number;
  /** Those that stand where it stands, in its price index; undefined while it is in none. */
  cohort: Cohort | undefined;
  /** Its place among them. */
  place: number;
  /** In the index of its trail source. */
  trailCohort: Cohort | undefined;
  /** Input time of the newest recorded move; -Infinity before the first. */
  recordedAtMs: number;
  pendingMoves: number;
  firstTick: Tick | undefined;
  lastTick: Tick | undefined;
}

/**
 * Stops of the same terms that stand at the same place: whatever price comes, the same happens to all of them, so that
 * one piece of work does for all. They share the live stop; only how often each has moved is its own.
 */
export interface Cohort {
  readonly live: LiveStop;
  readonly members: ArmedStop[];
  /** Its place in the heaps of its index. */
  slot: number;
  /** The newest round of its index in which it saw a price. */
  seenRound: number;
  /** The extreme that it is listed under. */
  listedAt: number;
  /** Where those of its terms are listed; undefined for one that shares with none. */
  shelf: CohortShelf | undefined;
}

/**
 * The cohorts of the same terms, told apart by their extreme; should two differ in something else at the same extreme,
 * the second is not listed: it works on alone, and nothing is lost but the sharing.
 */
export interface CohortShelf {
  /** Where many stops have a plan of their own it is mostly the only one, and nothing has to be searched. */
  only: Cohort | undefined;
  byExtreme: Map<number, Cohort> | undefined;
  /** Those that are not listed too. */
  cohorts: number;
}

/** A stop that is in no index yet. */
export function armedStop(
  of: Pick<ArmedStop, 'stopId' | 'number' | 'source' | 'trailSource' | 'live'>,
): ArmedStop {
  // Written out, so that every field lies in the object itself.
  return {
    stopId: of.stopId,
    number: of.number,
    source: of.source,
    trailSource: of.trailSource,
    live: of.live,
    movesBefore: 0,
    cohort: undefined,
    place: 0,
    trailCohort: undefined,
    recordedAtMs: -Infinity,
    pendingMoves: 0,
    firstTick: undefined,
    lastTick: undefined,
  };
}
