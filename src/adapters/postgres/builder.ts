import type { Witness } from './checkpoints.js';
import type { ParkedFact } from './parking.js';

/** How far to read: to a position of the log, or to its end. A log that ends before is read to its end. */
export type Goal = bigint | 'end';

/** How far a builder has come. */
export interface Built {
  readonly position: bigint;
  /** The newest fact up to there, whomever it concerns. */
  readonly newest: Witness | undefined;
  /** Under the names of the read models themselves. */
  readonly parked: readonly ParkedFact[];
  /** The database has refused a row: what was built is of no use. */
  readonly isRefused: boolean;
}

export interface BuildProgress {
  readonly position: bigint;
  /** Facts of the log that were looked at, whether or not they concern a read model. */
  readonly factsRead: number;
}

/** Reads the log and fills tables that nobody sees yet. One call at a time. */
export interface Builder {
  /** Resolves once everything up to there is committed, or with what stands in the way. */
  readTo(goal: Goal): Promise<Built>;
  /** Whatever it does, it ends. */
  close(): Promise<void>;
}
