import { ActionHeap } from './action-heap.js';
import type { ArmedStop } from './armed-stop.js';
import type { Tick } from './tick.js';

export interface RecordingRule {
  /** Least input time between two recorded moves of one stop, in ms. */
  readonly recordIntervalMs: number;
  /** Trail events that a partition may record per second of input time. */
  readonly trailEventsPerSecondMax: number;
}

export const RECORDING_DEFAULT: RecordingRule = {
  recordIntervalMs: 100,
  trailEventsPerSecondMax: 4000,
};

/** What of the budget is left, and when it was last filled up; null when it never was. */
export interface RecorderState {
  readonly tokens: number;
  readonly filledAtMs: number | null;
  /** Missing: the log keeps up. */
  readonly isLagging?: true;
}

// While the log lags moves are merged over so many times the interval, and so much less of the budget is used.
const LAG_FACTOR = 10;

/**
 * Decides when a stop's moves become an event: the first at once, then at most one per stop and interval of input
 * time, and never more in a second than the budget. Moves in between are merged, none is lost.
 *
 * It knows input time only, so that a second run over the same inputs records the same events.
 */
export class MoveRecorder {
  private readonly due = new ActionHeap();
  /** By number: writing down the moves of a hundred thousand stops is no time for a map. */
  private readonly stops: (ArmedStop | undefined)[] = [];
  private factor = 1;
  private tokens: number;
  private filledAtMs = -Infinity;

  constructor(private readonly rule: RecordingRule) {
    this.tokens = rule.trailEventsPerSecondMax;
  }

  /** Input time at which the next move is due, or Infinity. */
  get dueAtMs(): number {
    return this.due.topKey;
  }

  get state(): RecorderState {
    const { tokens, filledAtMs, factor } = this;
    return {
      tokens,
      filledAtMs: filledAtMs === -Infinity ? null : filledAtMs,
      ...(factor > 1 && { isLagging: true as const }),
    };
  }

  /** When the moves of a stop become an event; Infinity when it has none that no event holds. */
  dueOf(stop: ArmedStop): number {
    return this.due.keyOf(stop.number);
  }

  /** Goes on where another recorder was. */
  restore({ tokens, filledAtMs, isLagging }: RecorderState): void {
    this.lag(isLagging ?? false);
    this.tokens = tokens;
    this.filledAtMs = filledAtMs ?? -Infinity;
  }

  /** Merges more while the log lags. What is due already stays due. */
  lag(isLagging: boolean): void {
    this.factor = isLagging ? LAG_FACTOR : 1;
    this.tokens = Math.min(this.tokens, this.budget);
  }

  get intervalMs(): number {
    return this.rule.recordIntervalMs * this.factor;
  }

  private get budget(): number {
    return Math.max(1, this.rule.trailEventsPerSecondMax / this.factor);
  }

  /** Takes over moves that no event holds yet. */
  take(stop: ArmedStop, dueAtMs: number): void {
    while (this.stops.length <= stop.number) this.stops.push(undefined);
    this.stops[stop.number] = stop;
    this.due.set(stop.number, dueAtMs);
  }

  note(stop: ArmedStop, tick: Tick, atMs: number): void {
    stop.pendingMoves += 1;
    stop.lastTick = tick;
    if (stop.firstTick) return;
    stop.firstTick = tick;
    this.take(stop, Math.max((stop.recordedAtMs ?? -Infinity) + this.intervalMs, atMs));
  }

  /** Forgets what is pending of a stop: its range was closed by another event, or the stop is gone. */
  close(stop: ArmedStop): void {
    stop.pendingMoves = 0;
    stop.firstTick = undefined;
    stop.lastTick = undefined;
    if (stop.number >= this.stops.length) return;
    this.due.remove(stop.number);
    this.stops[stop.number] = undefined;
  }

  /**
   * Hands over stops whose moves are due at this input time, as far as the budget goes, and so many at most. Returns
   * false when others of the same input time are left.
   */
  flush(atMs: number, max: number, record: (stop: ArmedStop) => void): boolean {
    if (this.due.topKey > atMs) return true;
    this.refill(atMs);
    for (let left = max; this.due.topKey <= atMs && this.tokens >= 1; left -= 1) {
      if (left === 0) return false;
      const stop = this.stops[this.due.topSlot];
      if (!stop) throw new Error('Invariant: every due slot is a stop with pending moves');
      this.tokens -= 1;
      record(stop);
      stop.recordedAtMs = atMs;
      this.close(stop);
    }
    return true;
  }

  private refill(atMs: number): void {
    const { budget } = this;
    const elapsedMs = Math.max(0, atMs - this.filledAtMs);
    this.tokens = Math.min(budget, this.tokens + (elapsedMs * budget) / 1000);
    this.filledAtMs = Math.max(this.filledAtMs, atMs);
  }
}
