import { openStops } from '../../projections/open-stops/open-stops.projection.js';
import { orders } from '../../projections/orders/orders.projection.js';
import { positions } from '../../projections/positions/positions.projection.js';
import { shareReadSide } from '../support/api-fixture.js';
import type { RunningApi } from '../support/api-fixture.js';
import { T0, stopCancelled } from '../support/event-builders.js';
import { foldingLog } from '../support/folding.js';
import { READ_SIDE_END, READ_SIDE_LOG } from '../support/read-side-log.js';

let api: RunningApi;

shareReadSide((running) => (api = running));

const LISTS = [
  ['stops', 'stopId'],
  ['orders', 'orderId'],
  ['positions', 'positionId'],
  ['accounts', 'accountId'],
  ['instruments', 'instrumentId'],
] as const;

/** Positions of a stream's facts, and the one before the first. */
function positionsOf(streamId: string): bigint[] {
  return READ_SIDE_LOG.filter((fact) => fact.streamId === streamId).map(({ position }) => position);
}

const FOLDED = [
  ['stops', openStops, 'stopId', 'armed'],
  ['orders', orders, 'orderId', 'acked'],
  ['positions', positions, 'positionId', 'open'],
] as const;

/** All rows of a list, page by page, in the order that it gives them. */
async function listed(path: string, limit: number): Promise<any[]> {
  const found: any[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const from: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const { status, body } = await api.get(`${path}&limit=${String(limit)}${from}`);
    expect([path, status]).toStrictEqual([path, 200]);
    found.push(...body.items);
    cursor = body.nextCursor as string | null;
  }
  return found;
}

describe('a thing as it was', () => {
  it.each(LISTS)('is at the end what %s show now', async (list, key) => {
    const { body } = await api.get(`/api/v1/${list}`);
    expect(body.items.length).toBeGreaterThan(1);
    for (const row of body.items) {
      const id = encodeURIComponent(row[key]);
      for (const at of [READ_SIDE_END, new Date().toISOString()]) {
        const past = await api.get(`/api/v1/${list}/${id}?at=${at}`);
        // The last price is the engine's, now; the position is that of the moment.
        const moment = { asOfPosition: past.body.asOfPosition, last: past.body.last };
        expect([id, { last: undefined, ...past.body }]).toStrictEqual([id, { ...row, ...moment }]);
      }
    }
  });

  it('goes through every step of a stop', async () => {
    const seen = [];
    for (const position of positionsOf('stop-S0001')) {
      const { body, headers } = await api.get(`/api/v1/stops/S0001?at=${String(position)}`);
      expect(body.asOfPosition).toBe(String(position));
      seen.push([body.status, body.level, body.trailMoves, headers.get('etag')]);
    }
    const steps = (await api.get('/api/v1/stops/S0001/events')).body.items;
    expect(seen.map(([, level]) => level)).toStrictEqual(steps.map((step: any) => step.level));
    expect(seen.map(([status]) => status)).toStrictEqual([
      ...['armed', 'armed', 'armed', 'triggered', 'closed'],
    ]);
    expect(seen.map(([, , , etag]) => etag)).toStrictEqual(['"0"', '"1"', '"2"', '"3"', '"4"']);
  });

  it('was not there before it began', async () => {
    const [first] = positionsOf('stop-S0001');
    const before = await api.get(`/api/v1/stops/S0001?at=${String(first! - 1n)}`);
    expect(before.status).toBe(404);
    expect(before.body.problems).toStrictEqual([
      {
        code: 'STOP_NOT_FOUND',
        field: 'at',
        rule: 'lies before the first event of this stop',
        value: String(first! - 1n),
      },
    ]);
    const time = new Date(T0 - 1).toISOString();
    const earlier = await api.get(`/api/v1/stops/S0001?at=${time}`);
    expect([earlier.status, earlier.body.field, earlier.body.value]).toStrictEqual([
      404,
      'at',
      time,
    ]);
    const unknown = await api.get(`/api/v1/stops/NOPE?at=${READ_SIDE_END}`);
    expect([unknown.status, unknown.body.field]).toStrictEqual([404, 'stopId']);
  });

  it.each(['yesterday', '-1', '2025-06-21', '99999999999999999999', '9223372036854775808', ''])(
    'needs a moment, which "%s" is not',
    async (at) => {
      const { status, body } = await api.get(`/api/v1/stops/S0001?at=${at}`);
      expect([status, body.field]).toStrictEqual([422, 'at']);
    },
  );
});

describe('a moment to come', () => {
  it.each([
    ['9999999999', 'must be a position that the log has reached', '9999999999'],
    ['2130-01-01T00:00:00Z', 'must not lie in the future', '2130-01-01T00:00:00.000Z'],
  ])('is refused for one thing and for a list: %s', async (at, rule, value) => {
    const problem = { code: 'OUT_OF_RANGE', field: 'at', rule, value };
    for (const path of ['stops/S0001', 'stops', 'orders', 'positions']) {
      const { status, body } = await api.get(`/api/v1/${path}?at=${at}`);
      expect([path, status, body.problems]).toStrictEqual([path, 422, [problem]]);
    }
    const { body } = await api.graphql(`{stops(at:"${at}"){items{stopId}}}`);
    expect(body.errors[0].extensions).toMatchObject(problem);
  });

  it('begins where the log ends', async () => {
    const beyond = String(api.feed.end + 1n);
    expect((await api.get(`/api/v1/stops/S0001?at=${beyond}`)).status).toBe(422);
    const { status, body } = await api.get(`/api/v1/stops/S0001?at=${String(api.feed.end)}`);
    expect([status, body.asOfPosition]).toStrictEqual([200, String(api.feed.end)]);
  });
});

describe('a list as it was', () => {
  it.each(FOLDED)(
    'of %s is the fold of the log up to there, at every position',
    async (list, of, key, living) => {
      for (const { position } of READ_SIDE_LOG) {
        const before = READ_SIDE_LOG.filter((fact) => fact.position <= position);
        const rows = [...foldingLog(of as never, before).values()] as Record<string, string>[];
        const byId = (a: any, b: any) => (a[key] < b[key] ? -1 : 1);
        const path = `/api/v1/${list}?at=${String(position)}`;
        expect([path, await listed(path, 2)]).toStrictEqual([path, rows.toSorted(byId)]);
        const open = rows.filter(({ status }) => status === living).toSorted(byId);
        const filtered = await listed(`${path}&status=${living}`, 1);
        expect([path, filtered]).toStrictEqual([path, open]);
      }
    },
  );

  it('at a time shows what had happened by then, and is no newer than it says', async () => {
    const [early, late] = [T0 + 60_000, T0 + 120_000];
    const end = BigInt(READ_SIDE_END);
    const armed = READ_SIDE_LOG.find(({ streamId }) => streamId === 'stop-S9')!;
    const next = { ...armed, streamId: 'stop-S9', revision: 2, position: end + 10n };
    api.feed.append({
      ...next,
      event: stopCancelled({ stopId: 'S9', positionId: 'P9', at: late }),
    });
    await api.get(`/api/v1/stops?waitFor=${String(end + 10n)}`);
    const at = async (ms: number, more = '') => {
      const path = `/api/v1/stops?at=${new Date(ms).toISOString()}${more}`;
      const { body } = await api.get(path);
      return body.items.map((row: any) => `${row.stopId} ${row.status}`);
    };
    expect(await at(T0 - 1)).toStrictEqual([]);
    expect(await at(early, '&status=armed')).toStrictEqual(['S9 armed', 'SA armed']);
    expect(await at(late, '&status=armed')).toStrictEqual(['SA armed']);
    expect(await at(late, '&status=cancelled&sort=-armedAt')).toStrictEqual([
      ...['SB cancelled', 'S9 cancelled'],
    ]);
    const past = await api.get(`/api/v1/stops?at=${READ_SIDE_END}&limit=1`);
    expect(past.body.asOfPosition).toBe(READ_SIDE_END);
    const newest = await api.get(`/api/v1/stops?at=${String(end + 10n)}&limit=1`);
    expect(newest.body.asOfPosition).toBe(String(end + 10n));
    const query = `{stops(at:"${READ_SIDE_END}",sort:"-armedAt",status:"armed"){items{stopId} asOfPosition}}`;
    expect((await api.graphql(query)).body.data.stops).toStrictEqual({
      items: [{ stopId: 'SA' }, { stopId: 'S9' }],
      asOfPosition: READ_SIDE_END,
    });
    const one = await api.graphql(`{stop(stopId:"S9",at:"${READ_SIDE_END}"){status}}`);
    expect(one.body.data.stop).toStrictEqual({ status: 'armed' });
  });

  it.each([
    ['sort=stopId', 'sort', 'must be armedAt or -armedAt beside "at"'],
    ['format=csv', 'at', 'must be left out: an export is the whole list of now'],
  ])('cannot be asked for with %s', async (query, field, rule) => {
    const { status, body } = await api.get(`/api/v1/stops?at=${READ_SIDE_END}&${query}`);
    expect([status, body.field, body.rule]).toStrictEqual([422, field, rule]);
  });
});
