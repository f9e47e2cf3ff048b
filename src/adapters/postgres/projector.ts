import { setTimeout as delay } from 'node:timers/promises';
import type { DataSource, QueryRunner } from 'typeorm';
import type { AnyProjection } from '../../../projections/projection.js';
import type {
  EventFeed,
  FactBatch,
  FactSubscription,
  UnreadableRecord,
} from '../../application/ports/event-feed.port.js';
import type { ProjectorStatus } from '../../application/ports/read-side.port.js';
import { NOTHING_READ, advanceCheckpoints, lockCheckpoints, lowest } from './checkpoints.js';
import { applyOneByOne, applyTogether, concerns } from './fact-application.js';
import { Parking, parkedRecord, writeDeadLetters } from './parking.js';
import type { ParkedFact } from './parking.js';
import { isDataError, isMissingTable } from './postgres-errors.js';
import { prepareSchema, switchCaughtUp } from './read-model-schema.js';
import { ReadModelTable } from './read-model-table.js';

export interface ProjectorNeeds {
  readonly dataSource: DataSource;
  readonly feed: EventFeed;
  readonly projections: readonly AnyProjection[];
  /** Folder that holds `projections/` with its `*.table.sql` files. */
  readonly rootDir: string;
}

interface Waiter {
  readonly position: bigint;
  readonly resolve: (arrived: boolean) => void;
}

const RETRY_MS_MIN = 50;
const RETRY_MS_MAX = 5_000;

/**
 * Fills the read models from the log: one subscription, and for each batch rows and checkpoints in one transaction.
 *
 * Modes: idle → reading → closed. Within `reading`, a batch that fails is tried again for ever with back-off (nothing
 * is skipped), and a database found behind what was committed (deleted, restored from a backup) makes it read again from there.
 */
export class Projector {
  private readonly tables: readonly ReadModelTable[];
  private readonly closing = new AbortController();
  private readonly waiters = new Set<Waiter>();
  private subscription: FactSubscription | undefined;
  /** Rises with every subscription: what an earlier one still delivers is ignored. */
  private generation = 0;
  private position = NOTHING_READ;
  private parking = Parking.empty();
  private caughtUp = false;
  private trouble: string | null = null;
  private factsApplied = 0;
  private switchesOpen = 0;

  constructor(private readonly needs: ProjectorNeeds) {
    this.tables = needs.projections.map((projection) => new ReadModelTable(projection));
  }

  /** Throws `SchemaTooNew`, and whatever keeps the database from being prepared. */
  async start(): Promise<void> {
    await this.prepare();
    await this.subscribe();
  }

  async close(): Promise<void> {
    this.closing.abort();
    this.generation += 1;
    await this.subscription?.close();
    for (const waiter of this.waiters) waiter.resolve(false);
    this.waiters.clear();
  }

  status(): ProjectorStatus {
    return {
      position: this.position.toString(),
      caughtUp: this.caughtUp,
      trouble: this.trouble,
      factsApplied: this.factsApplied,
      parked: this.parking.size,
    };
  }

  /** Resolves with false when the position was not reached in time. */
  async whenAt(position: bigint, timeoutMs: number): Promise<boolean> {
    if (this.position >= position) return true;
    if (this.closing.signal.aborted) return false;
    return new Promise((done) => {
      const waiter: Waiter = {
        position,
        resolve: (arrived) => {
          clearTimeout(timer);
          this.waiters.delete(waiter);
          done(arrived);
        },
      };
      const timer = setTimeout(() => waiter.resolve(false), timeoutMs);
      this.waiters.add(waiter);
    });
  }

  private async prepare(): Promise<void> {
    const { dataSource, projections, rootDir } = this.needs;
    await prepareSchema(dataSource, projections, rootDir);
    this.switchesOpen = await switchCaughtUp(dataSource, projections);
  }

  private async subscribe(): Promise<void> {
    const { projections, feed } = this.needs;
    await this.inTransaction(async (runner) => {
      this.position = lowest(await lockCheckpoints(runner, projections));
      this.parking = await Parking.load(runner);
    });
    this.closing.signal.throwIfAborted();
    this.caughtUp = false;
    this.generation += 1;
    const { generation } = this;
    const after = this.position === NOTHING_READ ? 'start' : this.position;
    this.subscription = feed.subscribe(after, (batch, unreadable) =>
      generation === this.generation ? this.handle(batch, unreadable) : Promise.resolve(),
    );
  }

  private async handle(batch: FactBatch, unreadable: readonly UnreadableRecord[]): Promise<void> {
    let careful = false;
    for (let attempt = 0; ; attempt += 1) {
      this.closing.signal.throwIfAborted();
      try {
        const outcome = await this.apply(batch, unreadable, careful);
        if (outcome === 'behind') await this.readAgain();
        else await this.arrived(batch);
        this.trouble = null;
        return;
      } catch (error) {
        this.trouble = error instanceof Error ? error.message : String(error);
        this.caughtUp = false;
        careful ||= isDataError(error);
        await this.recover(error, attempt);
      }
    }
  }

  private async recover(error: unknown, attempt: number): Promise<void> {
    if (isMissingTable(error)) {
      // Whoever dropped it may also have stopped the server: the next attempt finds out.
      await this.prepare().catch(() => undefined);
    }
    const waitMs = Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** Math.min(attempt, 10));
    await delay(waitMs, undefined, { signal: this.closing.signal });
  }

  /** Returns `behind` when the database has less than what was committed to it before. */
  private async apply(
    batch: FactBatch,
    unreadable: readonly UnreadableRecord[],
    careful: boolean,
  ): Promise<'applied' | 'behind'> {
    const { projections } = this.needs;
    const parked: ParkedFact[] = [];
    let applied = 0;
    const outcome = await this.inTransaction(async (runner) => {
      const checkpoints = await lockCheckpoints(runner, projections);
      const from = lowest(checkpoints);
      if (from < this.position) return 'behind';
      for (const table of this.tables) {
        const own = checkpoints.get(table.projection.name) ?? NOTHING_READ;
        const facts = batch.facts.filter(
          (fact) => fact.position > own && concerns(table.projection, fact),
        );
        if (facts.length === 0) continue;
        const application = { runner, table, parking: this.parking };
        const how = careful ? applyOneByOne : applyTogether;
        parked.push(...(await how(application, facts)));
        applied += facts.length;
      }
      parked.push(...unreadable.filter((each) => each.position > from).map(parkedRecord));
      await writeDeadLetters(runner, parked);
      await advanceCheckpoints(runner, projections, checkpoints, batch.position);
      return 'applied';
    });
    if (outcome === 'applied') {
      this.parking.remember(parked);
      this.factsApplied += applied;
    }
    return outcome;
  }

  private async arrived(batch: FactBatch): Promise<void> {
    if (batch.position > this.position) this.position = batch.position;
    this.caughtUp = batch.caughtUp;
    for (const waiter of this.waiters) {
      if (waiter.position <= this.position) waiter.resolve(true);
    }
    if (this.switchesOpen === 0) return;
    this.switchesOpen = await switchCaughtUp(this.needs.dataSource, this.needs.projections);
  }

  private async readAgain(): Promise<void> {
    const old = this.subscription;
    await this.subscribe();
    // Not awaited: it may wait for the very handler that asks for this. The generation keeps it silent.
    void old?.close();
  }

  private async inTransaction<T>(work: (runner: QueryRunner) => Promise<T>): Promise<T> {
    const runner = this.needs.dataSource.createQueryRunner();
    try {
      await runner.startTransaction();
      const result = await work(runner);
      await runner.commitTransaction();
      return result;
    } catch (error) {
      await runner.rollbackTransaction().catch(() => undefined);
      throw error;
    } finally {
      await runner.release();
    }
  }
}
