import type { Alarm } from '../ports/alarm.port.js';
import { ACTIVE_ALARMS_MAX, AlarmDesk, RECENT_ALARMS_MAX } from './alarm-desk.js';
import type { AlarmChange } from './alarm-desk.js';

const T0 = 1_750_541_480_000;

function deskAt(startMs: number) {
  const told: AlarmChange[] = [];
  const now = { ms: startMs };
  const desk = new AlarmDesk({
    part: 'engine',
    clock: () => now.ms,
    onChange: (change) => void told.push(change),
  });
  return { desk, told, now };
}

const said = (told: readonly AlarmChange[]) =>
  told.map(({ change, alarm }) => `${change} ${alarm.code} ${alarm.about}: ${alarm.text}`);

describe('an alarm that lasts', () => {
  it('is told once however often it is said again, and once when it is over', () => {
    const { desk, told, now } = deskAt(T0);
    desk.raise('LOG_AWAY', 'log', 'first');
    now.ms += 10;
    desk.raise('LOG_AWAY', 'log', 'second');
    expect(desk.kept.active).toStrictEqual([
      {
        ...{ id: `engine-${T0.toString(36)}-1`, code: 'LOG_AWAY', severity: 'critical' },
        ...{ about: 'log', text: 'second', raisedAtMs: T0, newestAtMs: T0 + 10, times: 2 },
        ...{ clearedAtMs: null, clearedBy: null },
      },
    ]);
    now.ms += 10;
    desk.clear('LOG_AWAY', 'log', 'it answers');
    desk.clear('LOG_AWAY', 'log', 'it answers');
    expect(said(told)).toStrictEqual([
      'raised LOG_AWAY log: first',
      'cleared LOG_AWAY log: second',
    ]);
    const { active, recent, raised } = desk.kept;
    expect([active, recent.map(({ clearedAtMs, clearedBy }) => [clearedAtMs, clearedBy])]).toEqual([
      [],
      [[T0 + 20, 'it answers']],
    ]);
    expect(raised).toStrictEqual({ LOG_AWAY: 1 });
  });

  it('is one for each thing that it is about', () => {
    const { desk, told } = deskAt(T0);
    for (const stopId of ['a', 'b']) desk.raise('STOP_SUSPENDED', stopId, stopId);
    desk.clear('STOP_SUSPENDED', 'a', 'resumed');
    expect(desk.kept.active.map(({ about }) => about)).toStrictEqual(['b']);
    expect(told).toHaveLength(3);
  });

  it('has a limit: what is beyond it is told once and counted, not listed', () => {
    const { desk, told } = deskAt(T0);
    for (let round = 0; round < 3; round += 1)
      for (let n = 0; n < ACTIVE_ALARMS_MAX + 2; n += 1) desk.raise('ORDER_UNCLEAR', `o${n}`, 'x');
    const { active, unlisted, raised } = desk.kept;
    expect([active.length, unlisted, raised.ORDER_UNCLEAR, told.length]).toStrictEqual([
      ...[ACTIVE_ALARMS_MAX, 2],
      ...[ACTIVE_ALARMS_MAX + 2, ACTIVE_ALARMS_MAX + 2],
    ]);
    desk.clear('ORDER_UNCLEAR', `o${ACTIVE_ALARMS_MAX}`, 'settled');
    expect(told.at(-1)).toMatchObject({ change: 'cleared', alarm: { about: 'o500' } });
    expect(desk.kept.unlisted).toBe(1);
  });
});

describe('an alarm of a moment', () => {
  it('is never active; within a minute it is the same one', () => {
    const { desk, told, now } = deskAt(T0);
    desk.raise('ORDER_REFUSED', 'o1', 'no funds');
    now.ms += 59_999;
    desk.raise('ORDER_REFUSED', 'o1', 'no funds');
    expect([told.length, desk.kept.active, desk.kept.recent[0]?.times]).toStrictEqual([1, [], 2]);
    now.ms += 60_000;
    desk.raise('ORDER_REFUSED', 'o1', 'no funds');
    expect([told.length, desk.kept.recent.length]).toStrictEqual([2, 2]);
  });

  it('is kept among the newest that are over', () => {
    const { desk } = deskAt(T0);
    for (let n = 0; n < RECENT_ALARMS_MAX + 3; n += 1) desk.raise('ORDER_REFUSED', `o${n}`, 'x');
    const { recent } = desk.kept;
    expect([recent.length, recent[0]?.about]).toStrictEqual([RECENT_ALARMS_MAX, 'o3']);
  });
});

describe('a new run', () => {
  const left = (): readonly Alarm[] => {
    const { desk } = deskAt(T0);
    desk.raise('FEED_LOST', 'binance', 'lost');
    desk.raise('LOG_AWAY', 'log', 'away');
    desk.raise('STOP_SUSPENDED', 'a', 'asleep');
    desk.raise('STOP_SUSPENDED', 'b', 'asleep');
    return desk.kept.active;
  };

  it('ends what ended with the process, keeps what the log says or a log that was away, and counts on', () => {
    const { desk, told } = deskAt(T0 + 5_000);
    desk.resume({ active: left(), recent: [], raised: { FEED_LOST: 7 }, unlisted: 0 });
    expect(said(told)).toStrictEqual(['cleared FEED_LOST binance: lost']);
    expect(desk.kept.active.map(({ about }) => about)).toStrictEqual(['log', 'a', 'b']);
    desk.raise('FEED_LOST', 'binance', 'lost once more');
    expect(desk.kept.raised).toStrictEqual({ FEED_LOST: 8 });
    expect(desk.kept.active.at(-1)?.id).toBe(`engine-${(T0 + 5_000).toString(36)}-1`);
  });

  it('settles what was kept with what recovery found, telling only the difference', () => {
    const { desk, told } = deskAt(T0 + 5_000);
    desk.resume({ active: left(), recent: [], raised: {}, unlisted: 0 });
    told.length = 0;
    const found = new Map([
      ['b', 'asleep'],
      ['c', 'asleep'],
    ]);
    desk.settle('STOP_SUSPENDED', found, 'awake');
    expect(said(told)).toStrictEqual([
      'cleared STOP_SUSPENDED a: asleep',
      'raised STOP_SUSPENDED c: asleep',
    ]);
  });
});
