import type { QueryRunner } from 'typeorm';
import { NOTHING_READ, lockCheckpoints, lowest } from './checkpoints.js';
import { tableName } from './read-model-table.js';
import { toColumn } from './row-codec.js';
import { ShadowBuild } from './shadow-build.js';
import type { BuildNeeds } from './shadow-build.js';
import type { Shadow } from './shadow-tables.js';
import { inTransaction } from './transaction.js';
import { alone } from './upkeep-lock.js';

export interface Difference {
  readonly key: string;
  /** `missing`: the log has it and the table not; `surplus`: the other way round. */
  readonly kind: 'missing' | 'surplus' | 'different';
}

export interface Verified {
  readonly name: string;
  readonly position: bigint;
  readonly rows: number;
  readonly differing: number;
  /** The first of them. */
  readonly differences: readonly Difference[];
  /** Rows that wait behind a parked fact: they are not compared. */
  readonly suspect: number;
}

const DIFFERENCES_TOLD_MAX = 100;

/**
 * Folds the log afresh, read once for all of them, and compares every row of each table with it, at one and the same
 * position: that of the table, which may be another where a read model is being built.
 */
export function verify(needs: BuildNeeds): Promise<readonly Verified[]> {
  return alone(needs.dataSource, 'verify', () => verifyAlone(needs));
}

async function verifyAlone(needs: BuildNeeds): Promise<readonly Verified[]> {
  const { dataSource, projections } = needs;
  const build = new ShadowBuild(needs, 'verify', false);
  try {
    await build.prepare();
    const before = await inTransaction(dataSource, (runner) =>
      lockCheckpoints(runner, projections),
    );
    await readTo(build, lowest(before.positions));
    return await inTransaction(dataSource, async (runner) => {
      const { positions } = await lockCheckpoints(runner, projections);
      const liveOf = ({ of }: Shadow) => positions.get(of.name) ?? NOTHING_READ;
      const nearestFirst = [...build.shadows].sort((a, b) => (liveOf(a) < liveOf(b) ? -1 : 1));
      const verified: Verified[] = [];
      for (const shadow of nearestFirst) {
        await readTo(build, liveOf(shadow));
        verified.push(await compared(runner, shadow, build.position));
      }
      return verified;
    });
  } finally {
    await build.drop();
  }
}

async function readTo(build: ShadowBuild, live: bigint): Promise<void> {
  if (build.position < live) await build.readTo(live);
}

async function compared(
  runner: QueryRunner,
  { of, table: fresh }: Shadow,
  position: bigint,
): Promise<Verified> {
  const key = toColumn(of.key);
  const table = tableName(of);
  const suspects = `select row_key from dead_letters where projection = $1`;
  const differing = (await runner.query(
    `select ${key} as key, count(*) over ()::integer as total,
       case when live.${key} is null then 'missing' when fresh.${key} is null then 'surplus' else 'different' end as kind
     from ${table} live full outer join ${fresh.name} fresh using (${key})
     where live::text is distinct from fresh::text and ${key} not in (${suspects})
     order by 1 limit ${String(DIFFERENCES_TOLD_MAX)}`,
    [of.name],
  )) as (Difference & { total: number })[];
  const [counts] = (await runner.query(
    `select (select count(*) from ${table})::integer as rows,
       (select count(distinct row_key) from dead_letters where projection = $1)::integer as suspect`,
    [of.name],
  )) as { rows: number; suspect: number }[];
  return {
    name: of.name,
    position,
    rows: counts?.rows ?? 0,
    differing: differing[0]?.total ?? 0,
    differences: differing.map(({ key: row, kind }) => ({ key: row, kind })),
    suspect: counts?.suspect ?? 0,
  };
}
