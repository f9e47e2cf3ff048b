import type { DataSource, QueryRunner } from 'typeorm';
import type { Fact } from '../../domain/facts.js';
import type { Recorded } from '../../domain/kernel/event.js';
import { concerns, foldSteps, stepsOf } from './fact-application.js';
import type { ParkedFact, Parking } from './parking.js';
import { emptyTables } from './read-model-table.js';
import type { ReadModelTable } from './read-model-table.js';
import { RowCache } from './row-cache.js';

export interface WriteBehindLimits {
  /** Facts whose rows may wait in memory. */
  readonly factsMax: number;
  /** How long they wait for others once the step before is written, while more facts come. */
  readonly waitMsMax: number;
  /** Text of rows that are kept for facts to come, over all tables. */
  readonly keptLengthMax: number;
}

export const BUILD_LIMITS: WriteBehindLimits = {
  factsMax: 5_000,
  waitMsMax: 250,
  keptLengthMax: 16 * 1024 * 1024,
};

/** For a reader that was live and has only fallen behind: somebody is looking at these rows. */
export const BACKLOG_LIMITS: WriteBehindLimits = { ...BUILD_LIMITS, waitMsMax: 20 };

/** What one write holds besides rows. */
export interface Written {
  readonly position: bigint;
  readonly newest: Recorded<Fact> | undefined;
  readonly parked: readonly ParkedFact[];
  /** Facts that some read model took. */
  readonly factsApplied: number;
  /** Nothing waits behind it. */
  readonly isLast: boolean;
}

/** A table to be filled. */
export interface Filled {
  readonly table: ReadModelTable;
  /** The position that its rows stand at. */
  readonly after: bigint;
  /** Whether the rows that a fact touches are ours to fold. Missing: all are. */
  readonly takes?: ((keys: readonly string[]) => boolean) | undefined;
}

export interface WriteBehindNeeds {
  readonly dataSource: DataSource;
  readonly tables: readonly Filled[];
  /** The tables are new: whatever is in them by now others have written, beside us. */
  readonly areNew?: true;
  readonly parking: Parking;
  readonly limits: WriteBehindLimits;
  /** Runs the write in one transaction with whatever is to move with it. */
  readonly commit: (
    write: (runner: QueryRunner) => Promise<void>,
    written: Written,
  ) => Promise<void>;
}

interface Filling extends Filled {
  readonly cache: RowCache;
  copiedRows: number;
  copiedLength: number;
}

const ROW_LENGTH_GUESS = 1_000;

/**
 * Folds facts into rows in memory and writes them in large steps, so that a row which many facts touch is written once,
 * and the next facts are folded while PostgreSQL takes the last ones. For a reader that is behind: nothing that is folded
 * is visible before its step is committed.
 *
 * open ──take──► open … ──settle──► everything is written; any failure ──► broken: to be thrown away, and read again
 * from what the database holds.
 */
export class WriteBehind {
  private readonly fillings: Filling[] = [];
  private readonly fillingsByType = new Map<string, readonly Filling[]>();
  private position: bigint;
  private newest: Recorded<Fact> | undefined;
  private parked: ParkedFact[] = [];
  private factsApplied = 0;
  private waiting = 0;
  private isWriting = false;
  private writing: Promise<void> = Promise.resolve();
  private writtenAtMs = performance.now();

  private constructor(
    private readonly needs: WriteBehindNeeds,
    start: bigint,
  ) {
    this.position = start;
  }

  static async open(needs: WriteBehindNeeds, start: bigint): Promise<WriteBehind> {
    const behind = new WriteBehind(needs, start);
    const tables = needs.tables.map(({ table }) => table);
    const empty = await emptyTables(needs.dataSource, tables);
    for (const filled of needs.tables) {
      const { name, projection } = filled.table;
      const held = (needs.areNew ?? empty.has(name)) ? 'whole' : 'part';
      const cache = new RowCache(projection.isAppendOnly ? 'appended' : held);
      behind.fillings.push({ ...filled, cache, copiedRows: 0, copiedLength: 0 });
    }
    return behind;
  }

  /** Resolves when the next facts may come. Rejects when this step or one before it could not be written. */
  async take(
    facts: readonly Recorded<Fact>[],
    position: bigint,
    parked: readonly ParkedFact[] = [],
  ): Promise<void> {
    for (const [filling, own] of this.dealt(facts)) await this.fold(filling, own);
    this.parked.push(...parked);
    this.needs.parking.remember(parked);
    this.newest = facts.at(-1) ?? this.newest;
    this.position = position;
    this.waiting += facts.length;
    const { factsMax, waitMsMax } = this.needs.limits;
    const isLate = !this.isWriting && performance.now() - this.writtenAtMs >= waitMsMax;
    if (isLate || this.waiting >= factsMax) await this.write(false);
  }

  /** Resolves when everything that was taken is committed. */
  async settle(): Promise<void> {
    await this.write(true);
    await this.writing;
  }

  /** Waits until nothing is written any more, however it ends. */
  async end(): Promise<void> {
    await this.writing.catch(() => undefined);
  }

  /** The facts that each read model takes. */
  private dealt(facts: readonly Recorded<Fact>[]): ReadonlyMap<Filling, Recorded<Fact>[]> {
    const dealt = new Map<Filling, Recorded<Fact>[]>();
    for (const fact of facts) {
      for (const filling of this.concerned(fact)) {
        if (fact.position <= filling.after) continue;
        const own = dealt.get(filling);
        if (own) own.push(fact);
        else dealt.set(filling, [fact]);
      }
    }
    return dealt;
  }

  private concerned(fact: Recorded<Fact>): readonly Filling[] {
    const { type } = fact.event;
    let fillings = this.fillingsByType.get(type);
    if (!fillings) {
      fillings = this.fillings.filter(({ table }) => concerns(table.projection, fact));
      this.fillingsByType.set(type, fillings);
    }
    return fillings;
  }

  private async fold(filling: Filling, own: readonly Recorded<Fact>[]): Promise<void> {
    const { table, cache, takes } = filling;
    const { projection } = table;
    const { dataSource, parking } = this.needs;
    const all = stepsOf(projection, own);
    const steps = takes ? all.filter(({ keys }) => takes(keys)) : all;
    const unknown = cache.unknown(steps.flatMap(({ keys }) => keys));
    cache.admit(await table.load(dataSource, unknown));
    const parked = foldSteps({ projection, parking, rows: cache }, steps);
    parking.remember(parked);
    this.parked.push(...parked);
    this.factsApplied += own.length;
  }

  /** Waits for the write before, and begins the next. */
  private async write(isLast: boolean): Promise<void> {
    await this.writing;
    this.forgetSome();
    const { position, newest, parked, factsApplied } = this;
    const changes = this.fillings.map((filling) => ({ filling, rows: filling.cache.changes() }));
    this.parked = [];
    this.factsApplied = 0;
    this.waiting = 0;
    this.isWriting = true;
    const write = async (runner: QueryRunner) => {
      for (const { filling, rows } of changes) {
        filling.copiedLength += await filling.table.copy(runner, rows);
        filling.copiedRows += rows.rows.length;
      }
    };
    this.writing = this.needs.commit(write, {
      ...{ position, newest, parked, factsApplied, isLast },
    });
    // A failure is told to whoever comes next: nobody may be waiting now.
    void this.writing
      .catch(() => undefined)
      .then(() => {
        this.isWriting = false;
        this.writtenAtMs = performance.now();
      });
  }

  private forgetSome(): void {
    const length = this.fillings.reduce(
      (sum, { cache, copiedRows, copiedLength }) =>
        sum + cache.size * (copiedRows === 0 ? ROW_LENGTH_GUESS : copiedLength / copiedRows),
      0,
    );
    if (length <= this.needs.limits.keptLengthMax) return;
    for (const { cache } of this.fillings) cache.trim();
  }
}
