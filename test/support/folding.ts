import type { Fact } from '../../src/domain/facts.js';
import type { Recorded } from '../../src/domain/kernel/event.js';
import type { Projection } from '../../projections/projection.js';
import { recordedLog } from './event-builders.js';

/** The rows that a read model makes of the facts, as the projector would: what it does not consume passes by. */
export function folding<E extends Fact, Row extends object>(
  projection: Projection<E, Row>,
  facts: readonly Fact[],
): readonly Row[] {
  return [...foldingLog(projection, recordedLog(facts)).values()];
}

/** The same of a log, by key. */
export function foldingLog<E extends Fact, Row extends object>(
  projection: Projection<E, Row>,
  log: readonly Recorded<Fact>[],
): Map<string, Row> {
  const rows = new Map<string, Row>();
  for (const recorded of log) {
    if (!Object.hasOwn(projection.consumes, recorded.event.type)) continue;
    const mine = recorded as unknown as Recorded<E>;
    const keys = [projection.keyOf(mine)].flat();
    const before = new Map(keys.map((key) => [key, rows.get(key)]));
    for (const key of keys) {
      const row = projection.evolve(before.get(key), mine, key, (other) => before.get(other));
      if (row) rows.set(key, row);
      else rows.delete(key);
    }
  }
  return rows;
}

/** The only row. */
export function rowOf<E extends Fact, Row extends object>(
  projection: Projection<E, Row>,
  facts: readonly Fact[],
): Row {
  const [row, ...others] = folding(projection, facts);
  if (!row || others.length > 0) throw new Error(`one row was expected, not ${others.length + 1}`);
  return row;
}
