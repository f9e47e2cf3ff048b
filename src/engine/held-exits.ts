import type { KnownStop } from '../domain/stop/stop-state.js';
import type { HeldExit, StopExitReleased } from '../domain/stop/stop.events.js';
import { Deadlines } from './deadlines.js';
import type { Desk } from './desk.js';

type GoOn = (stop: KnownStop, held: HeldExit, index: number) => void;

interface Waiting {
  readonly stopId: string;
  readonly held: HeldExit;
  readonly number: number;
}

/**
 * Exits that wait because the venue takes nothing of their instrument. One goes on when its time is up; where a print shows
 * that the venue takes orders again, with the first print once it has waited its least time. It is held longer each time.
 */
export class HeldExits {
  private readonly until = new Deadlines<Waiting>();
  private readonly byInstrument = new Map<string, Map<number, Waiting>>();
  private nextNumber = 0;

  constructor(private readonly desk: Desk) {}

  get count(): number {
    return this.byInstrument.size;
  }

  get waiting(): number {
    return this.until.size;
  }

  get dueAtMs(): number {
    return this.until.dueAtMs;
  }

  /** Writes down that an exit waits. Returns the index of the decision. */
  hold(stop: KnownStop, held: HeldExit, after?: number): number {
    const { stopId } = stop;
    const data = { ...this.desk.stamp(stop.stamp), stopId, ...held };
    const index = this.desk.decide(
      `stop-${stopId}`,
      { type: 'StopExitHeld', version: 1, data },
      after,
    );
    this.watch(stop, held);
    return index;
  }

  watch({ stopId, stamp }: KnownStop, held: HeldExit): void {
    const number = this.nextNumber;
    this.nextNumber += 1;
    const waiting = { stopId, held, number };
    this.until.set(number, held.untilMs, waiting);
    const others = this.byInstrument.get(stamp.instrumentId);
    if (others) others.set(number, waiting);
    else this.byInstrument.set(stamp.instrumentId, new Map([[number, waiting]]));
  }

  onTime(atMs: number, goOn: GoOn): void {
    this.until.take(atMs, (waiting) => this.release(waiting, 'time', goOn));
  }

  /** A price band or a missing broker shows in no print. */
  onPrint(instrumentId: string, atMs: number, goOn: GoOn): void {
    const waiting = this.byInstrument.get(instrumentId);
    if (!waiting) return;
    for (const each of [...waiting.values()]) {
      const { reason, notBeforeMs } = each.held;
      const shows = reason === 'halted' || reason === 'market-closed';
      if (shows && atMs >= notBeforeMs) this.release(each, 'market-trades', goOn);
    }
  }

  private release(
    { stopId, held, number }: Waiting,
    reason: StopExitReleased['data']['reason'],
    goOn: GoOn,
  ): void {
    const stop = this.desk.registry.stops.get(stopId);
    this.until.remove(number);
    if (!stop) return;
    const { instrumentId } = stop.stamp;
    const others = this.byInstrument.get(instrumentId);
    others?.delete(number);
    if (others?.size === 0) this.byInstrument.delete(instrumentId);
    // Its position has left by another way, which an exit released before this one has found: nothing goes on.
    if (stop.status === 'closed') return;
    const { ordinal, attempt, quantity } = held;
    const index = this.desk.decide(`stop-${stopId}`, {
      type: 'StopExitReleased',
      version: 1,
      data: { ...this.desk.stamp(stop.stamp), stopId, ordinal, attempt, quantity, reason },
    });
    goOn(this.desk.registry.stops.get(stopId) ?? stop, held, index);
  }
}
