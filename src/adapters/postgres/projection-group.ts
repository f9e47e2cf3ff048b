import { setTimeout as delay } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import type { AnyProjection } from '../../../projections/projection.js';
import type {
  EventFeed,
  FactBatch,
  FactSubscription,
  UnreadableRecord,
} from '../../application/ports/event-feed.port.js';
import { CheckpointsMoved, openCatchUp } from './catch-up.js';
import type { CatchUp } from './catch-up.js';
import { NOTHING_READ, advanceCheckpoints, lockCheckpoints, lowest } from './checkpoints.js';
import type { Standing, Witness } from './checkpoints.js';
import { applyOneByOne, applyTogether, concerns } from './fact-application.js';
import { LiveWriter } from './live-writer.js';
import { Parking, parkedRecord, writeDeadLetters } from './parking.js';
import type { ParkedFact } from './parking.js';
import { isDataError, isMissingTable } from './postgres-errors.js';
import { emptyReadModels, prepareSchema, switchCaughtUp } from './read-model-schema.js';
import { addIndexes, countRows } from './read-model-indexes.js';
import { ReadModelTable } from './read-model-table.js';
import { inTransaction } from './transaction.js';
import { BACKLOG_LIMITS, BUILD_LIMITS } from './write-behind.js';
import type { WriteBehindLimits } from './write-behind.js';

export interface GroupNeeds {
  readonly dataSource: DataSource;
  readonly feed: EventFeed;
  readonly projections: readonly AnyProjection[];
  /** Folder that holds `projections/` with its `*.table.sql` files. */
  readonly rootDir: string;
  /** Told what an operator should know and nobody has to mend. */
  readonly onNotice?: (line: string) => void;
  /** Of what waits in memory while the group is behind. */
  readonly limits?: WriteBehindLimits;
}

export interface GroupStatus {
  readonly position: bigint;
  readonly caughtUp: boolean;
  readonly trouble: string | null;
  readonly factsApplied: number;
  /** When the store took the newest fact that was applied; undefined before the first. */
  readonly newestRecordedAt: number | undefined;
  readonly parkedIn: (projection: string) => number;
}

interface Waiter {
  readonly position: bigint;
  readonly resolve: (arrived: boolean) => void;
}

const RETRY_MS_MIN = 50;
const RETRY_MS_MAX = 5_000;

/**
 * Fills read models that stand at the same place: one subscription, and rows and checkpoints in one transaction; for
 * each batch while it is live, for many batches at once while it is behind.
 *
 * Modes: idle → reading → closed. Within `reading`, a batch that fails is tried again for ever with back-off (nothing
 * is skipped), steps that fail while it is behind are read again from where the database stands, a database found behind what was committed (deleted, restored from a backup) makes it read again from there,
 * and a log that does not hold what the rows were made from makes it read that log from its start.
 */
export class ProjectionGroup {
  private readonly tables: readonly ReadModelTable[];
  private readonly live: LiveWriter;
  private readonly closing = new AbortController();
  private readonly waiters = new Set<Waiter>();
  private subscription: FactSubscription | undefined;
  /** Rises with every subscription: what an earlier one still delivers is ignored. */
  private generation = 0;
  private position = NOTHING_READ;
  private parking = Parking.empty();
  private caughtUp = false;
  private wasCaughtUp = false;
  private trouble: string | null = null;
  private factsApplied = 0;
  private newestRecordedAt: number | undefined;
  private switchesOpen = 0;
  private isIndexed = false;
  private parkedGeneration = 0;
  /** Of all checkpoints, as the newest batch left them; undefined when they may differ. */
  private standing: Standing | undefined;
  private witness: Witness | undefined;
  /** While it is behind. */
  private catchUp: CatchUp | undefined;
  private mustReadAgain = false;
  /** Up to here facts are applied batch by batch: among them is one that the database does not take. */
  private carefulUntil = NOTHING_READ;

  constructor(private readonly needs: GroupNeeds) {
    this.tables = needs.projections.map((projection) => new ReadModelTable(projection));
    this.live = new LiveWriter(needs.dataSource, this.tables);
  }

  /** The schema is prepared. */
  async start(): Promise<void> {
    await this.switchReady();
    await this.subscribe();
  }

  async close(): Promise<void> {
    this.closing.abort();
    this.generation += 1;
    await this.subscription?.close();
    await this.catchUp?.rows.end();
    for (const waiter of this.waiters) waiter.resolve(false);
    this.waiters.clear();
  }

  status(): GroupStatus {
    const { position, caughtUp, trouble, factsApplied, newestRecordedAt } = this;
    return {
      position,
      caughtUp,
      trouble,
      factsApplied,
      newestRecordedAt,
      parkedIn: (name) => this.parking.countOf(name),
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
    this.isIndexed = false;
    await this.switchReady();
  }

  private async switchReady(): Promise<void> {
    const { dataSource, projections, rootDir } = this.needs;
    this.switchesOpen = await switchCaughtUp(dataSource, projections, rootDir);
  }

  /** At the first sight of the end of the log: whatever was filled from nothing has its rows now, all but the last. */
  private async index(): Promise<readonly string[]> {
    const { dataSource, projections, rootDir } = this.needs;
    try {
      return await addIndexes(dataSource, projections, rootDir);
    } catch (error) {
      if (!isDataError(error)) throw error;
      // A row that an index does not take is parked where the fact is applied: all of them, once more, with the indexes.
      await emptyReadModels(dataSource, projections);
      return addIndexes(dataSource, projections, rootDir);
    }
  }

  private async subscribe(): Promise<void> {
    const { projections, feed } = this.needs;
    await inTransaction(this.needs.dataSource, async (runner) => {
      const checkpoints = await lockCheckpoints(runner, projections);
      this.position = lowest(checkpoints.positions);
      this.witness = checkpoints.witness;
      this.parkedGeneration = checkpoints.generation;
      this.parking = await Parking.load(runner);
    });
    this.closing.signal.throwIfAborted();
    this.caughtUp = false;
    this.standing = undefined;
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
        await this.checkLog();
        if (this.mustReadAgain || (await this.pass(batch, unreadable, careful)) === 'behind')
          await this.readAgain();
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

  /** Returns `behind` when the database has less than what was committed to it before. */
  private async pass(
    batch: FactBatch,
    unreadable: readonly UnreadableRecord[],
    careful: boolean,
  ): Promise<'applied' | 'behind'> {
    if (batch.caughtUp && !this.isIndexed) return this.passFirst(batch, unreadable, careful);
    const isLate = !batch.caughtUp && batch.position > this.carefulUntil;
    if (!isLate && !this.catchUp && !careful && unreadable.length === 0) {
      if (await this.writeAtOnce(batch)) return 'applied';
    }
    this.standing = undefined;
    this.live.forget();
    if (isLate || this.catchUp) return this.fallIn(batch, unreadable);
    const outcome = await this.apply(batch, unreadable, careful);
    if (outcome === 'applied') await this.arrived(batch);
    return outcome;
  }

  /** The batch that reaches the end of the log. */
  private async passFirst(
    batch: FactBatch,
    unreadable: readonly UnreadableRecord[],
    careful: boolean,
  ): Promise<'applied' | 'behind'> {
    const filled = await this.index();
    this.isIndexed = true;
    const outcome = await this.pass(batch, unreadable, careful);
    await countRows(this.needs.dataSource, filled);
    return outcome;
  }

  /** Returns false when nothing was written. */
  private async writeAtOnce(batch: FactBatch): Promise<boolean> {
    const { standing, parking } = this;
    // Until the outcome is known nobody knows where they stand.
    this.standing = undefined;
    if (!standing || batch.position <= standing.position) return false;
    const taken = await this.live.write({ batch, parking, standing });
    if (taken === undefined) return false;
    this.standing = { ...standing, position: batch.position };
    this.factsApplied += taken;
    await this.arrived(batch);
    return true;
  }

  /** Folds a batch in memory, to be written with others. What fails is read again: nothing of it is kept. */
  private async fallIn(
    batch: FactBatch,
    unreadable: readonly UnreadableRecord[],
  ): Promise<'applied' | 'behind'> {
    try {
      this.catchUp ??= await this.openCatchUp();
      const { rows, parking } = this.catchUp;
      await rows.take(batch.facts, batch.position, unreadable.map(parkedRecord));
      if (!batch.caughtUp) return 'applied';
      await rows.settle();
      this.parking = parking;
      this.catchUp = undefined;
      return 'applied';
    } catch (error) {
      const failed = this.catchUp;
      this.catchUp = undefined;
      this.mustReadAgain = true;
      await failed?.rows.end();
      if (error instanceof CheckpointsMoved) return 'behind';
      if (isDataError(error)) this.carefulUntil = batch.position;
      throw error;
    }
  }

  private openCatchUp(): Promise<CatchUp> {
    const { dataSource, limits } = this.needs;
    const usual = this.wasCaughtUp ? BACKLOG_LIMITS : BUILD_LIMITS;
    return openCatchUp({
      ...{ dataSource, tables: this.tables, limits: limits ?? usual },
      committed: this.position,
      onWritten: ({ position, newest, factsApplied, isLast }) => {
        this.factsApplied += factsApplied;
        return this.arrived({ position, facts: newest ? [newest] : [], caughtUp: isLast });
      },
    });
  }

  /** Once for each subscription, when the log answers: does it hold the fact that was applied last? */
  private async checkLog(): Promise<void> {
    const { witness } = this;
    if (!witness) return;
    const stream = await this.needs.feed.readStream(witness.streamId);
    const isThere = stream.some(
      ({ revision, eventId }) => revision === witness.revision && eventId === witness.eventId,
    );
    this.witness = undefined;
    if (isThere) return;
    const { streamId, revision } = witness;
    this.needs.onNotice?.(
      `the log is not the one that the tables were made from (${streamId} has no such event ${String(revision)}): building them again`,
    );
    await emptyReadModels(this.needs.dataSource, this.needs.projections);
  }

  private async recover(error: unknown, attempt: number): Promise<void> {
    if (isMissingTable(error)) {
      // Whoever dropped it may also have stopped the server: the next attempt finds out.
      await this.prepare().catch(() => undefined);
    }
    const waitMs = Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** Math.min(attempt, 10));
    await delay(waitMs, undefined, { signal: this.closing.signal });
  }

  private async apply(
    batch: FactBatch,
    unreadable: readonly UnreadableRecord[],
    careful: boolean,
  ): Promise<'applied' | 'behind'> {
    const { projections } = this.needs;
    const parked: ParkedFact[] = [];
    let applied = 0;
    let standing: Standing | undefined;
    const outcome = await inTransaction(this.needs.dataSource, async (runner) => {
      const checkpoints = await lockCheckpoints(runner, projections);
      const from = lowest(checkpoints.positions);
      if (from < this.position) return 'behind';
      if (checkpoints.generation !== this.parkedGeneration) {
        this.parking = await Parking.load(runner);
        this.parkedGeneration = checkpoints.generation;
      }
      for (const table of this.tables) {
        const own = checkpoints.positions.get(table.projection.name) ?? NOTHING_READ;
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
      const { position, facts } = batch;
      const isLevel = [...checkpoints.positions.values()].every((each) => each <= position);
      if (isLevel) standing = { position, generation: checkpoints.generation };
      await advanceCheckpoints(runner, projections, checkpoints, {
        position,
        newest: facts.at(-1),
      });
      return 'applied';
    });
    if (outcome === 'applied') {
      this.standing = standing;
      this.parking.remember(parked);
      this.factsApplied += applied;
    }
    return outcome;
  }

  private async arrived({ position, facts, caughtUp }: FactBatch): Promise<void> {
    if (position > this.position) this.position = position;
    this.caughtUp = caughtUp;
    this.wasCaughtUp ||= caughtUp;
    this.newestRecordedAt = facts.at(-1)?.recordedAt ?? this.newestRecordedAt;
    for (const waiter of this.waiters) {
      if (waiter.position <= this.position) waiter.resolve(true);
    }
    if (this.switchesOpen > 0) await this.switchReady();
  }

  private async readAgain(): Promise<void> {
    const old = this.subscription;
    await this.subscribe();
    this.mustReadAgain = false;
    // Not awaited: it may wait for the very handler that asks for this. The generation keeps it silent.
    void old?.close();
  }
}
