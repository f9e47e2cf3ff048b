/** Decimal text of the log position an answer is valid at; `-1` before anything has been read. */
export type AsOfPosition = string;

/** A list answer: all of it comes from one moment of the read side. */
export interface Page<Row> {
  readonly items: readonly Row[];
  /** Hand it back to get what follows; null at the end. */
  readonly nextCursor: string | null;
  readonly asOfPosition: AsOfPosition;
  /** For whoever wants one behind each row; only a list that was asked for them has them. */
  readonly cursors?: readonly string[];
}

/** A page for whoever only hands its rows on: they are in JSON already. */
export interface PageText extends Pick<Page<never>, 'nextCursor' | 'asOfPosition'> {
  /** A list. */
  readonly itemsText: string;
}

/** Only what began by then: at a time, by the field that the list is ordered by, or in the log, by the first fact of its stream. */
export type BegunBy =
  | { readonly field: string; readonly atMs: number }
  | { readonly streamPrefix: string; readonly position: bigint };

export interface PageRequest {
  readonly limit: number;
  /** Default: every field of a row. */
  readonly fields?: readonly string[] | undefined;
  readonly cursor?: string | undefined;
  /** A cursor behind each row, too. */
  readonly wantsCursors?: boolean;
  readonly begunBy?: BegunBy;
  /** Default: the key, ascending. */
  readonly sort?: { readonly field: string; readonly descending: boolean } | undefined;
}

/** Equal to the value, or to one of several; undefined filters nothing. */
export type Filters = Readonly<Record<string, string | readonly string[] | undefined>>;

/** A whole list of one moment, some rows at a time. It is read to its end or returned from. */
export interface Export<Row> {
  readonly asOfPosition: AsOfPosition;
  readonly rows: AsyncIterable<readonly Row[]>;
}

export interface Found<Row> {
  readonly item: Row | undefined;
  readonly asOfPosition: AsOfPosition;
}

/** How far one read model has come. */
export interface ProjectionStatus {
  readonly name: string;
  readonly position: AsOfPosition;
  /** Age of the newest fact that was applied while there are newer ones; 0 when it has caught up. */
  readonly lagMs: number;
  /** Rows that wait for a human. */
  readonly parked: number;
}

export interface ProjectorStatus {
  readonly models: readonly ProjectionStatus[];
  /** The lowest of all read models. */
  readonly position: AsOfPosition;
  readonly caughtUp: boolean;
  /** Why the newest batch is tried again; null while all is well. */
  readonly trouble: string | null;
  readonly factsApplied: number;
  /** Facts that could not be applied and wait for a human. */
  readonly parked: number;
}

/** The read side cannot answer now; nothing is known about what it would have said. */
export class ReadSideUnavailable extends Error {
  readonly retryAfterMs = 1_000;
}

/** The cursor was not made by this list. */
export class CursorUnreadable extends Error {
  constructor(readonly cursor: string) {
    super('was not made by this list');
  }
}
