import type { QueryRunner } from 'typeorm';
import type { AnyProjection } from '../../../projections/projection.js';
import type { Fact } from '../../domain/facts.js';
import type { Recorded } from '../../domain/kernel/event.js';
import type { ParkedFact, Parking } from './parking.js';
import { isDataError } from './postgres-errors.js';
import type { ReadModelTable } from './read-model-table.js';

/** Why a fact is parked that could have been applied. */
export const WAITING = 'waits behind an earlier fact of its row';

export interface Application {
  readonly runner: QueryRunner;
  readonly table: ReadModelTable;
  readonly parking: Parking;
}

/** Applies facts of one read model in one go: touched rows in, folded, changed rows out. Returns what it parked. */
export async function applyTogether(
  { runner, table, parking }: Application,
  facts: readonly Recorded<Fact>[],
): Promise<readonly ParkedFact[]> {
  const steps = facts.map((fact) => ({ fact, ...readKeys(table.projection, fact) }));
  const rows = await table.load(runner, [...new Set(steps.flatMap(({ keys }) => keys))]);
  const before = new Set(rows.keys());
  const touched = new Set<string>();
  const parked: ParkedFact[] = [];
  const failed = new Set<string>();
  const { name } = table.projection;
  for (const { fact, keys, unreadable } of steps) {
    const waits = [fact.streamId, ...keys].some(
      (key) => failed.has(key) || parking.holds(name, key),
    );
    const reason = unreadable ?? (waits ? WAITING : fold(table, rows, { fact, keys }));
    // A fact counts in all of its rows or in none: a sum by day must not differ from the sum of all.
    for (const key of keys) {
      if (reason === undefined) {
        touched.add(key);
      } else {
        failed.add(key);
        parked.push(parkedFact(table.projection, fact, key, reason));
      }
    }
  }
  const changed = [...touched];
  await table.write(
    runner,
    changed.flatMap((key) => rows.get(key) ?? []),
  );
  await table.remove(
    runner,
    changed.filter((key) => !rows.has(key) && before.has(key)),
  );
  return parked;
}

/** Applies facts one at a time, so that one the database cannot store parks its own row and no other. */
export async function applyOneByOne(
  application: Application,
  facts: readonly Recorded<Fact>[],
): Promise<readonly ParkedFact[]> {
  const { runner, table } = application;
  // A copy: should the transaction fail, nothing was parked.
  const parking = application.parking.copy();
  const parked: ParkedFact[] = [];
  for (const fact of facts) {
    await runner.query('savepoint one_fact');
    try {
      parked.push(...(await applyTogether({ runner, table, parking }, [fact])));
    } catch (error) {
      if (!isDataError(error)) throw error;
      await runner.query('rollback to savepoint one_fact');
      const reason = messageOf(error);
      parked.push(
        ...keysOf(table.projection, fact).map((key) =>
          parkedFact(table.projection, fact, key, reason),
        ),
      );
    }
    await runner.query('release savepoint one_fact');
    parking.remember(parked);
  }
  return parked;
}

export function concerns(projection: AnyProjection, fact: Recorded<Fact>): boolean {
  return Object.hasOwn(projection.consumes, fact.event.type);
}

/** Returns why the fact cannot be applied, undefined when it was. */
function fold(
  { projection }: ReadModelTable,
  rows: Map<string, object>,
  { fact, keys }: { readonly fact: Recorded<Fact>; readonly keys: readonly string[] },
): string | undefined {
  try {
    const before = new Map(keys.map((key) => [key, rows.get(key)]));
    const rowBefore = (key: string) => before.get(key) as never;
    const after = keys.map((key) =>
      projection.evolve(rowBefore(key), fact as never, key, rowBefore),
    ) as (object | undefined)[];
    for (const [at, key] of keys.entries()) {
      const row = after[at];
      if (row) rows.set(key, row);
      else rows.delete(key);
    }
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** A fact that does not even tell its rows is parked, and all of its stream behind it. */
function readKeys(
  projection: AnyProjection,
  fact: Recorded<Fact>,
): { readonly keys: readonly string[]; readonly unreadable?: string } {
  try {
    return { keys: keysOf(projection, fact) };
  } catch (error) {
    return { keys: [fact.streamId], unreadable: messageOf(error) };
  }
}

function keysOf(projection: AnyProjection, fact: Recorded<Fact>): readonly string[] {
  const keys = projection.keyOf(fact as never);
  return typeof keys === 'string' ? [keys] : keys;
}

function parkedFact(
  { name }: AnyProjection,
  fact: Recorded<Fact>,
  rowKey: string,
  reason: string,
): ParkedFact {
  return {
    projection: name,
    rowKey,
    position: fact.position.toString(),
    streamId: fact.streamId,
    revision: fact.revision,
    type: fact.event.type,
    reason,
    payload: JSON.stringify({ event: fact.event, metadata: fact.metadata }),
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
