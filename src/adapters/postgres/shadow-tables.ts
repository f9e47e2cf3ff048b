import type { DataSource } from 'typeorm';
import type { AnyProjection } from '../../../projections/projection.js';
import { countRows, makeIndexes, sideBySide, tableSql } from './read-model-indexes.js';
import { ReadModelTable, tableName } from './read-model-table.js';

/** What the tables are made for: they bear it in their names. */
export type Purpose = 'rebuild' | 'verify';

/** A read model and the table that is made beside its own. */
export interface Shadow {
  readonly of: AnyProjection;
  readonly table: ReadModelTable;
}

export function shadowsOf(
  projections: readonly AnyProjection[],
  purpose: Purpose,
): readonly Shadow[] {
  return projections.map((of) => ({
    of,
    table: new ReadModelTable({ ...of, name: `${of.name}_${purpose}` }),
  }));
}

export interface ShadowTablesNeeds {
  readonly dataSource: DataSource;
  /** Folder that holds `projections/` with its `*.table.sql` files. */
  readonly rootDir: string;
}

/** The tables beside those that serve: made, given their indexes once they are filled, and thrown away. */
export class ShadowTables {
  private isIndexed = false;

  constructor(
    private readonly needs: ShadowTablesNeeds,
    private readonly shadows: readonly Shadow[],
  ) {}

  /** What an earlier build left is of no use: its place in the log is not known. */
  async prepare(): Promise<void> {
    await this.drop();
    this.isIndexed = false;
    for (const { of, table } of this.shadows) {
      const sql = await tableSql(of, this.needs.rootDir);
      await this.needs.dataSource.query(sql.table.replaceAll(tableName(of), table.name));
    }
  }

  async drop(): Promise<void> {
    const names = this.shadows.map(({ table }) => table.name);
    await this.needs.dataSource.query(`drop table if exists ${names.join(', ')}`);
  }

  /** Once. */
  async addIndexes(): Promise<void> {
    if (this.isIndexed) return;
    const { dataSource, rootDir } = this.needs;
    await sideBySide(this.shadows, async ({ of, table }) => {
      const { indexes } = await tableSql(of, rootDir);
      const renamed = [...indexes.values()].map((text) =>
        text.replaceAll(tableName(of), table.name),
      );
      await makeIndexes(dataSource, renamed);
    });
    await countRows(
      dataSource,
      this.shadows.map(({ table }) => table.name),
    );
    this.isIndexed = true;
  }
}
