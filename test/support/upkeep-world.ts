import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { READ_MODELS } from '../../projections/catalogue.js';
import type { AnyProjection } from '../../projections/projection.js';
import type { Fact } from '../../src/domain/facts.js';
import type { Recorded } from '../../src/domain/kernel/event.js';
import { readSideDataSource } from '../../src/adapters/postgres/data-source.js';
import { Projector } from '../../src/adapters/postgres/projector.js';
import { tableName } from '../../src/adapters/postgres/read-model-table.js';
import {
  aTradeFromArmToFlat,
  accountOpened,
  instrumentDefined,
  positionOpened,
  recordedLog,
  stopArmed,
  stopTrailed,
} from './event-builders.js';
import { MemoryEventFeed } from './memory-event-feed.js';
import { sharePostgres } from './postgres-fixture.js';
import type { RunningPostgres } from './postgres-fixture.js';

export const ROOT = join(__dirname, '../..');
export const WAIT_MS_MAX = 20_000;

/** Two trades from arm to flat and a stop that is armed, and then trails. */
export const FACTS = [
  instrumentDefined(),
  accountOpened(),
  ...aTradeFromArmToFlat(1),
  ...aTradeFromArmToFlat(2),
  positionOpened({ positionId: 'P9' }),
  stopArmed({ positionId: 'P9', stopId: 'S9' }),
];
export const LATER = [stopTrailed({ positionId: 'P9', stopId: 'S9' })];
const ALL = recordedLog([...FACTS, ...LATER]);
export const LOG = ALL.slice(0, FACTS.length);
export const MORE = ALL.slice(FACTS.length);

export interface World {
  readonly dataSource: DataSource;
  readonly feed: MemoryEventFeed;
  readonly notices: string[];
  projector: Projector;
  sql(text: string): Promise<Record<string, unknown>[]>;
  /** The rows of a table as text: every digit counts. */
  rows(table: string): Promise<unknown[]>;
  close(): Promise<void>;
}

/** Databases of a spec's own, each with a projector that has caught up with a log in memory. */
export function upkeepWorlds(name: string) {
  let postgres: RunningPostgres;
  let databases = 0;
  sharePostgres(name, (running) => (postgres = running));

  async function world(facts: readonly Recorded<Fact>[] = LOG, batchSize = 3): Promise<World> {
    databases += 1;
    const database = `${name}_${String(databases)}`;
    const admin = readSideDataSource(postgres.url);
    await admin.initialize();
    await admin.query(`create database ${database}`);
    await admin.destroy();
    const url = new URL(postgres.url);
    url.pathname = `/${database}`;
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
      rows: async (of) => {
        const rows = await dataSource.query<{ row: string }[]>(
          `select t::text as row from ${of} t order by 1`,
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

  return { world, inWorld };
}

export async function running(dataSource: DataSource, feed: MemoryEventFeed, notices: string[]) {
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

export function model(name: string): AnyProjection {
  const found = READ_MODELS.find((each) => each.name === name);
  if (!found) throw new Error(name);
  return found;
}

/** The table of the version that serves. */
export function table(name: string): string {
  return tableName(model(name));
}

/** What a fold of these read models anew wants. */
export function needs({ dataSource, feed }: World, ...names: string[]) {
  return { dataSource, feed, projections: names.map(model), rootDir: ROOT };
}
