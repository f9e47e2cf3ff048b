import { AlarmDesk } from '../alarms/alarm-desk.js';
import { CLOCK_LIMITS, CLOCK_WINDOW, ClockMeter } from './clock-meter.js';
import { ClockWatch } from './clock-watch.js';

const T0 = 1_750_541_280_000;

function metered(...delays: readonly number[]): ClockMeter {
  const meter = new ClockMeter();
  for (const delay of delays) meter.note(T0, T0 + delay);
  return meter;
}
function steady(delayMs: number): ClockMeter {
  return metered(...Array.from({ length: 64 }, (_, place) => delayMs + place));
}

describe('how late the prices of a feed come', () => {
  it('is told by the least, the middle and the worst of the newest', () => {
    expect(new ClockMeter().latency()).toBeNull();
    expect(metered(30, 10, 20).latency()).toEqual({ minMs: 10, p50Ms: 20, p99Ms: 30, samples: 3 });
    const meter = metered(-5_000, ...Array.from({ length: CLOCK_WINDOW }, (_, place) => place));
    expect(meter.latency()).toEqual({
      ...{ minMs: 0, p50Ms: CLOCK_WINDOW / 2, p99Ms: 506, samples: CLOCK_WINDOW },
    });
  });

  it('tells a clock that is behind from one that is right, and says nothing by few prices', () => {
    expect(metered(-9_000).state()).toBe('unknown');
    expect(steady(-1_520).state()).toBe('right');
    expect(steady(-CLOCK_LIMITS.behindMs).state()).toBe('right');
    expect(steady(-CLOCK_LIMITS.behindMs - 1).state()).toBe('behind');
    expect(steady(CLOCK_LIMITS.aheadMs + 1).state()).toBe('ahead');
  });
});

describe('the watch on the clock', () => {
  function watched() {
    const lines: string[] = [];
    const alarms = new AlarmDesk({
      ...{ part: 'engine', clock: () => T0 },
      onChange: ({ change, alarm }) => lines.push(`${change} ${alarm.code} ${alarm.text}`),
    });
    return { lines, watch: new ClockWatch(alarms) };
  }

  it('says once that a venue and we differ, and once that it is over', () => {
    const { lines, watch } = watched();
    for (const delay of [5, -3_000, -3_000, 5, 9_000]) watch.compare('main', steady(delay), false);
    expect(lines).toEqual([
      'raised CLOCK_OFF the clock of this machine is at least 3000 ms behind that of feed main',
      'cleared CLOCK_OFF the clock of this machine is at least 3000 ms behind that of feed main',
      'raised CLOCK_OFF prices of feed main come 9000 ms late (limit 5000 ms), or the clock is ahead',
    ]);
  });

  it('says nothing by a recording', () => {
    const { lines, watch } = watched();
    watch.compare('main', steady(1e11), true);
    expect(lines).toEqual([]);
  });
});
