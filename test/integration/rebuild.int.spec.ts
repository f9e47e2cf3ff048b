import { deadLetters } from '../../src/adapters/postgres/dead-letter-office.js';
import { rebuild } from '../../src/adapters/postgres/rebuild.js';
import { BuildFailed } from '../../src/adapters/postgres/shadow-build.js';
import { recordedLog, stopArmed, stopTrailed } from '../support/event-builders.js';
import { incompressible } from '../support/incompressible.js';
import { until } from '../support/until.js';
import {
  FACTS,
  LATER,
  MORE,
  WAIT_MS_MAX,
  needs,
  table,
  upkeepWorlds,
} from '../support/upkeep-world.js';

const OPEN_STOPS = table('open_stops');
const WITH_LOST = recordedLog([...FACTS, stopTrailed({ positionId: 'P9', stopId: 'LOST' })]);
const SHADOWS = "select tablename from pg_tables where tablename like '%rebuild%'";
const STRICT = { isLenient: false };
const LENIENT = { isLenient: true };

const { inWorld } = upkeepWorlds('rebuild');

describe('a rebuild', () => {
  it('puts the same rows in place, under the same names', () =>
    inWorld(async (at) => {
      const before = await at.rows('trades');
      const indexes = `select indexname from pg_indexes where tablename = '${table('trades')}' order by 1`;
      const names = await at.sql(indexes);
      expect(names).not.toHaveLength(0);
      for (let time = 0; time < 2; time += 1) {
        const built = await rebuild(needs(at, 'trades'), STRICT);
        expect(built).toStrictEqual([
          { name: 'trades', position: at.feed.end, rows: 3, parked: 0 },
        ]);
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
      await rebuild(needs(at, 'open_stops'), STRICT);
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
        await rebuild(needs(at, 'trades'), STRICT);
      }
      over.abort();
      await reading;
      expect([...counts]).toStrictEqual([3]);
    }));

  it('is strict: one fact that cannot be applied, and the old table stays', () =>
    inWorld(async (at) => {
      await at.sql(`update ${OPEN_STOPS} set level = 1 where stop_id = 'S9'`);
      const before = await at.rows(OPEN_STOPS);
      await expect(rebuild(needs(at, 'open_stops'), STRICT)).rejects.toThrow(
        /^open_stops: StopTrailed \(stop-LOST@0, position \d+\) cannot be applied: .*a stop is armed before/,
      );
      expect(await at.rows(OPEN_STOPS)).toStrictEqual(before);
      expect(await at.sql(SHADOWS)).toStrictEqual([]);
      const [lenient] = await rebuild(needs(at, 'open_stops'), LENIENT);
      expect(lenient?.parked).toBe(1);
      expect(await deadLetters(at.dataSource)).toMatchObject([
        { projection: 'open_stops', rowKey: 'LOST', type: 'StopTrailed' },
      ]);
    }, WITH_LOST));

  it('parks nothing but the row that the database refuses', () =>
    inWorld(
      async (at) => {
        const before = await at.rows(OPEN_STOPS);
        const [built] = await rebuild(needs(at, 'open_stops'), LENIENT);
        expect([built?.rows, built?.parked]).toStrictEqual([before.length, 1]);
        expect(await at.rows(OPEN_STOPS)).toStrictEqual(before);
        await expect(rebuild(needs(at, 'open_stops'), STRICT)).rejects.toThrow(
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
      await expect(rebuild(needs(at, 'trades'), STRICT)).rejects.toThrow(BuildFailed);
    }));

  it('reads the log once for several of them', () =>
    inWorld(async (at) => {
      const before = [await at.rows('trades'), await at.rows('open_stops'), await at.rows('pnl')];
      const subscribe = jest.spyOn(at.feed, 'subscribe');
      const built = await rebuild(needs(at, 'trades', 'open_stops', 'pnl'), STRICT);
      expect(subscribe).toHaveBeenCalledTimes(1);
      expect(built).toStrictEqual([
        { name: 'trades', position: at.feed.end, rows: 3, parked: 0 },
        { name: 'open_stops', position: at.feed.end, rows: 3, parked: 0 },
        { name: 'pnl', position: at.feed.end, rows: before[2]?.length, parked: 0 },
      ]);
      expect([
        await at.rows('trades'),
        await at.rows('open_stops'),
        await at.rows('pnl'),
      ]).toStrictEqual(before);
    }));

  it('puts none of several in place when one of them cannot be built', () =>
    inWorld(async (at) => {
      await at.sql(`update ${table('orders')} set quantity = 1`);
      const before = await at.rows('orders');
      await expect(rebuild(needs(at, 'orders', 'open_stops'), STRICT)).rejects.toThrow(
        /^open_stops: StopTrailed/,
      );
      expect(await at.rows('orders')).toStrictEqual(before);
      expect(await at.sql(SHADOWS)).toStrictEqual([]);
      const [orders, stops] = await rebuild(needs(at, 'orders', 'open_stops'), LENIENT);
      expect([orders?.parked, stops?.parked]).toStrictEqual([0, 1]);
      expect(await at.rows('orders')).not.toStrictEqual(before);
    }, WITH_LOST));

  it('stands back for a query that holds one of its tables and wants another', () =>
    inWorld(async (at) => {
      await at.sql(`update ${table('trades')} set quantity = 1`);
      const query = at.dataSource.createQueryRunner();
      await query.startTransaction();
      await query.query('select 1 from trades');
      const rebuilding = rebuild(needs(at, 'open_stops', 'trades'), STRICT);
      await until('the rebuild holds the one and waits for the other', async () => {
        const waiting = await at.sql(
          `select 1 from pg_locks where not granted and relation = 'trades'::regclass`,
        );
        return waiting.length > 0;
      });
      // The server undoes whoever has waited longest.
      expect(await query.query('select count(*)::int as n from open_stops')).toStrictEqual([
        { n: 3 },
      ]);
      await query.commitTransaction();
      await query.release();
      expect(await rebuilding).toHaveLength(2);
      expect(await at.sql('select 1 from trades where quantity = 1')).toStrictEqual([]);
    }));

  it('is refused while another is under way, and then not', () =>
    inWorld(async (at) => {
      const first = rebuild(needs(at, 'trades', 'open_stops'), STRICT);
      await until('the first has begun', async () => (await at.sql(SHADOWS)).length > 0);
      await expect(rebuild(needs(at, 'trades'), STRICT)).rejects.toThrow(
        /^another rebuild is under way: nothing was changed/,
      );
      expect(await first).toMatchObject([{ rows: 3 }, { rows: 3 }]);
      expect(await rebuild(needs(at, 'trades'), STRICT)).toMatchObject([{ rows: 3 }]);
    }));
});
