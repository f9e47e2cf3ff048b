import type { QueryRunner } from 'typeorm';
import type { AnyProjection } from '../../../projections/projection.js';

/** Where a reader stands who has read nothing: before position 0. */
export const NOTHING_READ = -1n;

/** Positions by name of the read model. */
export type Checkpoints = ReadonlyMap<string, bigint>;

/** Reads the checkpoints and keeps every other projector out until the transaction ends. */
export async function lockCheckpoints(
  runner: QueryRunner,
  projections: readonly AnyProjection[],
): Promise<Checkpoints> {
  const rows = (await runner.query(
    `select name, position::text as position from projection_checkpoints
     join unnest($1::text[], $2::integer[]) as wanted(name, version) using (name, version)
     order by name for update of projection_checkpoints`,
    [projections.map(({ name }) => name), projections.map(({ version }) => version)],
  )) as { name: string; position: string | null }[];
  return new Map(
    projections.map(({ name }) => {
      const position = rows.find((row) => row.name === name)?.position;
      return [name, position == null ? NOTHING_READ : BigInt(position)];
    }),
  );
}

/** Compare-and-set: throws when a checkpoint is no longer where this transaction found it. */
export async function advanceCheckpoints(
  runner: QueryRunner,
  projections: readonly AnyProjection[],
  found: Checkpoints,
  position: bigint,
): Promise<void> {
  const lagging = projections.filter(({ name }) => (found.get(name) ?? NOTHING_READ) < position);
  if (lagging.length === 0) return;
  const [advanced] = (await runner.query(
    `update projection_checkpoints c set position = $4::numeric, updated_at = now()
     from unnest($1::text[], $2::integer[], $3::numeric[]) as expected(name, version, position)
     where c.name = expected.name and c.version = expected.version
       and coalesce(c.position, -1) = expected.position
     returning c.name`,
    [
      lagging.map(({ name }) => name),
      lagging.map(({ version }) => version),
      lagging.map(({ name }) => (found.get(name) ?? NOTHING_READ).toString()),
      position.toString(),
    ],
  )) as [unknown[], number];
  if (advanced.length !== lagging.length) throw new Error('Another projector moved a checkpoint.');
}

export function lowest(checkpoints: Checkpoints): bigint {
  return [...checkpoints.values()].reduce((low, each) => (each < low ? each : low));
}
