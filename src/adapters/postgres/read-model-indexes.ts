import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import type { AnyProjection } from '../../../projections/projection.js';
import { tableName } from './read-model-table.js';
import type { Querying } from './prepared.js';
import { inTransaction } from './transaction.js';

/** The text of a `*.table.sql`. */
export interface TableSql {
  /** Makes the table with what keeps its rows right. */
  readonly table: string;
  /** Make it quick to query, by name. It costs a fraction to make an index of rows that are there. */
  readonly indexes: ReadonlyMap<string, string>;
}

/** A core each: PostgreSQL works on one for a connection. */
const LANES = 2;

const INDEX = /^create index (\w+) on [^;]+;$/gm;

export async function tableSql(
  { name, version }: AnyProjection,
  rootDir: string,
): Promise<TableSql> {
  const folder = name.replaceAll('_', '-');
  const file = join(rootDir, 'projections', folder, `${folder}.table.sql`);
  const sql = await readFile(file, 'utf8');
  if (!sql.includes(`create table ${tableName({ name, version })} (`)) {
    throw new Error(`Invariant: ${file} makes the table ${tableName({ name, version })}`);
  }
  const indexes = [...sql.matchAll(INDEX)].map(([text, index = '']) => [index, text] as const);
  return { table: sql.replace(INDEX, ''), indexes: new Map(indexes) };
}

/** Makes those of the indexes that are missing. Returns the tables that lacked some: they were filled from nothing. */
export async function addIndexes(
  dataSource: DataSource,
  projections: readonly AnyProjection[],
  rootDir: string,
): Promise<readonly string[]> {
  const filled: string[] = [];
  await sideBySide(projections, async (projection) => {
    const { indexes } = await tableSql(projection, rootDir);
    const there = await indexesOf(dataSource, tableName(projection));
    const missing = [...indexes].filter(([name]) => !there.has(name)).map(([, text]) => text);
    await makeIndexes(dataSource, missing);
    if (missing.length > 0) filled.push(tableName(projection));
  });
  return filled;
}

/**
 * Counts what tables hold that were just filled. The server comes round to it within a minute; until then it takes every
 * value for a rare one, and reads all rows of a status and sorts them to give the first page.
 */
export async function countRows(dataSource: DataSource, tables: readonly string[]): Promise<void> {
  await sideBySide(tables, (table) =>
    inTransaction(dataSource, async (runner) => {
      await runner.query('set local statement_timeout = 0');
      await runner.query(`analyze ${table}`);
    }),
  );
}

/** Works on tables that have nothing to do with one another. Nothing goes on any more once it rejects. */
export async function sideBySide<Of>(
  all: readonly Of[],
  work: (each: Of) => Promise<void>,
): Promise<void> {
  const left = all.values();
  const lane = async () => {
    for (const each of left) await work(each);
  };
  const ended = await Promise.allSettled(Array.from({ length: LANES }, lane));
  for (const each of ended) if (each.status === 'rejected') throw each.reason;
}

/** Makes indexes however long it takes: a long table has no say in how long a statement may last. */
export async function makeIndexes(dataSource: DataSource, texts: readonly string[]): Promise<void> {
  if (texts.length === 0) return;
  await inTransaction(dataSource, async (runner) => {
    await runner.query('set local statement_timeout = 0');
    await runner.query(texts.join('\n'));
  });
}

async function indexesOf(querying: Querying, table: string): Promise<ReadonlySet<string>> {
  const found = (await querying.query(
    'select indexname as name from pg_indexes where schemaname = current_schema() and tablename = $1',
    [table],
  )) as { name: string }[];
  return new Set(found.map(({ name }) => name));
}
