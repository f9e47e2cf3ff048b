import { VirtualTime } from '../../../test/support/virtual-time.js';
import { AlarmDesk } from './alarm-desk.js';
import { TimeWatch } from './time-watch.js';

function watched() {
  const time = new VirtualTime(1_000_000);
  const lines: string[] = [];
  const clock = { wallAheadMs: 0, stoodStillMs: 0 };
  const alarms = new AlarmDesk({
    part: 'engine',
    clock: time.clock,
    onChange: ({ alarm }) => void lines.push(`${alarm.code} ${alarm.text}`),
  });
  const watch = new TimeWatch({
    alarms,
    wallMs: () => time.clock() + clock.stoodStillMs + clock.wallAheadMs,
    monotonicMs: () => time.clock() + clock.stoodStillMs,
    schedule: time.schedule,
  });
  return { time, clock, lines, watch };
}

describe('the watch on time', () => {
  it('says nothing while time passes as it should', () => {
    const { time, clock, lines } = watched();
    clock.wallAheadMs = 900;
    time.advance(60_000);
    expect(lines).toStrictEqual([]);
  });

  it('tells how long the engine stood still', () => {
    const { time, clock, lines } = watched();
    time.advance(1_000);
    clock.stoodStillMs = 2_000;
    time.advance(1_000);
    expect(lines).toStrictEqual(['ENGINE_STALLED the engine stood still for 2000 ms']);
  });

  it.each([
    [3_600_000, 'CLOCK_JUMPED the clock went forward by 3600000 ms'],
    [-3_600_000, 'CLOCK_JUMPED the clock went back by 3600000 ms'],
  ])('tells a clock that jumps by %d ms from an engine that stands still', (byMs, line) => {
    const { time, clock, lines } = watched();
    clock.wallAheadMs = byMs;
    time.advance(1_000);
    expect(lines).toStrictEqual([line]);
  });

  it('ends without a timer', () => {
    const { time, watch } = watched();
    watch.close();
    expect(time.running).toBe(0);
  });
});
