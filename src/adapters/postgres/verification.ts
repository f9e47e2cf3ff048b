import type { QueryRunner } from 'typeorm';
import { NOTHING_READ, lockCheckpoints } from './checkpoints.js';
import { tableName } from './read-model-table.js';
import { toColumn } from './row-codec.js';
import { ShadowBuild } from './shadow-build.js';
import type { BuildNeeds } from './shadow-build.js';
import { inTransaction } from './transaction.js';

export interface Difference {
  readonly key: string;
  /** `missing`: the log has it and the table not; `surplus`: the other way round. */
  readonly kind: 'missing' | 'surplus' | 'different';
}

export interface Verified {
  readonly position: bigint;
  readonly rows: number;
  readonly differing: number;
  /** The first of them. */
  readonly differences: readonly Difference[];
  /** Rows that wait behind a parked fact: they are not compared. */
  readonly suspect: number;
}

const DIFFERENCES_TOLD_MAX = 100;

/** Folds the log afresh and compares every row of the table with it, at one and the same position. */
export async function verify(needs: BuildNeeds): Promise<Verified> {
  const build = new ShadowBuild(needs, 'verify');
  await build.prepare();
  try {
    const before = await livePosition(needs);
    await readTo(build, before);
    return await inTransaction(needs.dataSource, async (runner) => {
      const checkpoints = await lockCheckpoints(runner, [needs.projection]);
      const live = checkpoints.positions.get(needs.projection.name) ?? NOTHING_READ;
      await readTo(build, live);
      return compared(runner, needs, build);
    });
  } finally {
    await build.drop();
  }
}

function livePosition({ dataSource, projection }: BuildNeeds): Promise<bigint> {
  return inTransaction(dataSource, async (runner) => {
    const { positions } = await lockCheckpoints(runner, [projection]);
    return positions.get(projection.name) ?? NOTHING_READ;
  });
}

async function readTo(build: ShadowBuild, live: bigint): Promise<void> {
  if (build.position >= live) return;
  await build.readUntil(({ position, caughtUp }) => caughtUp || position >= live, live);
}

async function compared(
  runner: QueryRunner,
  { projection }: BuildNeeds,
  build: ShadowBuild,
): Promise<Verified> {
  const key = toColumn(projection.key);
  const table = tableName(projection);
  const suspects = `select row_key from dead_letters where projection = $1`;
  const differing = (await runner.query(
    `select ${key} as key, count(*) over ()::integer as total,
       case when live.${key} is null then 'missing' when fresh.${key} is null then 'surplus' else 'different' end as kind
     from ${table} live full outer join ${build.table.name} fresh using (${key})
     where live::text is distinct from fresh::text and ${key} not in (${suspects})
     order by 1 limit ${String(DIFFERENCES_TOLD_MAX)}`,
    [projection.name],
  )) as (Difference & { total: number })[];
  const [counts] = (await runner.query(
    `select (select count(*) from ${table})::integer as rows,
       (select count(distinct row_key) from dead_letters where projection = $1)::integer as suspect`,
    [projection.name],
  )) as { rows: number; suspect: number }[];
  return {
    position: build.position,
    rows: counts?.rows ?? 0,
    differing: differing[0]?.total ?? 0,
    differences: differing.map(({ key: row, kind }) => ({ key: row, kind })),
    suspect: counts?.suspect ?? 0,
  };
}
