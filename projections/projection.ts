import type { AnyEvent, Recorded } from '../src/domain/kernel/event.js';
import type { UnixMs } from '../src/domain/kernel/units.js';

/** What a column may hold: exact decimals as text, times as ISO 8601 in UTC, whole numbers, JSON documents. */
export type Cell = string | number | boolean | object | null;

/**
 * A read model: one question, answered by folding facts. Pure: same facts, same rows.
 *
 * The keys of a row are the columns of `<name>.table.sql` in camel case. A change of `evolve` or of the table raises
 * `version`; the new table is then filled beside the old one.
 */
export interface Projection<E extends AnyEvent, Row extends object> {
  /** Snake case: also the name of the view that readers use. */
  readonly name: string;
  readonly version: number;
  /** The column that tells rows apart. */
  readonly key: keyof Row & string;
  /** A missing or foreign type does not compile. */
  readonly consumes: { readonly [Type in E['type']]: true };
  /** Each fact makes a row of its own, which none before it and none after it touches: nobody has to look for it. */
  readonly isAppendOnly?: true;
  /** The rows that a fact touches, by their key. */
  readonly keyOf: (recorded: Recorded<E>) => string | readonly string[];
  /**
   * The row after the fact; undefined when there is none (any more). `before` gives the other rows that the fact touches
   * as they were before it: what a day gained depends on the holding that another row keeps.
   */
  readonly evolve: (
    row: Row | undefined,
    recorded: Recorded<E>,
    key: string,
    before: (key: string) => Row | undefined,
  ) => Row | undefined;
}

/** A read model as the projector sees it, whatever its facts and rows. */
export type AnyProjection = Projection<never, never>;

// A fact's few times stand in the rows of many read models, and to spell one costs as much as a whole row.
const SPELT_MAX = 256;
const spelt = new Map<UnixMs, string>();

/** ISO 8601 with `Z`: how times stand in rows and answers. */
export function isoTime(at: UnixMs): string {
  const known = spelt.get(at);
  if (known !== undefined) return known;
  const text = new Date(at).toISOString();
  if (spelt.size >= SPELT_MAX) spelt.clear();
  spelt.set(at, text);
  return text;
}

/** The calendar day in UTC, such as `2025-06-21`. */
export function utcDay(at: UnixMs): string {
  return isoTime(at).slice(0, 10);
}

/** Keeps the newest result: what one fact adds to several rows is worked out once. */
export function remembered<Of extends readonly unknown[], Result>(
  work: (...of: Of) => Result,
): (...of: Of) => Result {
  let newest: { readonly of: Of; readonly result: Result } | undefined;
  return (...of) => {
    if (newest?.of.every((each, at) => each === of[at]) !== true)
      newest = { of, result: work(...of) };
    return newest.result;
  };
}

const DAY_MS = 86_400_000;
// The epoch began on a Thursday: three days after a Monday.
const MONDAY_OFFSET_DAYS = 3;

/** The Monday that the week of ISO 8601 begins with, in UTC. */
export function utcWeek(at: UnixMs): string {
  const days = Math.floor(at / DAY_MS);
  const sinceMonday = (((days + MONDAY_OFFSET_DAYS) % 7) + 7) % 7;
  return utcDay((days - sinceMonday) * DAY_MS);
}
