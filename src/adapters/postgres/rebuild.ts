import type { QueryRunner } from 'typeorm';
import { NOTHING_READ, highest, lockCheckpoints } from './checkpoints.js';
import { writeDeadLetters } from './parking.js';
import { isDeadlock } from './postgres-errors.js';
import { tableName } from './read-model-table.js';
import { BuildFailed, ShadowBuild } from './shadow-build.js';
import type { BuildNeeds } from './shadow-build.js';
import type { Shadow } from './shadow-tables.js';
import { inTransaction } from './transaction.js';
import { alone } from './upkeep-lock.js';

export interface Rebuilt {
  readonly name: string;
  readonly position: bigint;
  readonly rows: number;
  readonly parked: number;
}

/**
 * Folds the log, read once for all of them, into new tables while the old ones serve and follow, and then puts them in
 * their place in one transaction: a query sees the old ones or the new. Strict: a fact that cannot be applied ends it, and
 * nothing has changed; lenient: it is parked with its rows, as it would be live.
 * Throws `BuildFailed`.
 */
export function rebuild(needs: BuildNeeds, asked: RebuildTerms): Promise<readonly Rebuilt[]> {
  return alone(needs.dataSource, 'rebuild', () => rebuildAlone(needs, asked));
}

interface RebuildTerms {
  readonly isLenient: boolean;
}

async function rebuildAlone(
  needs: BuildNeeds,
  { isLenient }: RebuildTerms,
): Promise<readonly Rebuilt[]> {
  const build = new ShadowBuild(needs, 'rebuild', !isLenient);
  try {
    await build.prepare();
    await build.readTo('end');
    for (;;) {
      refuseParked(build, isLenient);
      const rebuilt = await putInPlace(needs, build, isLenient);
      if (rebuilt) return rebuilt;
    }
  } catch (error) {
    await build.drop();
    throw error;
  } finally {
    await build.close();
  }
}

function refuseParked(build: ShadowBuild, isLenient: boolean): void {
  const [first] = build.parkedFacts;
  if (!first || isLenient) return;
  const { projection, type, streamId, revision, position, reason } = first;
  throw new BuildFailed(
    `${projection}: ${type} (${streamId}@${String(revision)}, position ${position}) cannot be applied: ${reason}`,
  );
}

/** Returns undefined when a query that wants several of the tables stood in the way. */
async function putInPlace(
  { dataSource, projections }: BuildNeeds,
  build: ShadowBuild,
  isLenient: boolean,
): Promise<readonly Rebuilt[] | undefined> {
  try {
    return await inTransaction(dataSource, async (runner) => {
      const live = highest((await lockCheckpoints(runner, projections)).positions);
      // The projector waits for this transaction: it cannot come farther meanwhile.
      if (build.position < live) await build.readTo(live);
      refuseParked(build, isLenient);
      const rebuilt: Rebuilt[] = [];
      for (const shadow of build.shadows) rebuilt.push(await replaced(runner, shadow, build));
      return rebuilt;
    });
  } catch (error) {
    if (isDeadlock(error)) return undefined;
    throw error;
  }
}

async function replaced(runner: QueryRunner, shadow: Shadow, build: ShadowBuild): Promise<Rebuilt> {
  const { name, version } = shadow.of;
  const table = tableName(shadow.of);
  const serving = (await runner.query(
    'select 1 from projection_checkpoints where name = $1 and version = $2 and serving',
    [name, version],
  )) as unknown[];
  if (serving.length === 0) {
    throw new BuildFailed(`${table} does not serve yet: the projector is building it`);
  }
  const counted = (await runner.query(
    `select count(*)::integer as rows from ${shadow.table.name}`,
  )) as { rows: number }[];
  await runner.query(`drop view if exists ${name}`);
  await runner.query(`drop table if exists ${table}`);
  await renameAll(runner, shadow.table.name, table);
  await runner.query(`create view ${name} as select * from ${table}`);
  await runner.query('delete from dead_letters where projection = $1', [name]);
  const parked = build.parkedFacts.filter(({ projection }) => projection === name);
  await writeDeadLetters(runner, parked);
  const { newest, position } = build;
  await runner.query(
    `update projection_checkpoints set position = $3::numeric, generation = generation + 1, updated_at = now(),
       witness_stream = $4, witness_revision = $5, witness_event = $6
     where name = $1 and version = $2`,
    [
      ...[name, version, position === NOTHING_READ ? null : position.toString()],
      ...[newest?.streamId ?? null, newest?.revision ?? null, newest?.eventId ?? null],
    ],
  );
  return { name, position, rows: counted[0]?.rows ?? 0, parked: parked.length };
}

/** The table with its indexes: the next rebuild makes them under the same names again. */
async function renameAll(runner: QueryRunner, from: string, to: string): Promise<void> {
  const indexes = (await runner.query(
    'select indexname from pg_indexes where schemaname = current_schema() and tablename = $1',
    [from],
  )) as { indexname: string }[];
  await runner.query(`alter table ${from} rename to ${to}`);
  for (const { indexname } of indexes) {
    await runner.query(`alter index ${indexname} rename to ${indexname.replace(from, to)}`);
  }
}
