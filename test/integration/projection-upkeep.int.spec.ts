import { READ_MODELS } from '../../projections/catalogue.js';
import { deadLetters, retryDeadLetters } from '../../src/adapters/postgres/dead-letter-office.js';
import { Projector } from '../../src/adapters/postgres/projector.js';
import { ReadModelQueries } from '../../src/adapters/postgres/read-model-queries.js';
import { verify } from '../../src/adapters/postgres/verification.js';
import {
  d,
  instrumentDefined,
  positionOpened,
  recordedLog,
  stopCancelled,
  stopTrailed,
} from '../support/event-builders.js';
import { MemoryEventFeed } from '../support/memory-event-feed.js';
import { until } from '../support/until.js';
import {
  FACTS,
  LOG,
  MORE,
  ROOT,
  WAIT_MS_MAX,
  model,
  needs,
  running,
  table,
  upkeepWorlds,
} from '../support/upkeep-world.js';

const OPEN_STOPS = table('open_stops');

const { inWorld, world } = upkeepWorlds('upkeep');

describe('a verification', () => {
  it('finds every row as the log has it', () =>
    inWorld(async (at) => {
      const names = READ_MODELS.map(({ name }) => name);
      const found = await verify(needs(at, ...names));
      expect(found.map(({ name }) => name).sort()).toStrictEqual([...names].sort());
      for (const { name, differing, position } of found) {
        expect([name, differing, position]).toStrictEqual([name, 0, at.feed.end]);
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
      expect((await verify(needs(at, 'positions')))[0]).toMatchObject({
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

  it('compares each table where it stands', () =>
    inWorld(async (at) => {
      await at.projector.close();
      await at.sql(`delete from ${table('trades')}`);
      await at.sql("update projection_checkpoints set position = null where name = 'trades'");
      expect(await verify(needs(at, 'open_stops', 'trades'))).toMatchObject([
        { name: 'trades', differing: 0, rows: 0, position: -1n },
        { name: 'open_stops', differing: 0, rows: 3, position: at.feed.end },
      ]);
    }));

  it('compares at one position, wherever the log has come to meanwhile', () =>
    inWorld(async (at) => {
      await at.projector.close();
      at.feed.append(...MORE);
      expect((await verify(needs(at, 'open_stops')))[0]).toMatchObject({
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
