import type { Alarm, AlarmBoard } from '../../src/application/ports/alarm.port.js';
import { startApi } from '../support/api-fixture.js';
import type { RunningApi } from '../support/api-fixture.js';
import { T0 } from '../support/event-builders.js';
import { MemoryEventFeed } from '../support/memory-event-feed.js';

const AWAY: Alarm = {
  ...{ id: 'engine-x-1', code: 'LOG_AWAY', severity: 'critical', about: 'log' },
  ...{ text: 'event log away', raisedAtMs: T0, newestAtMs: T0 + 500, times: 2 },
  ...{ clearedAtMs: null, clearedBy: null },
};
const SLEEPING: Alarm = {
  ...AWAY,
  ...{ id: 'engine-x-2', code: 'STOP_SUSPENDED', severity: 'warning', about: 's1' },
  ...{ text: 's1 suspended', newestAtMs: T0 + 900 },
};
const LOST: Alarm = {
  ...AWAY,
  ...{ id: 'other-x-1', code: 'FEED_LOST', severity: 'warning', about: 'main', text: 'lost' },
  ...{ clearedAtMs: T0 + 700, clearedBy: 'connected', times: 1 },
};
const BOARD: AlarmBoard = {
  ...{
    part: 'engine',
    writtenAtMs: T0,
    active: [SLEEPING, AWAY],
    recent: [],
    unlisted: 0,
    lost: 2,
  },
  raised: { LOG_AWAY: 3, STOP_SUSPENDED: 1 },
  undelivered: [{ id: 'm', severity: 'warning', body: {} }],
};
const OTHER: AlarmBoard = {
  ...BOARD,
  ...{
    part: 'other',
    active: [],
    recent: [LOST],
    raised: { LOG_AWAY: 1 },
    lost: 0,
    undelivered: [],
  },
};

let api: RunningApi;

beforeAll(async () => {
  api = await startApi(new MemoryEventFeed([]));
  api.boards.push(BOARD, OTHER);
}, 60_000);

afterAll(() => api.close(), 30_000);

const ids = (body: any): string[] => body.items.map((item: { id: string }) => item.id);

describe('alarms', () => {
  it('are listed for all processes, active ones first, the most severe first', async () => {
    const { status, body } = await api.get('/api/v1/alarms');
    expect([status, ids(body)]).toStrictEqual([200, ['engine-x-1', 'engine-x-2', 'other-x-1']]);
    expect(body.items[0]).toStrictEqual({
      ...{ id: 'engine-x-1', code: 'LOG_AWAY', severity: 'critical', about: 'log' },
      ...{ text: 'event log away', part: 'engine', state: 'active', times: 2 },
      ...{ raisedAt: '2025-06-21T21:31:00.000Z', newestAt: '2025-06-21T21:31:00.500Z' },
      ...{ clearedAt: null, clearedBy: null },
    });
    expect(body.nextCursor).toBeNull();
  });

  it('are filtered by state, and a state that there is not is refused', async () => {
    expect(ids((await api.get('/api/v1/alarms?state=over')).body)).toStrictEqual(['other-x-1']);
    expect(await api.get('/api/v1/alarms?state=old')).toMatchObject({
      status: 422,
      body: { code: 'NOT_ALLOWED', field: 'state', rule: 'must be of active, over' },
    });
  });

  it('are answered by GraphQL, too', async () => {
    const query = '{ alarms(state: "active") { code part state clearedAt } }';
    expect((await api.graphql(query)).body.data.alarms).toStrictEqual([
      { code: 'LOG_AWAY', part: 'engine', state: 'active', clearedAt: null },
      { code: 'STOP_SUSPENDED', part: 'engine', state: 'active', clearedAt: null },
    ]);
    expect((await api.graphql('{ alarms { id } }')).body.data.alarms).toHaveLength(3);
  });

  it('are figures by code, the same at every scrape, with a zero for what has never been', async () => {
    await api.get('/metrics');
    const { text } = await api.get('/metrics');
    for (const line of [
      'stopledger_alarms_total{code="LOG_AWAY"} 4',
      'stopledger_alarms_total{code="SPOOL_FULL"} 0',
      'stopledger_alarm_active{code="LOG_AWAY"} 1',
      'stopledger_alarm_active{code="FEED_LOST"} 0',
      'stopledger_alarm_messages_waiting 1',
      'stopledger_alarm_messages_lost 2',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
  });
});

describe('what is unprotected', () => {
  it('is a figure by account and instrument; without an engine there is none to be believed', async () => {
    await api.get('/metrics');
    const figure =
      'stopledger_unprotected_quantity_seconds_total{account="demo",instrument="BINANCE:LTCUSDT"}';
    const lines = (await api.get('/metrics')).text.split('\n');
    expect(lines).toContain('stopledger_unprotected_positions 1');
    expect(lines).toContain(`${figure} 12.5`);
    const { seen } = api.gateway;
    api.gateway.seen = undefined;
    const { text } = await api.get('/metrics');
    api.gateway.seen = seen;
    expect(text).not.toContain(figure);
    expect(text).toContain('stopledger_engine_up 0');
  });
});

describe('while the database is dead', () => {
  it('they are listed all the same', async () => {
    await api.postgres.stop();
    const { status, body } = await api.get('/api/v1/alarms?state=active');
    expect([status, ids(body), body.asOfPosition]).toStrictEqual([
      ...[200, ['engine-x-1', 'engine-x-2'], '-1'],
    ]);
  });
});
