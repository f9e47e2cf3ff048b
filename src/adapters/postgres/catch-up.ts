import type { DataSource } from 'typeorm';
import { NOTHING_READ, advanceCheckpoints, lockCheckpoints, lowest } from './checkpoints.js';
import type { Checkpoints } from './checkpoints.js';
import { Parking, writeDeadLetters } from './parking.js';
import type { ReadModelTable } from './read-model-table.js';
import { inTransaction } from './transaction.js';
import { WriteBehind } from './write-behind.js';
import type { WriteBehindLimits, Written } from './write-behind.js';

/** Somebody else has moved the checkpoints since they were read, or the database has lost them: what is in memory is void. */
export class CheckpointsMoved extends Error {}

export interface CatchUpNeeds {
  readonly dataSource: DataSource;
  readonly tables: readonly ReadModelTable[];
  readonly limits: WriteBehindLimits;
  /** What was committed before: a database that has less has lost it. */
  readonly committed: bigint;
  /** Called after each commit. */
  readonly onWritten: (written: Written) => Promise<void>;
}

export interface CatchUp {
  readonly rows: WriteBehind;
  readonly parking: Parking;
  readonly generation: number;
}

/** Rows in memory, whose steps move the checkpoints of their read models, compare-and-set. Throws `CheckpointsMoved`. */
export async function openCatchUp(needs: CatchUpNeeds): Promise<CatchUp> {
  const { dataSource, tables, limits, committed, onWritten } = needs;
  const projections = tables.map(({ projection }) => projection);
  const { found, parking } = await inTransaction(dataSource, async (runner) => ({
    found: await lockCheckpoints(runner, projections),
    parking: await Parking.load(runner),
  }));
  const start = lowest(found.positions);
  if (start < committed) throw new CheckpointsMoved('The database has lost what was written.');
  let expected = found;
  const afterOf = (name: string) => found.positions.get(name) ?? NOTHING_READ;
  const rows = await WriteBehind.open(
    {
      ...{ dataSource, parking, limits },
      tables: tables.map((table) => ({ table, after: afterOf(table.projection.name) })),
      commit: async (write, written) => {
        expected = await inTransaction(dataSource, async (runner) => {
          const now = await lockCheckpoints(runner, projections);
          refuseMoved(now, expected);
          await write(runner);
          await writeDeadLetters(runner, written.parked);
          await advanceCheckpoints(runner, projections, now, written);
          return advanced(now, written.position);
        });
        await onWritten(written);
      },
    },
    start,
  );
  return { rows, parking, generation: found.generation };
}

function refuseMoved(now: Checkpoints, expected: Checkpoints): void {
  const isSame = [...expected.positions].every(([name, at]) => now.positions.get(name) === at);
  if (isSame && now.generation === expected.generation) return;
  throw new CheckpointsMoved('Somebody else has moved the checkpoints.');
}

function advanced({ positions, ...others }: Checkpoints, position: bigint): Checkpoints {
  const farther = [...positions].map(
    ([name, at]) => [name, at > position ? at : position] as const,
  );
  return { ...others, positions: new Map(farther) };
}
