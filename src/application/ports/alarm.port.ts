import type { UnixMs } from '../../domain/kernel/units.js';
import type { AlarmCode, AlarmSeverity } from '../alarms/alarm-codes.js';

/** One condition that asks for a human. */
export interface Alarm {
  /** Unique over all runs and processes: who is told twice knows it by this. */
  readonly id: string;
  readonly code: AlarmCode;
  readonly severity: AlarmSeverity;
  /** What it concerns: an id of ours, or the name of a part. */
  readonly about: string;
  readonly text: string;
  readonly raisedAtMs: UnixMs;
  /** When it was last said again. */
  readonly newestAtMs: UnixMs;
  /** How often it was said. */
  readonly times: number;
  /** Null while it lasts. What tells of a moment ends as it begins. */
  readonly clearedAtMs: UnixMs | null;
  readonly clearedBy: string | null;
}

/** What an outside address is told. */
export interface AlarmMessage {
  /** The same at every try: an address that got it twice knows it by this. */
  readonly id: string;
  readonly severity: AlarmSeverity;
  readonly body: Readonly<Record<string, unknown>>;
}

export type PostOutcome =
  | { readonly kind: 'delivered' }
  /** The address answered that it does not want this. */
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string; readonly retryAfterMs?: number };

/** An address outside. Never throws. */
export interface AlarmPost {
  post(message: Omit<AlarmMessage, 'severity'>): Promise<PostOutcome>;
}

/** Alarms of one part of the program, as they stand; kept over restarts. */
export interface AlarmBoard {
  /** The part that raised them, such as `engine` or `supervisor`. */
  readonly part: string;
  readonly writtenAtMs: UnixMs;
  /** Oldest first. */
  readonly active: readonly Alarm[];
  /** The newest that are over, oldest first. */
  readonly recent: readonly Alarm[];
  /** How often each code was raised since the data directory was made. */
  readonly raised: Readonly<Partial<Record<AlarmCode, number>>>;
  /** Active ones beyond the limit of what is kept: told, but not listed. */
  readonly unlisted: number;
  /** What the webhook has not taken yet, oldest first. */
  readonly undelivered: readonly AlarmMessage[];
  /** Messages that never arrived: the queue was full, or the address refused them. */
  readonly lost: number;
}

/** The boards of all parts, for whoever looks. */
export interface AlarmBoards {
  read(): Promise<readonly AlarmBoard[]>;
}
