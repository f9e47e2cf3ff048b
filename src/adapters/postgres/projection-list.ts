import type { DataSource } from 'typeorm';
import type { AnyProjection } from '../../../projections/projection.js';
import { tableName } from './read-model-table.js';

export interface ListedProjection {
  readonly name: string;
  readonly version: number;
  readonly serving: boolean;
  readonly position: string | null;
  readonly rows: number;
  /** Rows that wait behind a fact that could not be applied. */
  readonly suspect: number;
  readonly updatedAt: string;
}

/** How every read model stands. Counts rows, which takes its time on large tables. */
export async function listProjections(
  dataSource: DataSource,
  projections: readonly AnyProjection[],
): Promise<readonly ListedProjection[]> {
  const listed: ListedProjection[] = [];
  for (const projection of projections) {
    const rows = await dataSource.query<ListedProjection[]>(
      `select name, version, serving, position::text as position, updated_at as "updatedAt",
         (select count(*) from ${tableName(projection)})::integer as rows,
         (select count(distinct row_key) from dead_letters where projection = $1)::integer as suspect
       from projection_checkpoints where name = $1 and version = $2`,
      [projection.name, projection.version],
    );
    listed.push(...rows);
  }
  return listed;
}
