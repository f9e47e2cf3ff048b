import type { DataSource } from 'typeorm';
import type { AnyProjection } from '../../../projections/projection.js';
import type { EventFeed, FactBatch } from '../../application/ports/event-feed.port.js';
import type { Fact } from '../../domain/facts.js';
import type { Recorded } from '../../domain/kernel/event.js';
import { NOTHING_READ } from './checkpoints.js';
import { applyOneByOne, concerns } from './fact-application.js';
import { Parking } from './parking.js';
import type { ParkedFact } from './parking.js';
import { isDataError } from './postgres-errors.js';
import { countRows, makeIndexes, sideBySide, tableSql } from './read-model-indexes.js';
import { ReadModelTable, tableName } from './read-model-table.js';
import { inTransaction } from './transaction.js';
import { BUILD_LIMITS, WriteBehind } from './write-behind.js';
import type { WriteBehindLimits } from './write-behind.js';

export interface BuildNeeds {
  readonly dataSource: DataSource;
  readonly feed: EventFeed;
  readonly projections: readonly AnyProjection[];
  /** Folder that holds `projections/` with its `*.table.sql` files. */
  readonly rootDir: string;
  readonly onProgress?: (progress: BuildProgress) => void;
  /** Of what waits in memory. */
  readonly limits?: WriteBehindLimits;
}

export interface BuildProgress {
  readonly position: bigint;
  /** Facts of the log that were looked at, whether or not they concern the read model. */
  readonly factsRead: number;
}

/** A fact cannot be applied: the tables that serve stay. */
export class BuildFailed extends Error {}

/** A read model and the table that is made beside its own. */
export interface Shadow {
  readonly of: AnyProjection;
  readonly table: ReadModelTable;
}

/**
 * Read models that are folded anew from one reading of the log, each into a table beside the one that serves.
 *
 * idle ──prepare──► empty ──readUntil──► … ──► renamed by whoever needs them, or dropped
 *
 * They are filled in large steps. Where the database refuses a row, they are filled once more from the start, fact by
 * fact, so that this row alone is parked.
 */
export class ShadowBuild {
  readonly shadows: readonly Shadow[];
  position = NOTHING_READ;
  newest: Recorded<Fact> | undefined;
  private parked: ParkedFact[] = [];
  private parking = Parking.empty();
  private factsRead = 0;
  private rows: WriteBehind | undefined;
  private isCareful = false;
  private isIndexed = false;

  constructor(
    private readonly needs: BuildNeeds,
    private readonly purpose: 'rebuild' | 'verify',
  ) {
    this.shadows = needs.projections.map((of) => ({
      of,
      table: new ReadModelTable({ ...of, name: shadowName(of, purpose) }),
    }));
  }

  /** Under the names of the read models themselves. */
  get parkedFacts(): readonly ParkedFact[] {
    const names = new Map(this.shadows.map(({ of, table }) => [table.projection.name, of.name]));
    return this.parked.map((fact) => ({
      ...fact,
      projection: names.get(fact.projection) ?? fact.projection,
    }));
  }

  get hasParked(): boolean {
    return this.parked.length > 0;
  }

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

  /** Folds the log from where it stands, facts up to `limit` only, until the condition holds. */
  async readUntil(isThere: (batch: FactBatch) => boolean, limit?: bigint): Promise<void> {
    try {
      await this.read(isThere, limit);
      await this.rows?.settle();
      await this.addIndexes();
    } catch (error) {
      await this.rows?.end();
      if (this.isCareful || !isDataError(error)) throw error;
      await this.beginAgain();
      await this.read(isThere, limit);
    }
  }

  private async beginAgain(): Promise<void> {
    this.isCareful = true;
    this.position = NOTHING_READ;
    this.newest = undefined;
    this.factsRead = 0;
    this.parked = [];
    this.parking = Parking.empty();
    await this.prepare();
    await this.addIndexes();
  }

  /** Once they are filled, and only for those who will ask them questions. */
  private async addIndexes(): Promise<void> {
    const { dataSource, rootDir } = this.needs;
    if (this.isIndexed || this.purpose === 'verify') return;
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

  private read(isThere: (batch: FactBatch) => boolean, limit: bigint | undefined): Promise<void> {
    return new Promise((done, fail) => {
      let isOver = false;
      const end = (settle: () => void) => {
        isOver = true;
        // Not within the handler, whose end the subscription waits for.
        setImmediate(() => void subscription.close().then(settle, fail));
      };
      const after = this.position === NOTHING_READ ? 'start' : this.position;
      const subscription = this.needs.feed.subscribe(after, async (batch) => {
        if (isOver) return;
        try {
          await this.take(batch, limit);
          if (isThere(batch)) end(done);
        } catch (error) {
          end(() => fail(error instanceof Error ? error : new Error(String(error))));
        }
      });
    });
  }

  private async take(batch: FactBatch, limit: bigint | undefined): Promise<void> {
    const within = batch.facts.filter(
      (fact) => fact.position > this.position && (limit === undefined || fact.position <= limit),
    );
    const isBeyond = limit !== undefined && batch.position > limit;
    const position = isBeyond ? limit : batch.position;
    if (this.isCareful) await this.applyCarefully(within);
    else await (await this.open()).take(within, position);
    this.newest = within.at(-1) ?? this.newest;
    this.factsRead += within.length;
    this.position = position;
    this.needs.onProgress?.({ position: this.position, factsRead: this.factsRead });
  }

  private async open(): Promise<WriteBehind> {
    const { dataSource, limits } = this.needs;
    this.rows ??= await WriteBehind.open(
      {
        ...{ dataSource, parking: this.parking, limits: limits ?? BUILD_LIMITS },
        tables: this.shadows.map(({ table }) => ({ table, after: NOTHING_READ })),
        commit: async (write, { parked }) => {
          await inTransaction(dataSource, write);
          this.parked.push(...parked);
        },
      },
      this.position,
    );
    return this.rows;
  }

  private async applyCarefully(facts: readonly Recorded<Fact>[]): Promise<void> {
    const { parking } = this;
    const parked = await inTransaction(this.needs.dataSource, async (runner) => {
      const all: ParkedFact[] = [];
      for (const { table } of this.shadows) {
        const own = facts.filter((fact) => concerns(table.projection, fact));
        all.push(...(await applyOneByOne({ runner, table, parking }, own)));
      }
      return all;
    });
    this.parking.remember(parked);
    this.parked.push(...parked);
  }
}

function shadowName({ name }: AnyProjection, purpose: string): string {
  return `${name}_${purpose}`;
}
