import { AlarmDesk } from './alarm-desk.js';
import { LogSight } from './log-sight.js';

function sightAt(startMs: number) {
  const told: string[] = [];
  const time = { nowMs: startMs };
  const desk = new AlarmDesk({
    part: 'engine',
    clock: () => time.nowMs,
    onChange: ({ change, alarm }) => void told.push(`${change} ${alarm.code} ${alarm.about}`),
  });
  return { told, time, desk, sight: new LogSight({ desk, clock: () => time.nowMs }) };
}

describe('an engine that does not guard yet', () => {
  it('sees no log before it has answered', () => {
    const { sight, told } = sightAt(0);
    expect(sight.isReachable).toBe(false);
    sight.onAnswer(true);
    expect([sight.isReachable, told]).toStrictEqual([true, []]);
  });

  it('raises LOG_AWAY once when the log has not answered for 2 s, and clears it with the first answer', () => {
    const { sight, time, told } = sightAt(0);
    sight.onAnswer(true);
    time.nowMs = 1_999;
    sight.onAnswer(false);
    expect([sight.isReachable, told]).toStrictEqual([false, []]);
    time.nowMs = 2_000;
    sight.onAnswer(false);
    time.nowMs = 2_500;
    sight.onAnswer(false);
    expect(told).toStrictEqual(['raised LOG_AWAY log']);
    sight.onAnswer(true);
    expect([sight.isReachable, told.at(-1)]).toStrictEqual([true, 'cleared LOG_AWAY log']);
  });

  it('raises it when the log has never answered since the start', () => {
    const { sight, time, told } = sightAt(500);
    time.nowMs = 2_500;
    sight.onAnswer(false);
    expect(told).toStrictEqual(['raised LOG_AWAY log']);
  });

  it('leaves what an earlier run raised standing until the log answers', () => {
    const earlier = sightAt(0);
    earlier.sight.onReach('slow', 'no answer');
    earlier.sight.guards();
    earlier.sight.onAnswer(false);
    earlier.desk.raise('LOG_AWAY', 'log', 'away');
    const { sight, desk, time, told } = sightAt(10_000);
    desk.resume(earlier.desk.kept);
    time.nowMs = 13_000;
    sight.onAnswer(false);
    expect(told).toStrictEqual([]);
    sight.onAnswer(true);
    expect(told).toStrictEqual([
      'cleared LOG_SLOW reading',
      'cleared LOG_SLOW log',
      'cleared LOG_AWAY log',
    ]);
  });
});

describe('an engine that guards', () => {
  it('says LOG_SLOW of questions without an answer, and sees the log no more', () => {
    const { sight, time, told } = sightAt(0);
    sight.onAnswer(true);
    sight.guards();
    time.nowMs = 60_000;
    sight.onAnswer(false);
    expect([sight.isReachable, told]).toStrictEqual([false, ['raised LOG_SLOW reading']]);
    sight.onAnswer(true);
    expect([sight.isReachable, told.at(-1)]).toStrictEqual([true, 'cleared LOG_SLOW reading']);
  });

  it('tells that it got worse before it ends what was not so bad', () => {
    const { sight, desk, told } = sightAt(0);
    sight.onAnswer(true);
    sight.guards();
    sight.onReach('slow', 'no answer yet');
    sight.onReach('away', 'refused');
    expect(told).toStrictEqual([
      'raised LOG_SLOW log',
      'raised LOG_AWAY log',
      'cleared LOG_SLOW log',
    ]);
    expect(desk.kept.recent.at(-1)?.clearedBy).toBe(
      'event log is no longer slow but away: see LOG_AWAY',
    );
  });

  it('lets no answered question end what appends say, and the next append does', () => {
    const { sight, told } = sightAt(0);
    sight.guards();
    sight.onReach('away', 'refused');
    sight.onAnswer(true);
    expect([sight.isReachable, told]).toStrictEqual([false, ['raised LOG_AWAY log']]);
    sight.onReach('reachable', '');
    expect([sight.isReachable, told.at(-1)]).toStrictEqual([true, 'cleared LOG_AWAY log']);
  });
});
