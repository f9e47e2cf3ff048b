import type { DataSource, QueryRunner } from 'typeorm';
import { ReadSideUnavailable } from '../../application/ports/read-side.port.js';
import { AS_OF } from './list-sql.js';
import type { Statement } from './list-sql.js';
import { answering } from './postgres-errors.js';
import type { StoredRow } from './row-codec.js';

/** Exports hold a connection for as long as their reader takes: the others are for everybody else. */
const EXPORTS_MAX = 2;
const ROWS_AT_A_TIME = 500;
/** A reader that takes nothing for so long is gone. */
const READER_IDLE_MS_MAX = 60_000;

interface OpenExport {
  readonly asOfPosition: string;
  readonly rows: AsyncIterable<readonly StoredRow[]>;
}

/**
 * Lists read whole: all rows come from one moment, and memory holds some hundreds of them however many there are.
 * An export is open (a connection, a transaction, a cursor of the database) → read to its end or given up → closed.
 */
export class ListExports {
  private open_ = 0;

  constructor(private readonly dataSource: DataSource) {}

  /** Throws `ReadSideUnavailable` when there are too many. Whoever opens one reads it or returns from it. */
  async open(model: string, list: Statement): Promise<OpenExport> {
    if (this.open_ >= EXPORTS_MAX) {
      throw new ReadSideUnavailable(`${String(EXPORTS_MAX)} exports are under way already.`);
    }
    this.open_ += 1;
    const runner = this.dataSource.createQueryRunner();
    try {
      await runner.startTransaction('REPEATABLE READ');
      await runner.query(
        `set local idle_in_transaction_session_timeout = ${String(READER_IDLE_MS_MAX)}`,
      );
      const [dated] = (await runner.query(AS_OF, [model])) as StoredRow[];
      await runner.query(`declare export no scroll cursor for ${list.sql}`, [...list.values]);
      return {
        asOfPosition: dated?.['as_of_position'] as string,
        rows: this.read(runner),
      };
    } catch (error) {
      await this.close(runner);
      throw error;
    }
  }

  private async *read(runner: QueryRunner): AsyncGenerator<readonly StoredRow[]> {
    try {
      for (;;) {
        const rows = (await answering(() =>
          runner.query(`fetch ${String(ROWS_AT_A_TIME)} from export`),
        )) as StoredRow[];
        if (rows.length > 0) yield rows;
        if (rows.length < ROWS_AT_A_TIME) return;
      }
    } finally {
      await this.close(runner);
    }
  }

  private async close(runner: QueryRunner): Promise<void> {
    this.open_ -= 1;
    // Nothing was written: whether the end is told to the database is of no consequence.
    await runner.rollbackTransaction().catch(() => undefined);
    await runner.release();
  }
}
