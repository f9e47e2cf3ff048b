import type { QueryRunner } from 'typeorm';
import type { AnyProjection } from '../../../projections/projection.js';
import type { Fact } from '../../domain/facts.js';
import type { Recorded } from '../../domain/kernel/event.js';
import type { ParkedFact, Parking } from './parking.js';
import { isDataError } from './postgres-errors.js';
import { prepared } from './prepared.js';
import type { ReadModelTable } from './read-model-table.js';
import { RowCache } from './row-cache.js';
import type { Rows } from './row-cache.js';

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
  const steps = stepsOf(table.projection, facts);
  const cache = new RowCache(table.projection.isAppendOnly ? 'appended' : 'part');
  const unknown = cache.unknown(steps.flatMap(({ keys }) => keys));
  cache.admit(await table.load(await prepared(runner), unknown));
  const parked = foldSteps({ projection: table.projection, parking, rows: cache }, steps);
  const { rows, gone } = cache.changes();
  await table.write(runner, rows);
  await table.remove(runner, gone);
  return parked;
}

/** A fact and the rows that it touches. */
export interface Step {
  readonly fact: Recorded<Fact>;
  readonly keys: readonly string[];
  /** Why its rows cannot be told. */
  readonly unreadable?: string;
}

export function stepsOf(
  projection: AnyProjection,
  facts: readonly Recorded<Fact>[],
): readonly Step[] {
  return facts.map((fact) => readStep(projection, fact));
}

export interface Fold {
  readonly projection: AnyProjection;
  readonly parking: Parking;
  /** Of every key in the steps: the row, or nothing where there is none. */
  readonly rows: Rows;
}

/** Folds facts into rows, in their order. Returns what it parked. */
export function foldSteps(of: Fold, steps: readonly Step[]): readonly ParkedFact[] {
  const { projection, parking } = of;
  const parked: ParkedFact[] = [];
  const failed = new Set<string>();
  const waits = (key: string) => failed.has(key) || parking.holds(projection.name, key);
  for (const step of steps) {
    const { fact, keys, unreadable } = step;
    const mustWait = parking.size + failed.size > 0 && (waits(fact.streamId) || keys.some(waits));
    const reason = unreadable ?? (mustWait ? WAITING : fold(of, step));
    if (reason === undefined) continue;
    // A fact counts in all of its rows or in none: a sum by day must not differ from the sum of all.
    for (const key of keys) {
      failed.add(key);
      parked.push(parkedFact(projection, fact, key, reason));
    }
  }
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
function fold({ projection, rows }: Fold, { fact, keys }: Step): string | undefined {
  try {
    // Every row as it was before: none of them is changed until all are made.
    const before = keys.map((key) => rows.get(key));
    const rowBefore = (key: string) => before[keys.indexOf(key)] as never;
    const after = keys.map((key, at) =>
      projection.evolve(before[at] as never, fact as never, key, rowBefore),
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
function readStep(projection: AnyProjection, fact: Recorded<Fact>): Step {
  try {
    return { fact, keys: keysOf(projection, fact) };
  } catch (error) {
    return { fact, keys: [fact.streamId], unreadable: messageOf(error) };
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
