import { compare, decimal } from '../domain/kernel/decimal.js';
import { durationMs } from '../domain/kernel/duration.js';
import type { UnixMs } from '../domain/kernel/units.js';
import { settled } from '../domain/stop/dialect.js';
import type { SettledDialect } from '../domain/stop/dialect.js';
import type { KnownStop } from '../domain/stop/stop-state.js';
import type { ArmedStop } from './armed-stop.js';
import { Deadlines } from './deadlines.js';
import type { Desk } from './desk.js';
import { causeOf, tickFor } from './price-source.js';
import type { StopBook } from './stop-book.js';
import type { TriggerDesk } from './trigger-desk.js';

interface Due {
  readonly armed: ArmedStop;
  readonly branch: 'timeStop' | 'sessionEnd';
}

/** Input times of the time stop and of the session's end. */
export type StopTimes = readonly [timeStop: number | null, sessionEnd: number | null];

type Timing = SettledDialect['timing'];

/**
 * The times of armed stops. They are judged by input time alone, before the input in hand is worked on: a time stop
 * that was due when a price came in has been first. A dialect may ask for the other order.
 */
export class StopClock {
  private readonly deadlines: Readonly<Record<Timing, Deadlines<Due>>> = {
    exact: new Deadlines(),
    polled: new Deadlines(),
  };

  constructor(
    private readonly desk: Desk,
    private readonly book: StopBook,
    private readonly triggers: TriggerDesk,
  ) {}

  get dueAtMs(): number {
    return Math.min(this.deadlines.exact.dueAtMs, this.deadlines.polled.dueAtMs);
  }

  /** Waits for the times of a stop that guards from here on. */
  watch(stop: KnownStop, armed: ArmedStop): void {
    this.resume(stop, armed, [timeStopAtMs(stop), sessionEndAtMs(stop)]);
  }

  /** Waits for times as they were known before. */
  resume(stop: KnownStop, armed: ArmedStop, [timeStop, sessionEnd]: StopTimes): void {
    const deadlines = this.deadlines[settled(stop.plan.dialect).timing];
    deadlines.set(2 * armed.number, timeStop ?? Infinity, { armed, branch: 'timeStop' });
    const session = { armed, branch: 'sessionEnd' } as const;
    deadlines.set(2 * armed.number + 1, sessionEnd ?? Infinity, session);
  }

  /** When the times of a stop come; null for one that has none left. */
  timesOf(stop: KnownStop, { number }: ArmedStop): StopTimes {
    const deadlines = this.deadlines[settled(stop.plan.dialect).timing];
    const timeOf = (place: number): number | null =>
      deadlines.dueOf(place) === Infinity ? null : deadlines.dueOf(place);
    return [timeOf(2 * number), timeOf(2 * number + 1)];
  }

  forget(armed: ArmedStop): void {
    for (const deadlines of [this.deadlines.exact, this.deadlines.polled]) {
      deadlines.remove(2 * armed.number);
      deadlines.remove(2 * armed.number + 1);
    }
  }

  onTime(atMs: UnixMs, timing: Timing): void {
    const deadlines = this.deadlines[timing];
    if (deadlines.dueAtMs > atMs) return;
    deadlines.take(atMs, (due) => this.judge(due));
  }

  private judge({ armed, branch }: Due): void {
    const stop = this.desk.registry.stops.get(armed.stopId);
    // Fired, cancelled or suspended in the meantime: the deadline of a stop that is gone means nothing.
    if (!stop || this.book.get(armed.stopId) !== armed) return;
    const { timeStop } = stop.plan;
    if (branch === 'timeStop' && timeStop?.unlessInProfit && this.isInProfit(stop, armed)) return;
    if (branch === 'timeStop' && timeStop?.then === 'expire') this.triggers.expired(armed);
    else this.triggers.timedOut(armed, branch);
    this.forget(armed);
  }

  /** By the newest price that would fire the stop; without a price nothing is known to be in profit. */
  private isInProfit(stop: KnownStop, { source }: ArmedStop): boolean {
    const { instrumentId } = stop.stamp;
    const tick = tickFor(this.book.lastOf(instrumentId), source);
    const instrument = this.desk.registry.instruments.get(instrumentId);
    if (!tick || !instrument) return false;
    const price = decimal(causeOf(tick, source, instrument).price);
    const order = compare(price, decimal(stop.entryPrice));
    return stop.side === 'long' ? order > 0 : order < 0;
  }
}

/** A time that lies before the newest fact of a stop that is still armed was judged, and found in profit. */
function timeStopAtMs({ plan, stamp, lastAtMs }: KnownStop): number {
  if (!plan.timeStop) return Infinity;
  const atMs = stamp.at + durationMs(plan.timeStop.after);
  return plan.timeStop.unlessInProfit && atMs <= lastAtMs ? Infinity : atMs;
}

function sessionEndAtMs({ plan, sessionEndsAtMs }: KnownStop): number {
  if (!plan.sessionEnd || sessionEndsAtMs === null) return Infinity;
  return sessionEndsAtMs - durationMs(plan.sessionEnd.before);
}
