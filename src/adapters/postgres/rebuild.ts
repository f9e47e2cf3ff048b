import type { QueryRunner } from 'typeorm';
import type { AnyProjection } from '../../../projections/projection.js';
import { NOTHING_READ, lockCheckpoints } from './checkpoints.js';
import { writeDeadLetters } from './parking.js';
import { tableName } from './read-model-table.js';
import { BuildFailed, ShadowBuild } from './shadow-build.js';
import type { BuildNeeds } from './shadow-build.js';
import { inTransaction } from './transaction.js';

export interface Rebuilt {
  readonly position: bigint;
  readonly rows: number;
  readonly parked: number;
}

/**
 * Folds the log into a new table while the old one serves and follows, and then puts it in its place in one transaction:
 * a query sees the one or the other. Strict: a fact that cannot be applied ends it, and nothing has changed; lenient: it
 * is parked with its rows, as it would be live.
 * Throws `BuildFailed`.
 */
export async function rebuild(
  needs: BuildNeeds,
  { isLenient }: { readonly isLenient: boolean },
): Promise<Rebuilt> {
  const build = new ShadowBuild(needs, 'rebuild');
  await build.prepare();
  try {
    await build.readUntil(({ caughtUp }) => caughtUp || mustEnd(build, isLenient));
    refuseParked(build, isLenient);
    return await inTransaction(needs.dataSource, async (runner) => {
      const checkpoints = await lockCheckpoints(runner, [needs.projection]);
      const live = checkpoints.positions.get(needs.projection.name) ?? NOTHING_READ;
      // The projector waits for this transaction: it cannot come farther meanwhile.
      if (build.position < live) await build.readUntil(({ position }) => position >= live);
      refuseParked(build, isLenient);
      return putInPlace(runner, needs.projection, build);
    });
  } catch (error) {
    await build.drop();
    throw error;
  }
}

function mustEnd({ parked }: ShadowBuild, isLenient: boolean): boolean {
  return !isLenient && parked.length > 0;
}

function refuseParked(build: ShadowBuild, isLenient: boolean): void {
  const [first] = build.parked;
  if (!first || isLenient) return;
  const { type, streamId, revision, position, reason } = first;
  throw new BuildFailed(
    `${type} (${streamId}@${String(revision)}, position ${position}) cannot be applied: ${reason}`,
  );
}

async function putInPlace(
  runner: QueryRunner,
  projection: AnyProjection,
  build: ShadowBuild,
): Promise<Rebuilt> {
  const { name, version } = projection;
  const table = tableName(projection);
  const serving = (await runner.query(
    'select 1 from projection_checkpoints where name = $1 and version = $2 and serving',
    [name, version],
  )) as unknown[];
  if (serving.length === 0) {
    throw new BuildFailed(`${table} does not serve yet: the projector is building it`);
  }
  const counted = (await runner.query(
    `select count(*)::integer as rows from ${build.table.name}`,
  )) as { rows: number }[];
  await runner.query(`drop view if exists ${name}`);
  await runner.query(`drop table if exists ${table}`);
  await renameAll(runner, build.table.name, table);
  await runner.query(`create view ${name} as select * from ${table}`);
  await runner.query('delete from dead_letters where projection = $1', [name]);
  await writeDeadLetters(
    runner,
    build.parked.map((fact) => ({ ...fact, projection: name })),
  );
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
  return { position, rows: counted[0]?.rows ?? 0, parked: build.parked.length };
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
