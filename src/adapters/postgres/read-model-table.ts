import type { QueryRunner } from 'typeorm';
import type { AnyProjection } from '../../../projections/projection.js';
import { decodeRow, encodeRows, toColumn } from './row-codec.js';
import type { StoredRow } from './row-codec.js';

/** The table of one version of a read model. */
export class ReadModelTable {
  readonly name: string;
  private readonly keyColumn: string;
  private columns: readonly string[] | undefined;

  constructor(readonly projection: AnyProjection) {
    this.name = tableName(projection);
    this.keyColumn = toColumn(projection.key);
  }

  async load(runner: QueryRunner, keys: readonly string[]): Promise<Map<string, object>> {
    const stored = (await runner.query(
      `select * from ${this.name} where ${this.keyColumn} = any($1::text[])`,
      [keys],
    )) as StoredRow[];
    return new Map(stored.map((row) => [row[this.keyColumn] as string, decodeRow(row)]));
  }

  /** Writes all rows in one statement. */
  async write(runner: QueryRunner, rows: readonly object[]): Promise<void> {
    if (rows.length === 0) return;
    const columns = await this.columnsOf(runner, rows[0]!);
    const updates = columns
      .filter((column) => column !== this.keyColumn)
      .map((column) => `${column} = excluded.${column}`);
    await runner.query(
      `insert into ${this.name} (${columns.join(', ')})
       select ${columns.join(', ')} from json_populate_recordset(null::${this.name}, $1::json)
       on conflict (${this.keyColumn}) do update set ${updates.join(', ')}`,
      [encodeRows(rows)],
    );
  }

  async remove(runner: QueryRunner, keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    await runner.query(`delete from ${this.name} where ${this.keyColumn} = any($1::text[])`, [
      keys,
    ]);
  }

  /** Throws when row and table differ: a cell without a column would be lost in silence. */
  private async columnsOf(runner: QueryRunner, row: object): Promise<readonly string[]> {
    if (this.columns) return this.columns;
    const found = (await runner.query(
      `select attname from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped order by attnum`,
      [this.name],
    )) as { attname: string }[];
    const columns = found.map(({ attname }) => attname);
    const wanted = Object.keys(row).map(toColumn);
    if ([...columns].sort().join() !== [...wanted].sort().join()) {
      throw new Error(
        `Invariant: the columns of ${this.name} are the keys of its row; found ${columns.join()}, wanted ${wanted.join()}`,
      );
    }
    this.columns = columns;
    return columns;
  }
}

export function tableName({ name, version }: { name: string; version: number }): string {
  return `${name}_v${String(version)}`;
}
