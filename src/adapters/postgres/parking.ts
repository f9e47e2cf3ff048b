import type { QueryRunner } from 'typeorm';
import type { UnreadableRecord } from '../../application/ports/event-feed.port.js';
import type { DeadLetter } from './registry-entities.js';
import { storable } from './row-codec.js';

export type ParkedFact = Omit<DeadLetter, 'parkedAt'>;

/** No read model: the record could not even be read. */
const NO_PROJECTION = '';
const REASON_LENGTH_MAX = 2_000;

/** The rows that wait for a human, by read model. One fact that cannot be applied parks every later one of its row. */
export class Parking {
  private constructor(private readonly keys: Set<string>) {}

  static empty(): Parking {
    return new Parking(new Set());
  }

  static async load(runner: QueryRunner): Promise<Parking> {
    const rows = (await runner.query('select distinct projection, row_key from dead_letters')) as {
      projection: string;
      row_key: string;
    }[];
    return new Parking(new Set(rows.map((row) => `${row.projection}/${row.row_key}`)));
  }

  copy(): Parking {
    return new Parking(new Set(this.keys));
  }

  get size(): number {
    return this.keys.size;
  }

  holds(projection: string, rowKey: string): boolean {
    return this.keys.has(`${projection}/${rowKey}`);
  }

  /** Rows of one read model that wait. */
  countOf(projection: string): number {
    return [...this.keys].filter((key) => key.startsWith(`${projection}/`)).length;
  }

  remember(facts: readonly ParkedFact[]): void {
    for (const { projection, rowKey } of facts) this.keys.add(`${projection}/${rowKey}`);
  }
}

export function parkedRecord(record: UnreadableRecord): ParkedFact {
  const { streamId, revision, position, type, reason } = record;
  return {
    projection: NO_PROJECTION,
    rowKey: streamId,
    position: position.toString(),
    streamId,
    revision,
    type,
    reason,
    payload: null,
  };
}

export async function writeDeadLetters(
  runner: QueryRunner,
  facts: readonly ParkedFact[],
): Promise<void> {
  if (facts.length === 0) return;
  const column = (of: (fact: ParkedFact) => string) => facts.map((fact) => storable(of(fact)));
  await runner.query(
    `insert into dead_letters (projection, row_key, position, stream_id, revision, type, reason, payload)
     select * from unnest($1::text[], $2::text[], $3::numeric[], $4::text[], $5::integer[], $6::text[], $7::text[], $8::text[])
     on conflict do nothing`,
    [
      column((fact) => fact.projection),
      column((fact) => fact.rowKey),
      column((fact) => fact.position),
      column((fact) => fact.streamId),
      facts.map((fact) => fact.revision),
      column((fact) => fact.type),
      column((fact) => fact.reason.slice(0, REASON_LENGTH_MAX)),
      facts.map(({ payload }) => payload && storable(payload)),
    ],
  );
}
