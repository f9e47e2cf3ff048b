import { READ_MODELS } from '../../projections/catalogue.js';
import { LIST_SOURCES } from '../../src/adapters/postgres/list-sources.js';
import { Projector } from '../../src/adapters/postgres/projector.js';
import { readSideDataSource } from '../../src/adapters/postgres/data-source.js';
import { fillTable } from './large-tables.js';
import { MemoryEventFeed } from './memory-event-feed.js';
import { seedCluster, startPostgres, temporaryFolder } from './postgres-fixture.js';
import { LONG_LISTS, lookedAt, plannedQueries } from './query-plans.js';
import { join } from 'node:path';

export interface PlanProof {
  readonly queries: number;
  /** Queries that read a table from end to end, or far more rows than they answer. */
  readonly dear: readonly string[];
  readonly slowestMs: number;
}

/**
 * Asks the database how it finds the rows of every list of the API, with so many rows in each table. Where the order has
 * an index and the filter is rare, it may pass over `rowsTakenMax` of them: that grows with how rare, not with the table.
 */
export async function provePlans(rows: number, rowsTakenMax: number): Promise<PlanProof> {
  const folder = temporaryFolder('plans');
  await seedCluster(folder.path);
  const postgres = await startPostgres(folder.path);
  const database = readSideDataSource(postgres.url);
  try {
    await database.initialize();
    const projector = new Projector({
      dataSource: database,
      feed: new MemoryEventFeed([]),
      projections: READ_MODELS,
      rootDir: join(__dirname, '../..'),
    });
    await projector.start();
    await projector.close();
    const models = new Map(
      (Object.keys(LONG_LISTS) as (keyof typeof LONG_LISTS)[]).map((list) => [
        LIST_SOURCES[list].model,
        LIST_SOURCES[list].key,
      ]),
    );
    const filling = database.createQueryRunner();
    // One statement for each table: the timeout is for queries.
    await filling.query('set statement_timeout = 0');
    for (const [model, key] of models) await fillTable(filling, model, key, rows);
    await filling.release();
    const queries = plannedQueries(rows);
    const dear: string[] = [];
    let slowestMs = 0;
    for (const { name, statement, rowsTakenMax: own } of queries) {
      const { scanned, rows: taken, ms } = await lookedAt(database, statement);
      const large = scanned.filter((table) => !/checkpoints|dead_letters|accounts/.test(table));
      if (large.length > 0) dear.push(`${name}: reads all of ${large.join(', ')}`);
      else if (taken > (own ?? rowsTakenMax)) dear.push(`${name}: takes up ${String(taken)} rows`);
      slowestMs = Math.max(slowestMs, ms);
    }
    return { queries: queries.length, dear, slowestMs };
  } finally {
    await database.destroy();
    await postgres.stop();
    folder.remove();
  }
}
