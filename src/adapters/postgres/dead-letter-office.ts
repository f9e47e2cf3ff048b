import type { DataSource, QueryRunner } from 'typeorm';
import type { AnyProjection } from '../../../projections/projection.js';
import type { EventFeed } from '../../application/ports/event-feed.port.js';
import type { Fact } from '../../domain/facts.js';
import type { Recorded } from '../../domain/kernel/event.js';
import { lockCheckpoints } from './checkpoints.js';
import { applyOneByOne } from './fact-application.js';
import { Parking, writeDeadLetters } from './parking.js';
import { ReadModelTable } from './read-model-table.js';
import type { DeadLetter } from './registry-entities.js';
import { decodeRow } from './row-codec.js';
import { inTransaction } from './transaction.js';

export interface Retried {
  /** Facts that could be applied now. */
  readonly applied: number;
  /** Facts that still cannot, or that wait behind one. */
  readonly parked: number;
}

const LETTERS_MAX = 10_000; // a listing is for people; a retry takes all

/** What could not be applied, oldest first. */
export async function deadLetters(dataSource: DataSource): Promise<readonly DeadLetter[]> {
  const rows: Record<string, unknown>[] = await dataSource.query(
    `select projection, row_key, position::text as position, stream_id, revision, type, reason, payload, parked_at
     from dead_letters order by dead_letters.position, projection, row_key limit ${String(LETTERS_MAX)}`,
  );
  return rows.map((row) => decodeRow(row) as unknown as DeadLetter);
}

/**
 * Applies what is parked of one read model once more, in the order of the log, each fact as the log holds it now. What
 * still fails is parked again, with what waits behind it. The projector waits meanwhile, and takes note afterwards.
 */
export function retryDeadLetters(
  needs: { readonly dataSource: DataSource; readonly feed: EventFeed },
  projection: AnyProjection,
): Promise<Retried> {
  return inTransaction(needs.dataSource, async (runner) => {
    await lockCheckpoints(runner, [projection]);
    const facts = await parkedFacts(runner, needs.feed, projection);
    await runner.query('delete from dead_letters where projection = $1', [projection.name]);
    const table = new ReadModelTable(projection);
    const parked = await applyOneByOne({ runner, table, parking: Parking.empty() }, facts);
    await writeDeadLetters(runner, parked);
    await runner.query(
      'update projection_checkpoints set generation = generation + 1 where name = $1 and version = $2',
      [projection.name, projection.version],
    );
    const still = new Set(parked.map(({ position }) => position)).size;
    return { applied: facts.length - still, parked: still };
  });
}

/** Throws when the log no longer holds one of them: what came of it cannot be told. */
async function parkedFacts(
  runner: QueryRunner,
  feed: EventFeed,
  { name }: AnyProjection,
): Promise<readonly Recorded<Fact>[]> {
  const letters = (await runner.query(
    `select distinct position, position::text as at, stream_id, revision from dead_letters
     where projection = $1 order by position`,
    [name],
  )) as { at: string; stream_id: string; revision: number }[];
  const streams = new Map<string, readonly Recorded<Fact>[]>();
  const facts: Recorded<Fact>[] = [];
  for (const { at, stream_id: streamId, revision } of letters) {
    const stream = streams.get(streamId) ?? (await feed.readStream(streamId));
    streams.set(streamId, stream);
    const fact = stream.find((each) => each.revision === revision);
    if (!fact)
      throw new Error(`${streamId}@${String(revision)} is not in the log: rebuild ${name}`);
    // A read of a stream need not tell places in the whole log.
    facts.push({ ...fact, position: BigInt(at) });
  }
  return facts;
}
