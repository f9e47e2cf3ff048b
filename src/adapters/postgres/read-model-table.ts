import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ClientBase } from 'pg';
import { from } from 'pg-copy-streams';
import type { QueryRunner } from 'typeorm';
import type { AnyProjection } from '../../../projections/projection.js';
import { copyLine } from './copy-lines.js';
import type { TableColumn } from './copy-lines.js';
import { prepared } from './prepared.js';
import type { Querying } from './prepared.js';
import type { RowChanges } from './row-cache.js';
import { decodeRow, storableJson, toColumn, toKey } from './row-codec.js';
import type { StoredRow } from './row-codec.js';

const COPY_CHUNK_LENGTH = 64 * 1024;

/** The table of one version of a read model. */
export class ReadModelTable {
  readonly name: string;
  private readonly keyColumn: string;
  private columns: readonly TableColumn[] | undefined;

  constructor(readonly projection: AnyProjection) {
    this.name = tableName(projection);
    this.keyColumn = toColumn(projection.key);
  }

  async load(runner: Querying, keys: readonly string[]): Promise<Map<string, object>> {
    if (keys.length === 0) return new Map();
    const stored = (await runner.query(
      `select * from ${this.name} where ${this.keyColumn} = any($1::text[])`,
      [keys],
    )) as StoredRow[];
    return new Map(stored.map((row) => [row[this.keyColumn] as string, decodeRow(row)]));
  }

  /** Writes all rows in one statement. */
  async write(runner: QueryRunner, rows: readonly object[]): Promise<void> {
    const [first] = rows;
    if (!first) return;
    const sql = await this.upsertSql(runner, first, '$1');
    await (await prepared(runner)).query(sql, [storableJson(rows)]);
  }

  /** A statement that writes the rows in a parameter, in JSON, when the condition holds. The example is one of them. */
  async upsertSql(
    runner: QueryRunner,
    example: object,
    parameter: string,
    condition = 'true',
  ): Promise<string> {
    const columns = await this.columnsOf(runner, example);
    const names = columns.map(({ name }) => name);
    const updates = names
      .filter((name) => name !== this.keyColumn)
      .map((name) => `${name} = excluded.${name}`);
    // The server renames the cells: to spell every key of every row anew cost more than the folds.
    const keys = columns.map(({ key }) => `"${key}"`);
    const cells = columns.map(({ key, type }) => `"${key}" ${type}`);
    return `insert into ${this.name} (${names.join(', ')})
       select ${keys.join(', ')} from json_to_recordset(${parameter}::json) as written(${cells.join(', ')})
       where ${condition}
       on conflict (${this.keyColumn}) do update set ${updates.join(', ')}`;
  }

  /**
   * Writes many rows by COPY, which costs the server a fraction of what an insert does, but knows no conflict: what the
   * rows replace is deleted first. Returns how long their text was.
   */
  async copy(runner: QueryRunner, { rows, replaced, gone }: RowChanges): Promise<number> {
    await this.remove(runner, [...replaced, ...gone]);
    if (rows.length === 0) return 0;
    const columns = await this.columnsOf(runner, rows[0]!);
    const names = columns.map(({ name }) => name).join(', ');
    // The driver's own type of connection is not told by TypeORM's.
    const client = (await runner.connect()) as ClientBase;
    let length = 0;
    const chunks = function* () {
      let chunk = '';
      for (const row of rows) {
        chunk += copyLine(columns, row);
        if (chunk.length < COPY_CHUNK_LENGTH) continue;
        length += chunk.length;
        yield chunk;
        chunk = '';
      }
      length += chunk.length;
      yield chunk;
    };
    const into = client.query(from(`copy ${this.name} (${names}) from stdin`));
    await pipeline(Readable.from(chunks(), { objectMode: false }), into);
    return length;
  }

  async remove(runner: QueryRunner, keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    await (await prepared(runner)).query(this.deleteSql('$1'), [keys]);
  }

  /** A statement that removes the rows whose keys are in a parameter. */
  deleteSql(parameter: string): string {
    return `delete from ${this.name} where ${this.keyColumn} = any(${parameter}::text[])`;
  }

  /** Throws when row and table differ: a cell without a column would be lost in silence. */
  private async columnsOf(runner: QueryRunner, row: object): Promise<readonly TableColumn[]> {
    if (this.columns) return this.columns;
    const found = (await runner.query(
      `select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
       where attrelid = $1::regclass and attnum > 0 and not attisdropped order by attnum`,
      [this.name],
    )) as { name: string; type: string }[];
    const columns = found.map(({ name, type }) => ({
      name,
      key: toKey(name),
      type,
    }));
    const keys = columns.map(({ key }) => key);
    if ([...keys].sort().join() !== Object.keys(row).sort().join()) {
      throw new Error(
        `Invariant: the columns of ${this.name} are the keys of its row; found ${keys.join()}, wanted ${Object.keys(row).join()}`,
      );
    }
    this.columns = columns;
    return columns;
  }
}

/** Names of those tables that have no row. */
export async function emptyTables(
  querying: Querying,
  tables: readonly ReadModelTable[],
): Promise<ReadonlySet<string>> {
  const looks = tables.map(({ name }) => `not exists (select 1 from ${name}) as ${name}`);
  const [found] = (await querying.query(`select ${looks.join(', ')}`)) as Record<string, boolean>[];
  return new Set(tables.map(({ name }) => name).filter((name) => found?.[name] === true));
}

export function tableName({ name, version }: { name: string; version: number }): string {
  return `${name}_v${String(version)}`;
}
