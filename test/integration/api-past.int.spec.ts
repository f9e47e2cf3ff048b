import { shareReadSide } from '../support/api-fixture.js';
import type { RunningApi } from '../support/api-fixture.js';
import { T0 } from '../support/event-builders.js';
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

describe('a thing as it was', () => {
  it.each(LISTS)('is at the end what %s show now', async (list, key) => {
    const { body } = await api.get(`/api/v1/${list}`);
    expect(body.items.length).toBeGreaterThan(1);
    for (const row of body.items) {
      const id = encodeURIComponent(row[key]);
      for (const at of [READ_SIDE_END, '9999999999', '2030-01-01T00:00:00Z']) {
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
