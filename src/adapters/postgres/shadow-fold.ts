import type { DataSource } from 'typeorm';
import type {
  EventFeed,
  FactBatch,
  FactSubscription,
} from '../../application/ports/event-feed.port.js';
import type { Fact } from '../../domain/facts.js';
import type { Recorded } from '../../domain/kernel/event.js';
import { isInShare } from './build-share.js';
import type { BuildShare } from './build-share.js';
import type { BuildProgress, Builder, Built, Goal } from './builder.js';
import { NOTHING_READ } from './checkpoints.js';
import type { Witness } from './checkpoints.js';
import { applyOneByOne, concerns } from './fact-application.js';
import { Parking } from './parking.js';
import type { ParkedFact } from './parking.js';
import { isDataError } from './postgres-errors.js';
import type { Shadow } from './shadow-tables.js';
import { inTransaction } from './transaction.js';
import { BUILD_LIMITS, WriteBehind } from './write-behind.js';
import type { WriteBehindLimits } from './write-behind.js';

export interface ShadowFoldNeeds {
  readonly dataSource: DataSource;
  readonly feed: EventFeed;
  /** Their tables are there, and empty. */
  readonly shadows: readonly Shadow[];
  /** The rows that it folds. Missing: all of them. */
  readonly share?: BuildShare;
  /** Fact by fact, so that only the row is parked that the database refuses. It folds everything, not a share. */
  readonly isCareful: boolean;
  readonly endsAtParked: boolean;
  readonly onProgress?: ((progress: BuildProgress) => void) | undefined;
  /** Of what waits in memory. */
  readonly limits?: WriteBehindLimits | undefined;
}

/**
 * Folds the log from its start into empty tables, in large steps.
 *
 * open ──readTo──► … ──readTo──► …; refused by the database: to be thrown away with its tables.
 */
export class ShadowFold implements Builder {
  private position = NOTHING_READ;
  private newest: Witness | undefined;
  private readonly parked: ParkedFact[] = [];
  private readonly parking = Parking.empty();
  private factsRead = 0;
  private rows: WriteBehind | undefined;
  private subscription: FactSubscription | undefined;

  constructor(private readonly needs: ShadowFoldNeeds) {}

  async readTo(goal: Goal): Promise<Built> {
    if (goal !== 'end' && this.position >= goal) return this.built(false);
    try {
      await this.read(goal);
      await this.rows?.settle();
      return this.built(false);
    } catch (error) {
      await this.rows?.end();
      if (this.needs.isCareful || !isDataError(error)) throw error;
      return this.built(true);
    }
  }

  async close(): Promise<void> {
    await this.subscription?.close();
    await this.rows?.end();
  }

  private built(isRefused: boolean): Built {
    const { position, newest } = this;
    const names = new Map(
      this.needs.shadows.map(({ of, table }) => [table.projection.name, of.name]),
    );
    const parked = this.parked.map((fact) => ({
      ...fact,
      projection: names.get(fact.projection) ?? fact.projection,
    }));
    return { position, newest, parked, isRefused };
  }

  private read(goal: Goal): Promise<void> {
    return new Promise((done, fail) => {
      let isOver = false;
      const after = this.position === NOTHING_READ ? 'start' : this.position;
      const subscription = this.needs.feed.subscribe(after, async (batch) => {
        if (isOver) return;
        try {
          await this.take(batch, goal);
          if (this.isThere(batch, goal)) end(done);
        } catch (error) {
          end(() => fail(error instanceof Error ? error : new Error(String(error))));
        }
      });
      this.subscription = subscription;
      const end = (settle: () => void) => {
        isOver = true;
        // Not within the handler, whose end the subscription waits for.
        setImmediate(() => void subscription.close().then(settle, fail));
      };
    });
  }

  private isThere({ position, caughtUp }: FactBatch, goal: Goal): boolean {
    if (this.needs.endsAtParked && this.parked.length > 0) return true;
    return caughtUp || (goal !== 'end' && position >= goal);
  }

  private async take(batch: FactBatch, goal: Goal): Promise<void> {
    const within = batch.facts.filter(
      ({ position }) => position > this.position && (goal === 'end' || position <= goal),
    );
    const isBeyond = goal !== 'end' && batch.position > goal;
    const position = isBeyond ? goal : batch.position;
    if (this.needs.isCareful) await this.applyCarefully(within);
    else await (await this.open()).take(within, position);
    const newest = within.at(-1);
    if (newest) this.newest = witnessOf(newest);
    this.factsRead += within.length;
    this.position = position;
    this.needs.onProgress?.({ position, factsRead: this.factsRead });
  }

  private async open(): Promise<WriteBehind> {
    const { dataSource, shadows, share, limits } = this.needs;
    this.rows ??= await WriteBehind.open(
      {
        ...{ dataSource, parking: this.parking, limits: limits ?? BUILD_LIMITS, areNew: true },
        tables: shadows.map(({ of, table }) => ({
          ...{ table, after: NOTHING_READ },
          takes: share && ((keys) => isInShare(share, of, keys)),
        })),
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
      for (const { table } of this.needs.shadows) {
        const own = facts.filter((fact) => concerns(table.projection, fact));
        all.push(...(await applyOneByOne({ runner, table, parking }, own)));
      }
      return all;
    });
    this.parking.remember(parked);
    this.parked.push(...parked);
  }
}

function witnessOf({ streamId, revision, eventId }: Recorded<Fact>): Witness {
  return { streamId, revision, eventId };
}
