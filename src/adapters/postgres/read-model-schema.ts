import type { DataSource, QueryRunner } from 'typeorm';
import type { AnyProjection } from '../../../projections/projection.js';
import { addIndexes, tableSql } from './read-model-indexes.js';
import { tableName } from './read-model-table.js';

// Any constant will do: it only has to be the same in every process of ours.
const SCHEMA_LOCK = 7_463_211;

/** The database was written by a newer program; this one would not understand it. */
export class SchemaTooNew extends Error {}

/**
 * Brings tables, views and checkpoints to what the program needs. Whatever is missing is made empty, with its
 * checkpoint at the start, so that deleted data comes back from the log. Its indexes are not made before it is filled
 * (`addIndexes`).
 * Throws `SchemaTooNew`.
 */
export async function prepareSchema(
  dataSource: DataSource,
  projections: readonly AnyProjection[],
  rootDir: string,
): Promise<void> {
  const runner = dataSource.createQueryRunner();
  try {
    await runner.query('select pg_advisory_lock($1)', [SCHEMA_LOCK]);
    await refuseNewerMigrations(dataSource, runner);
    await dataSource.runMigrations({ transaction: 'all' });
    await refuseNewerReadModels(runner, projections);
    for (const projection of projections) await ensureReadModel(runner, projection, rootDir);
  } finally {
    // The lock goes with the connection in any case; a failed unlock must not hide the error before it.
    await runner.query('select pg_advisory_unlock($1)', [SCHEMA_LOCK]).catch(() => undefined);
    await runner.release();
  }
}

/** Throws `SchemaTooNew` for a database that a newer program has prepared. Changes nothing. */
export async function refuseNewerSchema(
  dataSource: DataSource,
  projections: readonly AnyProjection[],
): Promise<void> {
  const runner = dataSource.createQueryRunner();
  try {
    await refuseNewerMigrations(dataSource, runner);
    await refuseNewerReadModels(runner, projections);
  } finally {
    await runner.release();
  }
}

async function refuseNewerMigrations(dataSource: DataSource, runner: QueryRunner): Promise<void> {
  if (!(await exists(runner, 'schema_migrations'))) return;
  const known = new Set(dataSource.migrations.map(({ name }) => name));
  const applied = (await runner.query('select name from schema_migrations order by id')) as {
    name: string;
  }[];
  const unknown = applied.find(({ name }) => !known.has(name));
  if (!unknown) return;
  throw new SchemaTooNew(
    `The read-side database has the newer schema ${unknown.name}, which this program does not know: run the newer program, or give this one another database.`,
  );
}

async function refuseNewerReadModels(
  runner: QueryRunner,
  projections: readonly AnyProjection[],
): Promise<void> {
  const newest = (await runner.query(
    'select name, max(version) as version from projection_checkpoints group by name',
  )) as { name: string; version: number }[];
  for (const { name, version } of newest) {
    const known = projections.find((each) => each.name === name);
    if (!known || known.version >= version) continue;
    throw new SchemaTooNew(
      `The read-side database has version ${String(version)} of ${name}, this program knows up to ${String(known.version)}: run the newer program, or give this one another database.`,
    );
  }
}

async function ensureReadModel(
  runner: QueryRunner,
  projection: AnyProjection,
  rootDir: string,
): Promise<void> {
  const { name, version } = projection;
  const table = tableName(projection);
  const [checkpoint] = (await runner.query(
    'select serving from projection_checkpoints where name = $1 and version = $2',
    [name, version],
  )) as { serving: boolean }[];
  const isComplete = checkpoint !== undefined && (await exists(runner, table));
  if (!isComplete) {
    const sql = await tableSql(projection, rootDir);
    await inTransaction(runner, async () => {
      await runner.query(`drop table if exists ${table} cascade`);
      await runner.query(sql.table);
      await runner.query('delete from dead_letters where projection = $1', [name]);
      await runner.query(
        `insert into projection_checkpoints (name, version) values ($1, $2)
         on conflict (name, version) do update set position = null, updated_at = now()`,
        [name, version],
      );
    });
  }
  await ensureView(runner, projection);
}

/** Shows the new version at once when there is no older one that is still of use. */
async function ensureView(runner: QueryRunner, projection: AnyProjection): Promise<void> {
  const [serving] = (await runner.query(
    'select version from projection_checkpoints where name = $1 and serving',
    [projection.name],
  )) as { version: number }[];
  if (serving && serving.version !== projection.version) {
    const older = tableName({ name: projection.name, version: serving.version });
    if ((await exists(runner, older)) && (await exists(runner, projection.name))) return;
  }
  if (serving?.version === projection.version && (await exists(runner, projection.name))) return;
  await serve(runner, projection);
}

/** Points the view at this version and drops every older one. */
async function serve(runner: QueryRunner, { name, version }: AnyProjection): Promise<void> {
  await inTransaction(runner, async () => {
    await runner.query(`drop view if exists ${name}`);
    await runner.query(`create view ${name} as select * from ${tableName({ name, version })}`);
    await runner.query(
      'update projection_checkpoints set serving = (version = $2) where name = $1',
      [name, version],
    );
    const older = (await runner.query(
      'delete from projection_checkpoints where name = $1 and version < $2 returning version',
      [name, version],
    )) as [{ version: number }[], number];
    for (const row of older[0]) {
      await runner.query(`drop table if exists ${tableName({ name, version: row.version })}`);
    }
  });
}

/** Empties tables that were made from another log: they are read again from its start. */
export async function emptyReadModels(
  dataSource: DataSource,
  projections: readonly AnyProjection[],
): Promise<void> {
  const runner = dataSource.createQueryRunner();
  try {
    await inTransaction(runner, async () => {
      for (const projection of projections) {
        await runner.query(`truncate ${tableName(projection)}`);
        await runner.query("delete from dead_letters where projection in ($1, '')", [
          projection.name,
        ]);
        await runner.query(
          `update projection_checkpoints set position = null, generation = generation + 1,
             witness_stream = null, witness_revision = null, witness_event = null
           where name = $1 and version = $2`,
          [projection.name, projection.version],
        );
      }
    });
  } finally {
    await runner.release();
  }
}

/** Switches every read model whose new version has read as far as the one that still serves. */
export async function switchCaughtUp(
  dataSource: DataSource,
  projections: readonly AnyProjection[],
  rootDir: string,
): Promise<number> {
  const waiting = await dataSource.query<{ name: string; ready: boolean | null }[]>(
    `select fresh.name, fresh.position >= old.position as ready
     from projection_checkpoints fresh join projection_checkpoints old using (name)
     where old.serving and fresh.version > old.version and fresh.name = any($1::text[])`,
    [projections.map(({ name }) => name)],
  );
  const runner = dataSource.createQueryRunner();
  try {
    for (const { name, ready } of waiting) {
      const projection = projections.find((each) => each.name === name);
      if (ready !== true || !projection) continue;
      await addIndexes(dataSource, [projection], rootDir);
      await serve(runner, projection);
    }
  } finally {
    await runner.release();
  }
  return waiting.filter(({ ready }) => ready !== true).length;
}

async function exists(runner: QueryRunner, relation: string): Promise<boolean> {
  const [found] = (await runner.query('select to_regclass($1) is not null as found', [
    relation,
  ])) as { found: boolean }[];
  return found?.found === true;
}

async function inTransaction(runner: QueryRunner, work: () => Promise<void>): Promise<void> {
  await runner.startTransaction();
  try {
    await work();
    await runner.commitTransaction();
  } catch (error) {
    await runner.rollbackTransaction().catch(() => undefined);
    throw error;
  }
}
