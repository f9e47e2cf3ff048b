import type { AlarmDesk } from '../alarms/alarm-desk.js';
import { CLOCK_LIMITS } from './clock-meter.js';
import type { ClockMeter } from './clock-meter.js';

/** Compares the machine's clock with that of each venue. Prices are not touched: their receive time stays what it said. */
export class ClockWatch {
  constructor(private readonly alarms: Pick<AlarmDesk, 'raise' | 'clear' | 'isActive'>) {}

  /** A recording's times are years old: they are no witness for a clock. */
  compare(feed: string, meter: ClockMeter, isRecorded: boolean): void {
    const state = isRecorded ? 'unknown' : meter.state();
    const ms = Math.round(meter.latency()?.minMs ?? 0);
    if (state === 'behind') {
      const text = `the clock of this machine is at least ${-ms} ms behind that of feed ${feed}`;
      this.raise(feed, text);
    } else if (state === 'ahead') {
      const late = `prices of feed ${feed} come ${ms} ms late`;
      this.raise(feed, `${late} (limit ${CLOCK_LIMITS.aheadMs} ms), or the clock is ahead`);
    } else {
      this.alarms.clear('CLOCK_OFF', feed, `clock and feed ${feed} agree`);
    }
  }

  private raise(feed: string, text: string): void {
    if (!this.alarms.isActive('CLOCK_OFF', feed)) this.alarms.raise('CLOCK_OFF', feed, text);
  }
}
