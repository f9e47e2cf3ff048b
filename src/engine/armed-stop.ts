import type { PriceSource } from '../domain/kernel/event.js';
import type { StopId } from '../domain/kernel/units.js';
import type { Cohort } from './cohort.js';
import type { LiveStop } from './live-stop.js';
import type { Tick } from './tick.js';

export type StopCohort = Cohort<ArmedStop>;

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
  cohort: StopCohort | undefined;
  /** Its place among them. */
  place: number;
  /** In the index of its trail source. */
  trailCohort: StopCohort | undefined;
  /** Input time of the newest recorded move; undefined before the first. */
  recordedAtMs: number | undefined;
  pendingMoves: number;
  firstTick: Tick | undefined;
  lastTick: Tick | undefined;
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
    recordedAtMs: undefined,
    pendingMoves: 0,
    firstTick: undefined,
    lastTick: undefined,
  };
}
