import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { READ_MODELS } from '../../projections/catalogue.js';
import { openStops } from '../../projections/open-stops/open-stops.projection.js';
import { lockCheckpoints } from '../../src/adapters/postgres/checkpoints.js';
import type { Standing } from '../../src/adapters/postgres/checkpoints.js';
import { readSideDataSource } from '../../src/adapters/postgres/data-source.js';
import { LiveWriter } from '../../src/adapters/postgres/live-writer.js';
import { Parking } from '../../src/adapters/postgres/parking.js';
import { prepareSchema } from '../../src/adapters/postgres/read-model-schema.js';
import { ReadModelTable, tableName } from '../../src/adapters/postgres/read-model-table.js';
import { inTransaction } from '../../src/adapters/postgres/transaction.js';
import type { Fact } from '../../src/domain/facts.js';
import type { Recorded } from '../../src/domain/kernel/event.js';
import {
  aTradeFromArmToFlat,
  accountOpened,
  instrumentDefined,
  positionOpened,
  recordedLog,
  stopArmed,
  stopTrailed,
} from '../support/event-builders.js';
import { sharePostgres } from '../support/postgres-fixture.js';
import { until } from '../support/until.js';

const LOG = recordedLog([
  instrumentDefined(),
  accountOpened(),
  ...aTradeFromArmToFlat(1),
  positionOpened({ positionId: 'P9' }),
  stopArmed({ positionId: 'P9', stopId: 'S9' }),
  stopTrailed({ positionId: 'P9', stopId: 'S9' }),
]);
const [ARMED, TRAILED] = [LOG.length - 2, LOG.length - 1];
const TABLES = READ_MODELS.map((model) => new ReadModelTable(model));
const NOWHERE: Standing = { position: -1n, generation: 0 };

let url: string;
let dataSource: DataSource;
let databases = 0;

afterEach(() => dataSource.destroy());
sharePostgres('live-writer', (running) => (url = running.url));

beforeEach(async () => {
  databases += 1;
  const own = new URL(url);
  own.pathname = `/live_${String(databases)}`;
  const admin = await readSideDataSource(url).initialize();
  await admin.query(`create database live_${String(databases)}`);
  await admin.destroy();
  dataSource = await readSideDataSource(own.href).initialize();
  await prepareSchema(dataSource, READ_MODELS, join(__dirname, '../..'));
});

function write(writer: LiveWriter, facts: readonly Recorded<Fact>[], standing: Standing) {
  const batch = { facts, position: facts.at(-1)!.position, caughtUp: true };
  return writer.write({ batch, parking: Parking.empty(), standing });
}

/** One fact at a time, up to and with the place. Returns where the checkpoints stand then. */
async function writeUpTo(writer: LiveWriter, place: number): Promise<Standing> {
  let standing = NOWHERE;
  for (const fact of LOG.slice(0, place + 1)) {
    expect(await write(writer, [fact], standing)).toBeGreaterThan(0);
    standing = { ...standing, position: fact.position };
  }
  return standing;
}

async function rows(): Promise<Record<string, unknown>> {
  const all: Record<string, unknown> = {};
  for (const { name } of TABLES) {
    const found = await dataSource.query<{ row: string }[]>(`select t::text as row from ${name} t`);
    all[name] = found.map(({ row }) => row).sort();
  }
  return all;
}

async function positions(): Promise<readonly bigint[]> {
  const { positions: found } = await inTransaction(dataSource, (runner) =>
    lockCheckpoints(runner, READ_MODELS),
  );
  return [...new Set(found.values())];
}

describe('what is written live', () => {
  it('is the same fact by fact as all at once, and moves every checkpoint with it', async () => {
    await writeUpTo(new LiveWriter(dataSource, TABLES), TRAILED);
    const [oneByOne, at] = [await rows(), await positions()];
    expect(at).toStrictEqual([LOG[TRAILED]!.position]);
    await dataSource.query('update projection_checkpoints set position = null');
    for (const { name } of TABLES) await dataSource.query(`delete from ${name}`);
    await write(new LiveWriter(dataSource, TABLES), LOG, NOWHERE);
    expect(await rows()).toStrictEqual(oneByOne);
  });

  it('is nothing when one checkpoint stands elsewhere, or what is parked was changed', async () => {
    const writer = new LiveWriter(dataSource, TABLES);
    const standing = await writeUpTo(writer, ARMED);
    const before = await rows();
    const next = [LOG[TRAILED]!];
    for (const change of ['position = position - 1', 'generation = generation + 1']) {
      await dataSource.query(`update projection_checkpoints set ${change} where name = 'trades'`);
      expect(await write(writer, next, standing)).toBeUndefined();
    }
    expect(await rows()).toStrictEqual(before);
    expect(await positions()).not.toContain(LOG[TRAILED]!.position);
  });

  it('is nothing while somebody holds a checkpoint, who is not waited for', async () => {
    const writer = new LiveWriter(dataSource, TABLES);
    const standing = await writeUpTo(writer, ARMED);
    const before = await rows();
    await inTransaction(dataSource, async (runner) => {
      await lockCheckpoints(runner, READ_MODELS.slice(0, 1));
      expect(await write(writer, [LOG[TRAILED]!], standing)).toBeUndefined();
    });
    expect(await rows()).toStrictEqual(before);
    expect(await write(writer, [LOG[TRAILED]!], standing)).toBeGreaterThan(0);
  });

  it('is nothing when a fact has to be parked', async () => {
    const writer = new LiveWriter(dataSource, TABLES);
    const stray = { ...LOG[TRAILED]!, event: stopTrailed({ stopId: 'NEVER_ARMED' }) };
    expect(await write(writer, [LOG[0]!, stray], NOWHERE)).toBeUndefined();
    expect(await positions()).toStrictEqual([-1n]);
  });

  it('touches no index when a stop has only moved', async () => {
    const stops = Array.from({ length: 100 }, (_, at) => `S${String(at).padStart(4, '0')}`);
    const rounds = 20;
    const log = recordedLog([
      positionOpened({ positionId: 'P9' }),
      ...stops.map((stopId) => stopArmed({ positionId: 'P9', stopId })),
      ...Array.from({ length: rounds }, () =>
        stops.map((stopId) => stopTrailed({ positionId: 'P9', stopId })),
      ).flat(),
    ]);
    const writer = new LiveWriter(dataSource, TABLES);
    let standing = NOWHERE;
    for (let from = 0; from < log.length; from += 50) {
      const facts = log.slice(from, from + 50);
      await write(writer, facts, standing);
      standing = { ...standing, position: facts.at(-1)!.position };
    }
    const counted = async () => {
      await dataSource.query('select pg_stat_force_next_flush()');
      const [found] = await dataSource.query<{ all: number; hot: number }[]>(
        `select n_tup_upd::integer as all, n_tup_hot_upd::integer as hot
         from pg_stat_user_tables where relname = '${tableName(openStops)}'`,
      );
      return found!;
    };
    await until('every move is counted', async () => (await counted()).all >= 1_950);
    const { all, hot } = await counted();
    expect(hot / all).toBeGreaterThan(0.9);
  });

  it('follows from rows that it remembers, until it is told to forget them', async () => {
    const writer = new LiveWriter(dataSource, TABLES);
    const standing = await writeUpTo(writer, ARMED);
    const change = "update open_stops set rules = 'changed behind its back'";
    const rules = async () =>
      (await dataSource.query("select rules from open_stops where stop_id = 'S9'")) as unknown;
    await dataSource.query(change);
    await write(writer, [LOG[TRAILED]!], standing);
    expect(await rules()).toStrictEqual([{ rules: stopArmed().data.rules }]);
    await dataSource.query(change);
    writer.forget();
    const again = { ...LOG[TRAILED]!, position: LOG[TRAILED]!.position + 1n };
    await write(writer, [again], { ...standing, position: LOG[TRAILED]!.position });
    expect(await rules()).toStrictEqual([{ rules: 'changed behind its back' }]);
  });
});
