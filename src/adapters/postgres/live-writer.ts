import type { DataSource, QueryRunner } from 'typeorm';
import type { FactBatch } from '../../application/ports/event-feed.port.js';
import type { Fact } from '../../domain/facts.js';
import type { Recorded } from '../../domain/kernel/event.js';
import { ADVANCE_IF_OURS, ifOursValues } from './checkpoints.js';
import type { Standing } from './checkpoints.js';
import { concerns, foldSteps, stepsOf } from './fact-application.js';
import type { Parking } from './parking.js';
import { prepared } from './prepared.js';
import type { ReadModelTable } from './read-model-table.js';
import { RowCache } from './row-cache.js';
import type { RowChanges } from './row-cache.js';
import { storableJson } from './row-codec.js';

// Over all tables, before those that were not asked for lately are forgotten: some 1 kB each.
const ROWS_KEPT_MAX = 5_000;
const IF_OURS = '(select yes from ours)';

interface Attempt {
  readonly batch: FactBatch;
  readonly parking: Parking;
  readonly standing: Standing;
}

/**
 * Writes the rows of a batch and moves the checkpoints in one statement, and remembers the rows: what a live reader waits
 * for is mostly the way to the server and back, which a transaction of several statements goes eight times.
 *
 * The statement does nothing unless all checkpoints stand where the group left them and nobody holds them. Then, and where
 * a fact cannot be folded, the batch is left to whoever locks first and looks again.
 */
export class LiveWriter {
  private caches = new Map<ReadModelTable, RowCache>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly tables: readonly ReadModelTable[],
  ) {}

  /** For when somebody else has written. */
  forget(): void {
    this.caches = new Map();
  }

  /** Returns how many facts the read models took; undefined when nothing was written. */
  async write(attempt: Attempt): Promise<number | undefined> {
    const runner = this.dataSource.createQueryRunner();
    let taken: number | undefined;
    try {
      taken = await this.tryWrite(runner, attempt);
      return taken;
    } finally {
      if (taken === undefined) this.forget();
      else this.forgetSome();
      await runner.release();
    }
  }

  private async tryWrite(
    runner: QueryRunner,
    { batch, parking, standing }: Attempt,
  ): Promise<number | undefined> {
    const projections = this.tables.map(({ projection }) => projection);
    const newest = batch.facts.at(-1);
    const values = [...ifOursValues(projections, standing, { position: batch.position, newest })];
    const parts = [ADVANCE_IF_OURS];
    const put = (value: unknown) => `$${String(values.push(value))}`;
    let taken = 0;
    for (const table of this.tables) {
      const facts = batch.facts.filter((fact) => concerns(table.projection, fact));
      if (facts.length === 0) continue;
      taken += facts.length;
      const changes = await this.fold({ runner, table, parking }, facts);
      if (!changes) return undefined;
      const { rows, gone } = changes;
      const [example] = rows;
      if (example) {
        const sql = await table.upsertSql(runner, example, put(storableJson(rows)), IF_OURS);
        parts.push(`${table.name}_put as (${sql})`);
      }
      if (gone.length > 0) {
        parts.push(`${table.name}_gone as (${table.deleteSql(put(gone))} and ${IF_OURS})`);
      }
    }
    const sql = `${parts.join(', ')} select yes from ours`;
    const [answer] = (await (await prepared(runner)).query(sql, values)) as { yes: boolean }[];
    return answer?.yes === true ? taken : undefined;
  }

  /** Undefined when one of the facts has to be parked. */
  private async fold(
    { runner, table, parking }: { runner: QueryRunner; table: ReadModelTable; parking: Parking },
    facts: readonly Recorded<Fact>[],
  ): Promise<RowChanges | undefined> {
    const { projection } = table;
    const steps = stepsOf(projection, facts);
    const rows = this.cacheOf(table);
    const unknown = rows.unknown(steps.flatMap(({ keys }) => keys));
    rows.admit(await table.load(await prepared(runner), unknown));
    const parked = foldSteps({ projection, parking, rows }, steps);
    return parked.length > 0 ? undefined : rows.changes();
  }

  private cacheOf(table: ReadModelTable): RowCache {
    let cache = this.caches.get(table);
    if (!cache) {
      cache = new RowCache(table.projection.isAppendOnly ? 'appended' : 'part');
      this.caches.set(table, cache);
    }
    return cache;
  }

  private forgetSome(): void {
    const kept = [...this.caches.values()].reduce((sum, { size }) => sum + size, 0);
    if (kept <= ROWS_KEPT_MAX) return;
    for (const cache of this.caches.values()) cache.trim();
  }
}
