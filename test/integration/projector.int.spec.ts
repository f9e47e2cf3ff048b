import { join } from 'node:path';
import { Client } from 'pg';
import type { DataSource } from 'typeorm';
import { READ_MODELS } from '../../projections/catalogue.js';
import { readSideDataSource } from '../../src/adapters/postgres/data-source.js';
import { CheckpointsMoved, openCatchUp } from '../../src/adapters/postgres/catch-up.js';
import { NOTHING_READ } from '../../src/adapters/postgres/checkpoints.js';
import { Projector } from '../../src/adapters/postgres/projector.js';
import { SchemaTooNew } from '../../src/adapters/postgres/read-model-schema.js';
import { tableSql } from '../../src/adapters/postgres/read-model-indexes.js';
import { ReadModelTable } from '../../src/adapters/postgres/read-model-table.js';
import { BUILD_LIMITS } from '../../src/adapters/postgres/write-behind.js';
import {
  aTradeFromArmToFlat,
  accountOpened,
  instrumentDefined,
  orderPlaced,
  orderRejected,
  positionOpened,
  positionReduced,
  recordedLog,
  stopArmed,
  stopTrailed,
} from '../support/event-builders.js';
import { incompressible } from '../support/incompressible.js';
import { MemoryEventFeed } from '../support/memory-event-feed.js';
import { sharePostgres } from '../support/postgres-fixture.js';
import type { RunningPostgres } from '../support/postgres-fixture.js';
import { until } from '../support/until.js';

const ROOT = join(__dirname, '../..');
const TABLES = READ_MODELS.map(({ name, version }) => `${name}_v${String(version)}`);
const LOG = recordedLog([
  instrumentDefined(),
  accountOpened(),
  ...aTradeFromArmToFlat(1),
  ...aTradeFromArmToFlat(2),
  positionOpened({ positionId: 'P9' }),
  stopArmed({ positionId: 'P9', stopId: 'S9' }),
  stopTrailed({ positionId: 'P9', stopId: 'S9' }),
]);
const WAIT_MS_MAX = 20_000;
/** Facts in a batch: whether there is more to come than this batch. */
const READERS = [
  ['live', 1_000],
  ['behind', 1],
] as const;

/** The table of the version that serves. */
function table(name: string): string {
  return TABLES.find((each) => each.startsWith(`${name}_v`)) ?? name;
}

let postgres: RunningPostgres;
let admin: Client;
let databases = 0;

// Hooks run in their order: the connection has to end before its server.
afterAll(() => admin.end());
sharePostgres('projector', (running) => (postgres = running));
beforeAll(() => {
  admin = new Client(postgres.url);
  return admin.connect();
});

/** An empty database of its own for each test. */
async function freshDatabase(): Promise<string> {
  databases += 1;
  const name = `test_${String(databases)}`;
  await admin.query(`create database ${name}`);
  const url = new URL(postgres.url);
  url.pathname = `/${name}`;
  return url.href;
}

interface Run {
  readonly projector: Projector;
  readonly dataSource: DataSource;
  close(): Promise<void>;
}

async function project(url: string, feed: MemoryEventFeed): Promise<Run> {
  const dataSource = readSideDataSource(url);
  await dataSource.initialize();
  const projector = new Projector({ dataSource, feed, projections: READ_MODELS, rootDir: ROOT });
  const close = async () => {
    await projector.close();
    await dataSource.destroy();
  };
  try {
    await projector.start();
  } catch (error) {
    await close();
    throw error;
  }
  return { projector, dataSource, close };
}

async function projectAll(url: string, feed: MemoryEventFeed): Promise<void> {
  const run = await project(url, feed);
  expect(await run.projector.whenAt(feed.end, WAIT_MS_MAX)).toBe(true);
  await run.close();
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client(url);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function rowsOf(url: string): Promise<Record<string, unknown[]>> {
  const all: Record<string, unknown[]> = {};
  for (const table of TABLES) {
    const rows = await query(url, `select t::text as row from ${table} t order by 1`);
    all[table] = rows.map(({ row }) => row);
  }
  return all;
}

async function checkpointsOf(url: string): Promise<unknown[]> {
  const rows = await query(
    url,
    'select distinct position::text as position from projection_checkpoints',
  );
  return rows.map(({ position }) => position);
}

/** Rows and checkpoints of a log that was read whole, in one go. */
async function expectedAfter(count: number): Promise<Record<string, unknown[]>> {
  const url = await freshDatabase();
  await projectAll(url, new MemoryEventFeed(LOG.slice(0, count), 1_000));
  return rowsOf(url);
}

describe('the projector', () => {
  it('fills every read model and says how far it has read', async () => {
    const url = await freshDatabase();
    const feed = new MemoryEventFeed(LOG);
    await projectAll(url, feed);
    expect(await checkpointsOf(url)).toStrictEqual([feed.end.toString()]);
    expect(
      await query(url, 'select stop_id, status, level::text from open_stops order by stop_id'),
    ).toStrictEqual([
      { stop_id: 'S0001', status: 'closed', level: '81.732' },
      { stop_id: 'S0002', status: 'closed', level: '81.732' },
      { stop_id: 'S9', status: 'armed', level: '81.7222' },
    ]);
    expect(
      await query(
        url,
        `select currency, realised_fifo::text, fees::text, closed_trades from pnl where span = 'all' order by 1`,
      ),
    ).toStrictEqual([
      // Two trades: fees 2 x 0.001 BNB.
      { currency: 'BNB', realised_fifo: '0', fees: '0.002', closed_trades: 0 },
      // 2 x (-7 - 10.5) = -35; fees 2 x 0.32616.
      { currency: 'USDT', realised_fifo: '-35', fees: '0.65232', closed_trades: 2 },
    ]);
  });

  it('gives the same rows when everything is delivered a second time', async () => {
    const url = await freshDatabase();
    await projectAll(url, new MemoryEventFeed(LOG));
    const once = await rowsOf(url);
    const feed = new MemoryEventFeed(LOG);
    const run = await project(url, feed);
    // The first subscription's place is ignored on purpose: the whole log comes again.
    const [together] = (
      run.projector as unknown as {
        groups: { group: { handle: (...args: unknown[]) => Promise<void> } }[];
      }
    ).groups;
    await together?.group.handle({ facts: LOG, position: feed.end, caughtUp: true }, []);
    await run.close();
    expect(await rowsOf(url)).toStrictEqual(once);
  });

  it('writes rows and checkpoint together or not at all', async () => {
    const url = await freshDatabase();
    await projectAll(url, new MemoryEventFeed(LOG.slice(0, 4)));
    const before = await rowsOf(url);
    // A checkpoint that refuses to move: the rows of the same batch must not be there either.
    await query(
      url,
      `alter table projection_checkpoints add constraint stuck check (position <= ${String(LOG[3]!.position)}) not valid`,
    );
    const feed = new MemoryEventFeed(LOG, 1_000);
    const run = await project(url, feed);
    await until('it is in trouble', () => run.projector.status().trouble !== null);
    expect(await rowsOf(url)).toStrictEqual(before);
    expect(await checkpointsOf(url)).toStrictEqual([LOG[3]!.position.toString()]);
    await query(url, 'alter table projection_checkpoints drop constraint stuck');
    expect(await run.projector.whenAt(feed.end, WAIT_MS_MAX)).toBe(true);
    expect(run.projector.status().trouble).toBeNull();
    await run.close();
    expect(await rowsOf(url)).toStrictEqual(await expectedAfter(LOG.length));
  });

  it('goes on exactly where it was stopped, at whatever batch', async () => {
    const expected = await expectedAfter(LOG.length);
    const url = await freshDatabase();
    for (let count = 2; count <= LOG.length + 2; count += 3) {
      await projectAll(url, new MemoryEventFeed(LOG.slice(0, count), 2));
    }
    expect(await rowsOf(url)).toStrictEqual(expected);
  }, 60_000);

  it('goes on after its connections were cut in the middle of a batch', async () => {
    const url = await freshDatabase();
    const feed = new MemoryEventFeed([], 1);
    const run = await project(url, feed);
    for (const fact of LOG) {
      feed.append(fact);
      await admin.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = 'test_${String(databases)}'`,
      );
    }
    expect(await run.projector.whenAt(feed.end, WAIT_MS_MAX)).toBe(true);
    await run.close();
    expect(await rowsOf(url)).toStrictEqual(await expectedAfter(LOG.length));
  }, 60_000);

  it('builds deleted tables again, with the same rows', async () => {
    const url = await freshDatabase();
    await projectAll(url, new MemoryEventFeed(LOG));
    const expected = await rowsOf(url);
    await query(url, `drop table ${table('open_stops')} cascade`);
    await query(url, `delete from ${table('positions')}`);
    await query(url, "delete from projection_checkpoints where name = 'positions'");
    await projectAll(url, new MemoryEventFeed(LOG));
    expect(await rowsOf(url)).toStrictEqual(expected);
    expect(await query(url, 'select count(*)::int as count from open_stops')).toStrictEqual([
      { count: 3 },
    ]);
  });

  it('builds everything again when the database is emptied while it runs', async () => {
    const url = await freshDatabase();
    const feed = new MemoryEventFeed(LOG.slice(0, 10));
    const run = await project(url, feed);
    expect(await run.projector.whenAt(feed.end, WAIT_MS_MAX)).toBe(true);
    await query(url, 'drop schema public cascade; create schema public');
    feed.append(...LOG.slice(10));
    await until('all is read', () => run.projector.status().position === feed.end.toString());
    await run.close();
    expect(await rowsOf(url)).toStrictEqual(await expectedAfter(LOG.length));
  });

  it('lets two projectors on one database do the work of one', async () => {
    const url = await freshDatabase();
    const feeds = [new MemoryEventFeed(LOG, 1), new MemoryEventFeed(LOG, 2)];
    const runs = [await project(url, feeds[0]!), await project(url, feeds[1]!)];
    for (const [index, run] of runs.entries()) {
      expect(await run.projector.whenAt(feeds[index]!.end, WAIT_MS_MAX)).toBe(true);
    }
    for (const run of runs) await run.close();
    expect(await rowsOf(url)).toStrictEqual(await expectedAfter(LOG.length));
  });

  it('throws away what waits in memory when another has moved the checkpoints meanwhile', async () => {
    const url = await freshDatabase();
    const run = await project(url, new MemoryEventFeed([]));
    const needs = {
      ...{
        dataSource: run.dataSource,
        tables: READ_MODELS.map((model) => new ReadModelTable(model)),
      },
      ...{ limits: BUILD_LIMITS, committed: NOTHING_READ, onWritten: () => Promise.resolve() },
    };
    const [one, other] = [await openCatchUp(needs), await openCatchUp(needs)];
    await one.rows.take(LOG.slice(0, 6), LOG[5]!.position);
    await other.rows.take(LOG, LOG.at(-1)!.position);
    await one.rows.settle();
    const after = await rowsOf(url);
    await expect(other.rows.settle()).rejects.toThrow(CheckpointsMoved);
    expect([await rowsOf(url), await checkpointsOf(url)]).toStrictEqual([
      after,
      [LOG[5]!.position.toString()],
    ]);
    const late = openCatchUp({ ...needs, committed: LOG.at(-1)!.position });
    await expect(late).rejects.toThrow(CheckpointsMoved);
    await run.close();
  });

  it.each(READERS)(
    'parks the row of a fact that cannot be applied, and only that row: %s',
    async (_, batchSize) => {
      const log = recordedLog([
        stopTrailed({ stopId: 'NEVER_ARMED' }),
        stopArmed({ stopId: 'S1' }),
        stopTrailed({ stopId: 'NEVER_ARMED' }),
        stopTrailed({ stopId: 'S1' }),
      ]);
      const url = await freshDatabase();
      const feed = new MemoryEventFeed(log, batchSize);
      feed.unreadable.push({
        streamId: 'stop-X',
        revision: 4,
        position: 450n,
        type: 'StopTeleported',
        reason: 'no codec',
      });
      await projectAll(url, feed);
      expect(await query(url, 'select stop_id, trail_moves from open_stops')).toStrictEqual([
        { stop_id: 'S1', trail_moves: 2 },
      ]);
      expect(
        await query(
          url,
          `select projection, row_key, position::text from dead_letters
         where projection in ('open_stops', '') order by position`,
        ),
      ).toStrictEqual([
        { projection: 'open_stops', row_key: 'NEVER_ARMED', position: '100' },
        { projection: 'open_stops', row_key: 'NEVER_ARMED', position: '300' },
        { projection: '', row_key: 'stop-X', position: '450' },
      ]);
    },
  );

  it.each(READERS)('stores any text that a venue may send: %s', async (_, batchSize) => {
    const venueText = 'nul \0, half \ud83d, "quoted" \\u0000 and 😀';
    const log = recordedLog([orderPlaced(), orderRejected({ reason: 'other', venueText })]);
    const url = await freshDatabase();
    await projectAll(url, new MemoryEventFeed(log, batchSize));
    expect(await query(url, 'select reason from orders')).toStrictEqual([
      { reason: 'other: nul \uFFFD, half \uFFFD, "quoted" \\u0000 and 😀' },
    ]);
  });

  it.each(READERS)(
    'parks a row that the database refuses, and goes on with the others: %s',
    async (_, batchSize) => {
      const log = recordedLog([
        stopArmed({ stopId: incompressible(10_000) }),
        stopArmed({ stopId: 'S2' }),
      ]);
      const url = await freshDatabase();
      const feed = new MemoryEventFeed(log, batchSize);
      await projectAll(url, feed);
      expect(await query(url, 'select stop_id from open_stops')).toStrictEqual([{ stop_id: 'S2' }]);
      expect(
        await query(url, "select type from dead_letters where projection = 'open_stops'"),
      ).toStrictEqual([{ type: 'StopArmed' }]);
    },
  );

  it.each(READERS)('parks a row that an index alone refuses: %s', async (_, batchSize) => {
    const log = recordedLog([
      stopArmed({ stopId: 'S1', accountId: incompressible(10_000) }),
      stopArmed({ stopId: 'S2' }),
    ]);
    const url = await freshDatabase();
    await projectAll(url, new MemoryEventFeed(log, batchSize));
    expect(await query(url, 'select stop_id from open_stops')).toStrictEqual([{ stop_id: 'S2' }]);
    const parked = "select row_key from dead_letters where projection = 'open_stops'";
    expect(await query(url, parked)).toStrictEqual([{ row_key: 'S1' }]);
  });

  it('makes every index of a table that it fills and counts its rows, after a stop before the end of the log, too', async () => {
    const url = await freshDatabase();
    const feed = new MemoryEventFeed(LOG, 4);
    await (await project(url, feed)).close();
    const run = await project(url, feed);
    const counted = `select reltuples::integer as rows from pg_class where relname = '${table('open_stops')}'`;
    await until('its rows are counted', async () => (await query(url, counted))[0]?.['rows'] === 3);
    await run.close();
    const sizes = READ_MODELS.map(async (model) => (await tableSql(model, ROOT)).indexes.size);
    const inFiles = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    const all = `select count(*)::int as indexes from pg_indexes where tablename in ('${TABLES.join("', '")}')`;
    // With the keys, and the one that keeps a stop from having two steps of one revision.
    expect(await query(url, all)).toStrictEqual([{ indexes: inFiles + TABLES.length + 1 }]);
  });

  it('parks every row that a fact would have touched, over a restart, too', async () => {
    // A time beyond what a date holds: not even the day that it belongs to can be told.
    const broken = positionReduced({ feeCurrency: 'BNB', at: 9e15 });
    const log = recordedLog([positionOpened(), broken, positionReduced()]);
    const url = await freshDatabase();
    await projectAll(url, new MemoryEventFeed(log.slice(0, 2)));
    await projectAll(url, new MemoryEventFeed(log));
    const parked = await query(
      url,
      "select row_key, position::text from dead_letters where projection = 'pnl' order by 2, 1",
    );
    expect(parked).toStrictEqual([
      { row_key: 'position-P1', position: '200' },
      { row_key: 'demo|BINANCE:LTCUSDT|USDT|all', position: '300' },
      { row_key: 'demo|BINANCE:LTCUSDT|USDT|day|2025-06-21', position: '300' },
      { row_key: 'demo|BINANCE:LTCUSDT|USDT|week|2025-06-16', position: '300' },
    ]);
    expect(await query(url, 'select exits from pnl group by 1')).toStrictEqual([{ exits: 0 }]);
  });

  it('refuses a database that a newer program has written', async () => {
    const url = await freshDatabase();
    await projectAll(url, new MemoryEventFeed(LOG));
    await query(url, "insert into projection_checkpoints (name, version) values ('orders', 99)");
    await expect(project(url, new MemoryEventFeed(LOG))).rejects.toThrow(SchemaTooNew);
    await query(url, 'delete from projection_checkpoints where version = 99');
    await query(
      url,
      "insert into schema_migrations (timestamp, name) values (9999999999999, 'FromTheFuture')",
    );
    await expect(project(url, new MemoryEventFeed(LOG))).rejects.toThrow(SchemaTooNew);
  });

  it('fills a raised version beside the old one and then shows it', async () => {
    const url = await freshDatabase();
    await projectAll(url, new MemoryEventFeed(LOG));
    const expected = await rowsOf(url);
    // What an older program would have left: another table under a lower version, still serving.
    await query(
      url,
      `create table pnl_v0 (pnl_id text primary key);
       insert into pnl_v0 values ('old');
       drop view pnl; create view pnl as select * from pnl_v0;
       drop table ${table('pnl')};
       delete from projection_checkpoints where name = 'pnl';
       insert into projection_checkpoints (name, version, position, serving)
         values ('pnl', 0, ${String(LOG.at(-1)!.position)}, true)`,
    );
    const run = await project(url, new MemoryEventFeed(LOG, 1));
    expect(await run.projector.whenAt(LOG.at(-1)!.position, WAIT_MS_MAX)).toBe(true);
    await until(
      'the old table is gone',
      async () =>
        (await query(url, "select to_regclass('pnl_v0') is null as gone"))[0]?.['gone'] === true,
    );
    await run.close();
    expect(await rowsOf(url)).toStrictEqual(expected);
    expect(await query(url, 'select count(*)::int as count from pnl')).toStrictEqual([
      { count: 6 },
    ]);
  });
});
