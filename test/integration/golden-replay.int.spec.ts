import { join } from 'node:path';
import { READ_MODELS } from '../../projections/catalogue.js';
import { readSideDataSource } from '../../src/adapters/postgres/data-source.js';
import { Projector } from '../../src/adapters/postgres/projector.js';
import type { WriteBehindLimits } from '../../src/adapters/postgres/write-behind.js';
import { rowsFoldedFrom } from '../support/golden-rows.js';
import { MemoryEventFeed } from '../support/memory-event-feed.js';
import { sharePostgres } from '../support/postgres-fixture.js';
import type { RunningPostgres } from '../support/postgres-fixture.js';
import { rebuildUnderKills, storedRows } from '../support/rebuild-under-kills.js';
import { recordedStream } from '../support/recorded-stream.js';

const NAME = 'demo-day';
const LOG = recordedStream(NAME);
const GOLDEN = rowsFoldedFrom(LOG);
const WAIT_MS_MAX = 20_000;

async function projected(
  postgres: RunningPostgres,
  count: number,
  options: { readonly batch?: number; readonly limits?: WriteBehindLimits } = {},
): Promise<void> {
  const dataSource = readSideDataSource(postgres.url);
  await dataSource.initialize();
  const { batch = 50, limits } = options;
  const feed = new MemoryEventFeed(LOG.slice(0, count), batch);
  const projector = new Projector({
    ...{ dataSource, feed, projections: READ_MODELS, rootDir: join(__dirname, '../..') },
    ...(limits && { limits }),
  });
  await projector.start();
  expect(await projector.whenAt(feed.end, WAIT_MS_MAX)).toBe(true);
  await projector.close();
  await dataSource.destroy();
}

async function run(postgres: RunningPostgres, sql: string): Promise<void> {
  const dataSource = readSideDataSource(postgres.url);
  await dataSource.initialize();
  await dataSource.query(sql);
  await dataSource.destroy();
}

describe('a recorded log in PostgreSQL', () => {
  let postgres: RunningPostgres;

  sharePostgres('golden', (running) => (postgres = running));

  it('gives the golden rows, also when it was stopped and its tables deleted on the way', async () => {
    const half = Math.floor(LOG.length / 2);
    await projected(postgres, half);
    await projected(postgres, LOG.length);
    expect(await storedRows(postgres.url)).toStrictEqual(GOLDEN);
    await run(postgres, 'drop schema public cascade; create schema public');
    await projected(postgres, half);
    await run(postgres, 'drop view pnl; delete from projection_checkpoints where name = $$pnl$$');
    await projected(postgres, LOG.length);
    expect(await storedRows(postgres.url)).toStrictEqual(GOLDEN);
  }, 60_000);

  // Every row forgotten after each write, none before the end, and something between.
  it.each([
    { factsMax: 1, waitMsMax: 0, keptLengthMax: 0 },
    { factsMax: 30, waitMsMax: 60_000, keptLengthMax: 5_000 },
    { factsMax: LOG.length, waitMsMax: 60_000, keptLengthMax: Infinity },
  ])('gives them with whatever waits in memory on the way: %o', async (limits) => {
    await run(postgres, 'drop schema public cascade; create schema public');
    await projected(postgres, Math.floor(LOG.length / 3), { batch: 7, limits });
    await projected(postgres, LOG.length, { batch: 7, limits });
    expect(await storedRows(postgres.url)).toStrictEqual(GOLDEN);
  });
});

it('gives the golden rows however often projector and PostgreSQL are killed meanwhile', async () => {
  const { rows, projectorKills, postgresKills } = await rebuildUnderKills(NAME, 2, 20_251_121);
  expect(rows).toStrictEqual(GOLDEN);
  expect([projectorKills, postgresKills]).toStrictEqual([1, 1]);
}, 120_000);
