import { readdirSync } from 'node:fs';
import { READ_MODELS } from '../../projections/catalogue.js';
import { rebuild } from '../../src/adapters/postgres/rebuild.js';
import type { Crew } from '../../src/adapters/postgres/shadow-build.js';
import { ShadowFold } from '../../src/adapters/postgres/shadow-fold.js';
import { ShadowTables, shadowsOf } from '../../src/adapters/postgres/shadow-tables.js';
import { verify } from '../../src/adapters/postgres/verification.js';
import { recordedLog, stopArmed, stopTrailed } from '../support/event-builders.js';
import { incompressible } from '../support/incompressible.js';
import { STREAMS, recordedStream } from '../support/recorded-stream.js';
import { FACTS, LATER, ROOT, needs, upkeepWorlds } from '../support/upkeep-world.js';
import type { World } from '../support/upkeep-world.js';

const RECORDED = readdirSync(STREAMS)
  .filter((name) => name.endsWith('.jsonl.gz'))
  .map((name) => name.replace('.jsonl.gz', ''));
const MODELS = READ_MODELS.map(({ name }) => name);
const STRICT = { isLenient: false };
const LENIENT = { isLenient: true };
/** Of the rows that wait in memory: many writes, also of rows that were written before. */
const SMALL_STEPS = { factsMax: 7, waitMsMax: 250, keptLengthMax: 2_000 };

const { inWorld } = upkeepWorlds('crew');

/** Builders as threads have them, each with the whole log and a share of the rows. */
function crewOf({ dataSource, feed }: World, size: number): Crew {
  return {
    size,
    open: ({ projections, purpose, share, onProgress }) =>
      new ShadowFold({
        ...{ dataSource, feed, share, onProgress, limits: SMALL_STEPS },
        shadows: shadowsOf(projections, purpose),
        ...{ isCareful: false, endsAtParked: true },
      }),
  };
}

/** Every row of every model, each with all of its digits. */
async function allRows(at: World): Promise<ReadonlyMap<string, unknown[]>> {
  const rows = new Map<string, unknown[]>();
  for (const name of MODELS) rows.set(name, await at.rows(name));
  return rows;
}

describe.each([2, 3, 5])('a crew of %d', (size) => {
  it.each(RECORDED)('builds the rows that one builder makes of %s', (name) =>
    inWorld(async (at) => {
      const before = await allRows(at);
      const read = jest.spyOn(at.feed, 'subscribe');
      const built = await rebuild({ ...needs(at, ...MODELS), crew: crewOf(at, size) }, STRICT);
      expect(await allRows(at)).toStrictEqual(before);
      // Nobody had to do it again alone.
      expect(read).toHaveBeenCalledTimes(size);
      expect(built.map(({ rows }) => rows)).toStrictEqual(
        [...before.values()].map((rows) => rows.length),
      );
      expect(new Set(built.map(({ position }) => position))).toStrictEqual(new Set([at.feed.end]));
      const verified = await verify({ ...needs(at, ...MODELS), crew: crewOf(at, size) });
      expect(verified.map(({ differing }) => differing)).toStrictEqual(MODELS.map(() => 0));
    }, recordedStream(name)),
  );

  it('shares the work: each of it writes rows that no other one writes', () =>
    inWorld(
      async (at) => {
        const { dataSource, feed } = at;
        const shadows = shadowsOf(needs(at, 'orders').projections, 'verify');
        const tables = new ShadowTables({ dataSource, rootDir: ROOT }, shadows);
        const taken: number[] = [];
        for (let index = 0; index < size; index += 1) {
          await tables.prepare();
          const fold = new ShadowFold({
            ...{ dataSource, feed, shadows, share: { index, of: size } },
            ...{ isCareful: false, endsAtParked: true },
          });
          await fold.readTo('end');
          taken.push((await at.rows(shadows[0]?.table.name ?? '')).length);
        }
        await tables.drop();
        const all = (await at.rows('orders')).length;
        expect(taken.reduce((a, b) => a + b)).toBe(all);
        expect(Math.max(...taken)).toBeLessThan(all);
      },
      recordedStream(RECORDED[0] ?? ''),
    ));
});

describe('a crew that meets a fact which cannot be applied', () => {
  it('leaves it to one builder, who parks what waits behind it, too', () =>
    inWorld(
      async (at) => {
        const terms = { ...needs(at, 'open_stops', 'orders'), crew: crewOf(at, 3) };
        await expect(rebuild(terms, STRICT)).rejects.toThrow(
          /^open_stops: StopTrailed \(stop-LOST@0, position \d+\) cannot be applied: .*a stop is armed before/,
        );
        expect(await rebuild(terms, LENIENT)).toMatchObject([
          { name: 'open_stops', parked: 2 },
          { name: 'orders', parked: 0 },
        ]);
      },
      recordedLog([
        ...FACTS,
        stopTrailed({ positionId: 'P9', stopId: 'LOST' }),
        stopTrailed({ positionId: 'P9', stopId: 'LOST' }),
      ]),
    ));

  it('parks nothing but the row that the database refuses', () =>
    inWorld(
      async (at) => {
        const before = await at.rows('open_stops');
        const terms = { ...needs(at, 'open_stops'), crew: crewOf(at, 3) };
        const [built] = await rebuild(terms, LENIENT);
        expect([built?.rows, built?.parked]).toStrictEqual([before.length, 1]);
        expect(await at.rows('open_stops')).toStrictEqual(before);
      },
      recordedLog([
        ...FACTS,
        stopArmed({ positionId: 'P9', stopId: incompressible(10_000) }),
        ...LATER,
      ]),
    ));
});
