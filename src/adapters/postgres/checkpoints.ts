import type { QueryRunner } from 'typeorm';
import type { AnyProjection } from '../../../projections/projection.js';
import type { Fact } from '../../domain/facts.js';
import type { Recorded } from '../../domain/kernel/event.js';
import { prepared } from './prepared.js';

/** Where a reader stands who has read nothing: before position 0. */
export const NOTHING_READ = -1n;

/** Positions by name of the read model. */
export type Positions = ReadonlyMap<string, bigint>;

/** A fact that was applied: the log that holds it at this place is the one that the rows were made from. */
export interface Witness {
  readonly streamId: string;
  readonly revision: number;
  readonly eventId: string;
}

export interface Checkpoints {
  readonly positions: Positions;
  /** Changes when somebody else changed what is parked. */
  readonly generation: number;
  /** Of the read model that is farthest. */
  readonly witness: Witness | undefined;
}

interface CheckpointRow {
  readonly name: string;
  readonly position: string | null;
  readonly generation: number;
  readonly witness_stream: string | null;
  readonly witness_revision: number | null;
  readonly witness_event: string | null;
}

/** Reads the checkpoints and keeps every other projector out until the transaction ends. */
export async function lockCheckpoints(
  runner: QueryRunner,
  projections: readonly AnyProjection[],
): Promise<Checkpoints> {
  const querying = await prepared(runner);
  const rows = (await querying.query(
    `select name, position::text as position, generation, witness_stream, witness_revision, witness_event
     from projection_checkpoints
     join unnest($1::text[], $2::integer[]) as wanted(name, version) using (name, version)
     order by name for update of projection_checkpoints`,
    [projections.map(({ name }) => name), projections.map(({ version }) => version)],
  )) as CheckpointRow[];
  const positions = new Map(
    projections.map(({ name }) => {
      const position = rows.find((row) => row.name === name)?.position;
      return [name, position == null ? NOTHING_READ : BigInt(position)];
    }),
  );
  return {
    positions,
    generation: rows.reduce((sum, row) => sum + row.generation, 0),
    witness: witnessOf(rows, positions),
  };
}

function witnessOf(rows: readonly CheckpointRow[], positions: Positions): Witness | undefined {
  const farthest = [...rows].sort((a, b) =>
    (positions.get(a.name) ?? NOTHING_READ) > (positions.get(b.name) ?? NOTHING_READ) ? -1 : 1,
  )[0];
  if (farthest?.witness_stream == null) return undefined;
  return {
    streamId: farthest.witness_stream,
    revision: farthest.witness_revision ?? 0,
    eventId: farthest.witness_event ?? '',
  };
}

/** How far a batch has come, and the newest fact in it. */
export interface Advance {
  readonly position: bigint;
  readonly newest: Recorded<Fact> | undefined;
}

/** The assignments of an advance, whose values are the parameters from this one on. */
function assigned(from: number): string {
  const value = (at: number) => `$${String(from + at)}`;
  return `position = ${value(0)}::numeric, updated_at = now(),
       witness_stream = coalesce(${value(1)}::text, witness_stream),
       witness_revision = coalesce(${value(2)}::integer, witness_revision),
       witness_event = coalesce(${value(3)}::text, witness_event)`;
}

function valuesOf({ position, newest }: Advance): readonly unknown[] {
  const { streamId = null, revision = null, eventId = null } = newest ?? {};
  return [position.toString(), streamId, revision, eventId];
}

/** Where all checkpoints of a group stand. */
export interface Standing {
  readonly position: bigint;
  readonly generation: number;
}

/**
 * The head of a statement that moves all checkpoints from where they stand, and whose other parts change nothing unless
 * `(select yes from ours)`. A checkpoint that somebody holds is not waited for: the tables of the statement are locked by
 * then, and whoever holds it may be waiting for those.
 */
export const ADVANCE_IF_OURS = `with held as (
    select name, version, generation from projection_checkpoints c
    join unnest($1::text[], $2::integer[]) as wanted(name, version) using (name, version)
    where coalesce(c.position, -1) = $3::numeric
    for update of c skip locked
  ), ours as (
    select count(*) = cardinality($1::text[]) and sum(generation) = $4::integer as yes from held
  ), advanced as (
    update projection_checkpoints c set ${assigned(5)}
    from held where c.name = held.name and c.version = held.version and (select yes from ours)
  )`;

/** The first parameters of such a statement. */
export function ifOursValues(
  projections: readonly AnyProjection[],
  standing: Standing,
  advance: Advance,
): readonly unknown[] {
  return [
    projections.map(({ name }) => name),
    projections.map(({ version }) => version),
    standing.position.toString(),
    standing.generation,
    ...valuesOf(advance),
  ];
}

/** Compare-and-set: throws when a checkpoint is no longer where this transaction found it. */
export async function advanceCheckpoints(
  runner: QueryRunner,
  projections: readonly AnyProjection[],
  { positions: found }: Checkpoints,
  advance: Advance,
): Promise<void> {
  const lagging = projections.filter(
    ({ name }) => (found.get(name) ?? NOTHING_READ) < advance.position,
  );
  if (lagging.length === 0) return;
  const querying = await prepared(runner);
  const advanced = (await querying.query(
    `update projection_checkpoints c set ${assigned(4)}
     from unnest($1::text[], $2::integer[], $3::numeric[]) as expected(name, version, position)
     where c.name = expected.name and c.version = expected.version
       and coalesce(c.position, -1) = expected.position
     returning c.name`,
    [
      lagging.map(({ name }) => name),
      lagging.map(({ version }) => version),
      lagging.map(({ name }) => (found.get(name) ?? NOTHING_READ).toString()),
      ...valuesOf(advance),
    ],
  )) as unknown[];
  if (advanced.length !== lagging.length) throw new Error('Another projector moved a checkpoint.');
}

export function lowest(positions: Positions): bigint {
  return [...positions.values()].reduce((low, each) => (each < low ? each : low));
}

export function highest(positions: Positions): bigint {
  return [...positions.values()].reduce((high, each) => (each > high ? each : high));
}
