import type { Decision } from '../../engine/decisions.js';

export interface Appended {
  readonly kind: 'appended';
  /** Log position of the last event: a reader that has come this far has seen them all. */
  readonly position: bigint;
}

/** The stream holds something else where our events should be: another writer was there. */
export interface AppendConflict {
  readonly kind: 'conflict';
  readonly streamId: string;
  readonly found: string;
}

/** The log cannot be reached; whether the events are in it is not known. The very same append may be tried again. */
export interface AppendUnavailable {
  readonly kind: 'unavailable';
  readonly reason: string;
}

export type AppendOutcome = Appended | AppendConflict | AppendUnavailable;

/** The one way into the log. Never throws for what the log or the network may do. */
export interface Journal {
  /** Appends decisions of one stream, consecutive in revision, all or none. Resolves only when the outcome is clear. */
  append(decisions: readonly Decision[]): Promise<AppendOutcome>;
}
