import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { READ_MODELS } from '../../projections/catalogue.js';
import type { AnyProjection } from '../../projections/projection.js';
import type { Fact } from '../../src/domain/facts.js';
import type { Recorded } from '../../src/domain/kernel/event.js';
import { readSideDataSource } from '../../src/adapters/postgres/data-source.js';
import { deadLetters, retryDeadLetters } from '../../src/adapters/postgres/dead-letter-office.js';
import { Projector } from '../../src/adapters/postgres/projector.js';
import { ReadModelQueries } from '../../src/adapters/postgres/read-model-queries.js';
import { tableName } from '../../src/adapters/postgres/read-model-table.js';
import { rebuild } from '../../src/adapters/postgres/rebuild.js';
import { BuildFailed } from '../../src/adapters/postgres/shadow-build.js';
import { verify } from '../../src/adapters/postgres/verification.js';
import {
  aTradeFromArmToFlat,
  accountOpened,
  d,
  instrumentDefined,
  positionOpened,
  recordedLog,
  stopArmed,
  stopCancelled,
  stopTrailed,
} from '../support/event-builders.js';
import { incompressible } from '../support/incompressible.js';
import { MemoryEventFeed } from '../support/memory-event-feed.js';
import { sharePostgres } from '../support/postgres-fixture.js';
import type { RunningPostgres } from '../support/postgres-fixture.js';
import { until } from '../support/until.js';

const OPEN_STOPS = table('open_stops');

const ROOT = join(__dirname, '../..');
const WAIT_MS_MAX = 20_000;
const FACTS = [
  instrumentDefined(),
  accountOpened(),
  ...aTradeFromArmToFlat(1),
  ...aTradeFromArmToFlat(2),
  positionOpened({ positionId: 'P9' }),
  stopArmed({ positionId: 'P9', stopId: 'S9' }),
];
const LATER = [stopTrailed({ positionId: 'P9', stopId: 'S9' })];
const ALL = recordedLog([...FACTS, ...LATER]);
const LOG = ALL.slice(0, FACTS.length);
const MORE = ALL.slice(FACTS.length);

let postgres: RunningPostgres;
let databases = 0;

sharePostgres('upkeep', (running) => (postgres = running));

interface World {
  readonly dataSource: DataSource;
  readonly feed: MemoryEventFeed;
  readonly notices: string[];
  projector: Projector;
  sql(text: string): Promise<Record<string, unknown>[]>;
  /** The rows of a table as text: every digit counts. */
  rows(table: string): Promise<unknown[]>;
  close(): Promise<void>;
}

async function world(facts: readonly Recorded<Fact>[] = LOG, batchSize = 3): Promise<World> {
  databases += 1;
  const admin = readSideDataSource(postgres.url);
  await admin.initialize();
  await admin.query(`create database upkeep_${String(databases)}`);
  await admin.destroy();
  const url = new URL(postgres.url);
  url.pathname = `/upkeep_${String(databases)}`;
  const dataSource = readSideDataSource(url.href);
  await dataSource.initialize();
  const feed = new MemoryEventFeed(facts, batchSize);
  const notices: string[] = [];
  const made: World = {
    dataSource,
    feed,
    notices,
    projector: await running(dataSource, feed, notices),
    sql: (text) => dataSource.query(text),
    rows: async (table) => {
      const rows = await dataSource.query<{ row: string }[]>(
        `select t::text as row from ${table} t order by 1`,
      );
      return rows.map(({ row }) => row);
    },
    close: async () => {
      await made.projector.close();
      await dataSource.destroy();
    },
  };
  return made;
}

async function running(dataSource: DataSource, feed: MemoryEventFeed, notices: string[]) {
  const projector = new Projector({
    dataSource,
    feed,
    projections: READ_MODELS,
    rootDir: ROOT,
    onNotice: (line) => notices.push(line),
  });
  await projector.start();
  expect(await projector.whenAt(feed.end, WAIT_MS_MAX)).toBe(true);
  return projector;
}

async function inWorld(
  use: (world: World) => Promise<void>,
  facts: readonly Recorded<Fact>[] = LOG,
): Promise<void> {
  const made = await world(facts);
  try {
    await use(made);
  } finally {
    await made.close();
  }
}

function model(name: string): AnyProjection {
  const found = READ_MODELS.find((each) => each.name === name);
  if (!found) throw new Error(name);
  return found;
}

/** The table of the version that serves. */
function table(name: string): string {
  return tableName(model(name));
}

function needs({ dataSource, feed }: World, name: string) {
  return { dataSource, feed, projection: model(name), rootDir: ROOT };
}

describe('a rebuild', () => {
  it('puts the same rows in place, under the same names', () =>
    inWorld(async (at) => {
      const before = await at.rows('trades');
      const indexes = `select indexname from pg_indexes where tablename = '${table('trades')}' order by 1`;
      const names = await at.sql(indexes);
      expect(names).not.toHaveLength(0);
      for (let time = 0; time < 2; time += 1) {
        const built = await rebuild(needs(at, 'trades'), { isLenient: false });
        expect(built).toStrictEqual({ position: at.feed.end, rows: 3, parked: 0 });
      }
      expect(await at.rows('trades')).toStrictEqual(before);
      expect(await at.sql(indexes)).toStrictEqual(names);
    }));

  it('mends what somebody changed, and the projector goes on with it', () =>
    inWorld(async (at) => {
      const before = await at.rows('open_stops');
      await at.sql(
        `update ${OPEN_STOPS} set level = 1; delete from ${OPEN_STOPS} where stop_id = 'S0001'`,
      );
      await rebuild(needs(at, 'open_stops'), { isLenient: false });
      expect(await at.rows('open_stops')).toStrictEqual(before);
      at.feed.append(...MORE);
      expect(await at.projector.whenAt(at.feed.end, WAIT_MS_MAX)).toBe(true);
      expect(await at.sql("select trail_moves from open_stops where stop_id = 'S9'")).toStrictEqual(
        [{ trail_moves: 2 }],
      );
    }));

  it('never shows a half: a reader sees every row all the time', () =>
    inWorld(async (at) => {
      const counts = new Set<unknown>();
      const over = new AbortController();
      const reading = (async () => {
        while (!over.signal.aborted)
          counts.add((await at.sql('select count(*)::int as n from trades'))[0]?.['n']);
      })();
      for (let time = 0; time < 5; time += 1) {
        await rebuild(needs(at, 'trades'), { isLenient: false });
      }
      over.abort();
      await reading;
      expect([...counts]).toStrictEqual([3]);
    }));

  it('is strict: one fact that cannot be applied, and the old table stays', () =>
    inWorld(
      async (at) => {
        await at.sql(`update ${OPEN_STOPS} set level = 1 where stop_id = 'S9'`);
        const before = await at.rows(OPEN_STOPS);
        await expect(rebuild(needs(at, 'open_stops'), { isLenient: false })).rejects.toThrow(
          /^StopTrailed \(stop-LOST@0, position \d+\) cannot be applied: .*a stop is armed before/,
        );
        expect(await at.rows(OPEN_STOPS)).toStrictEqual(before);
        const shadows = "select tablename from pg_tables where tablename like '%rebuild%'";
        expect(await at.sql(shadows)).toStrictEqual([]);
        const lenient = await rebuild(needs(at, 'open_stops'), { isLenient: true });
        expect(lenient.parked).toBe(1);
        expect(await deadLetters(at.dataSource)).toMatchObject([
          { projection: 'open_stops', rowKey: 'LOST', type: 'StopTrailed' },
        ]);
      },
      recordedLog([...FACTS, stopTrailed({ positionId: 'P9', stopId: 'LOST' })]),
    ));

  it('parks nothing but the row that the database refuses', () =>
    inWorld(
      async (at) => {
        const before = await at.rows(OPEN_STOPS);
        const built = await rebuild(needs(at, 'open_stops'), { isLenient: true });
        expect([built.rows, built.parked]).toStrictEqual([before.length, 1]);
        expect(await at.rows(OPEN_STOPS)).toStrictEqual(before);
        await expect(rebuild(needs(at, 'open_stops'), { isLenient: false })).rejects.toThrow(
          /cannot be applied: index row requires/,
        );
      },
      recordedLog([
        ...FACTS,
        stopArmed({ positionId: 'P9', stopId: incompressible(10_000) }),
        ...LATER,
      ]),
    ));

  it('leaves a read model alone that is only being built', () =>
    inWorld(async (at) => {
      await at.sql("update projection_checkpoints set serving = false where name = 'trades'");
      await expect(rebuild(needs(at, 'trades'), { isLenient: false })).rejects.toThrow(BuildFailed);
    }));
});

describe('a verification', () => {
  it('finds every row as the log has it', () =>
    inWorld(async (at) => {
      for (const { name } of READ_MODELS) {
        const found = await verify(needs(at, name));
        expect([name, found.differing, found.position]).toStrictEqual([name, 0, at.feed.end]);
      }
    }));

  it('names rows that differ, are missing or should not be there', () =>
    inWorld(async (at) => {
      await at.sql(
        `update ${table('positions')} set quantity = quantity + 0.01 where position_id = 'P9'`,
      );
      await at.sql(`delete from ${table('positions')} where position_id = 'P0001'`);
      await at.sql(
        `update ${table('positions')} set position_id = 'P0003' where position_id = 'P0002'`,
      );
      expect(await verify(needs(at, 'positions'))).toMatchObject({
        rows: 2,
        differing: 4,
        suspect: 0,
        differences: [
          { key: 'P0001', kind: 'missing' },
          { key: 'P0002', kind: 'missing' },
          { key: 'P0003', kind: 'surplus' },
          { key: 'P9', kind: 'different' },
        ],
      });
    }));

  it('compares at one position, wherever the log has come to meanwhile', () =>
    inWorld(async (at) => {
      await at.projector.close();
      at.feed.append(...MORE);
      expect(await verify(needs(at, 'open_stops'))).toMatchObject({
        differing: 0,
        position: LOG.at(-1)!.position,
      });
    }));
});

describe('a dead letter', () => {
  const broken = recordedLog([
    ...FACTS,
    stopTrailed({ positionId: 'P9', stopId: 'LOST' }),
    stopCancelled({ positionId: 'P9', stopId: 'LOST' }),
  ]);

  it('keeps what was in it, and marks what it would have changed', () =>
    inWorld(async (at) => {
      const letters = await deadLetters(at.dataSource);
      expect(letters.filter(({ projection }) => projection === 'open_stops')).toMatchObject([
        { type: 'StopTrailed', reason: expect.stringContaining('a stop is armed before') },
        { type: 'StopCancelled', reason: 'waits behind an earlier fact of its row' },
      ]);
      const payload = JSON.parse(letters[0]?.payload ?? '');
      expect(payload).toMatchObject({
        event: { data: { stopId: 'LOST' } },
        metadata: { actor: 'engine' },
      });
      await at.sql("update dead_letters set row_key = 'S9' where projection = 'open_stops'");
      const queries = new ReadModelQueries(at.dataSource);
      expect((await queries.stop('S9')).item).toMatchObject({ stopId: 'S9', suspect: true });
      const page = await queries.list('stops', {}, { limit: 10 });
      expect(page.items.map((stop) => [stop.stopId, 'suspect' in stop])).toStrictEqual([
        ['S0001', false],
        ['S0002', false],
        ['S9', true],
      ]);
    }, broken));

  it('is applied again in order, and the projector goes on with its row', () =>
    inWorld(async (at) => {
      const retry = () => retryDeadLetters(at, model('open_stops'));
      expect(await retry()).toStrictEqual({ applied: 0, parked: 2 });
      // What a repaired program would have made of the fact before: the stop is there.
      await at.sql(`insert into ${OPEN_STOPS} select (jsonb_populate_record(s, '{"stop_id": "LOST"}')).*
        from ${OPEN_STOPS} s where stop_id = 'S9'`);
      expect(await retry()).toStrictEqual({ applied: 2, parked: 0 });
      const lost = "select status, trail_moves, revision from open_stops where stop_id = 'LOST'";
      expect(await at.sql(lost)).toStrictEqual([
        { status: 'cancelled', trail_moves: 0, revision: 1 },
      ]);
      // Later facts of the row are not parked any more.
      const third = recordedLog([
        ...broken.map(({ event }) => event),
        stopTrailed({
          positionId: 'P9',
          stopId: 'LOST',
          track: { level: d('1'), extreme: d('1'), trailMoves: 7 },
        }),
      ]).at(-1)!;
      at.feed.append(third);
      expect(await at.projector.whenAt(third.position, WAIT_MS_MAX)).toBe(true);
      expect(await at.sql(lost)).toMatchObject([{ trail_moves: 7 }]);
    }, broken));
});

describe('another log', () => {
  it('is noticed, said, and read from its start', async () => {
    const at = await world();
    await at.projector.close();
    const other = recordedLog([instrumentDefined(), positionOpened({ positionId: 'Q1' })]).map(
      (fact) => ({ ...fact, eventId: `other-${fact.eventId}` }),
    );
    const feed = new MemoryEventFeed(other);
    const projector = new Projector({
      dataSource: at.dataSource,
      feed,
      projections: READ_MODELS,
      rootDir: ROOT,
      onNotice: (line) => at.notices.push(line),
    });
    await projector.start();
    await until('the other log is read', () => projector.status().position === feed.end.toString());
    expect(at.notices).toStrictEqual([
      'the log is not the one that the tables were made from (stop-S9 has no such event 0): building them again',
    ]);
    expect(await at.sql('select position_id from positions')).toStrictEqual([
      { position_id: 'Q1' },
    ]);
    expect(await at.sql('select stop_id from open_stops')).toStrictEqual([]);
    await projector.close();
    await at.dataSource.destroy();
  });

  it('is not suspected after a plain restart', () =>
    inWorld(async (at) => {
      await at.projector.close();
      at.projector = await running(at.dataSource, at.feed, at.notices);
      expect(at.notices).toStrictEqual([]);
    }));
});

describe('a read model that is behind', () => {
  it('is read beside the others, which stay live meanwhile', () =>
    inWorld(async (at) => {
      await at.projector.close();
      await at.sql(`drop table ${table('trades')} cascade`);
      const slow = new MemoryEventFeed(LOG, 3);
      let letGo: (() => void) | undefined;
      const held = new Promise<void>((go) => (letGo = go));
      const subscribe = slow.subscribe.bind(slow);
      slow.subscribe = (after, handler) =>
        subscribe(after, async (batch, unreadable) => {
          if (after === 'start') await held;
          await handler(batch, unreadable);
        });
      const projector = new Projector({
        dataSource: at.dataSource,
        feed: slow,
        projections: READ_MODELS,
        rootDir: ROOT,
      });
      await projector.start();
      slow.append(...MORE);
      await until('the stop has moved', async () => {
        const [row] = await at.sql("select trail_moves from open_stops where stop_id = 'S9'");
        return row?.['trail_moves'] === 2;
      });
      const { models, caughtUp } = projector.status();
      expect(caughtUp).toBe(false);
      const positionOf = (name: string) => models.find((each) => each.name === name)?.position;
      expect([positionOf('trades'), positionOf('open_stops')]).toStrictEqual([
        '-1',
        slow.end.toString(),
      ]);
      letGo?.();
      expect(await projector.whenAt(slow.end, WAIT_MS_MAX)).toBe(true);
      expect(await at.sql('select count(*)::int as n from trades')).toStrictEqual([{ n: 3 }]);
      await projector.close();
    }));
});
