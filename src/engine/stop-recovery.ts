import type { Fact } from '../domain/facts.js';
import { compareInputs } from '../domain/kernel/units.js';
import type { InputRef } from '../domain/kernel/units.js';
import type { KnownStop } from '../domain/stop/stop-state.js';
import type { ArmedStop } from './armed-stop.js';
import type { Desk } from './desk.js';
import type { NumberedInput } from './inputs.js';
import { liveFrom } from './live-track.js';
import type { MoveRecorder } from './move-recorder.js';
import { Rehearsal } from './rehearsal.js';
import type { StopBook } from './stop-book.js';
import type { StopClock } from './stop-clock.js';

/** What a stop joins. */
export interface RecoveryRoom {
  readonly book: StopBook;
  readonly recorder: MoveRecorder;
  readonly clock: StopClock;
}

/**
 * Brings armed stops to where log and tape have left them.
 *
 *     restore(fact)* ─► begin ─► admitBefore(taped input)* ─► admitBefore(): all are guarded
 *
 * A stop joins in when the tape reaches the input behind its newest fact. One whose history cannot be trusted does not.
 */
export class StopRecovery {
  readonly isolated: string[] = [];
  /** Positions whose own history, or that of one of their orders, could not be folded. */
  readonly untrusted = new Set<string>();
  /** Armed stops that the tape has not reached yet, the earliest last. */
  private waiting: { readonly stop: KnownStop; readonly armed: ArmedStop }[] = [];
  private readonly lastTrailedAt = new Map<string, number>();
  /** The input behind which an image was made that recovery goes on from. */
  private resumedInput: InputRef | undefined;
  private readonly rehearsal = new Rehearsal();
  /** Of stops in that image, or rehearsal, that the log knows more of. */
  private readonly numbers = new Map<string, number>();

  constructor(
    private readonly desk: Desk,
    private readonly room: RecoveryRoom,
  ) {}

  get isUnderWay(): boolean {
    return this.waiting.length > 0;
  }

  /** An image that was made behind this input is in place. */
  resumedAt(input: InputRef | undefined): void {
    this.resumedInput = input;
    this.rehearsal.done();
  }

  /**
   * Folds one fact of the log. A history that cannot be folded isolates the stops that rest on it and leaves the others
   * alone.
   */
  restore(streamId: string, fact: Fact, revision: number): void {
    // What an image holds of a stream is not folded again.
    if (this.resumedInput && revision <= this.desk.registry.revisionOf(streamId)) return;
    this.overtake(streamId);
    try {
      this.desk.registry.apply(streamId, fact, revision);
      if (fact.type === 'InstrumentAmended') this.overtakeAll(fact.data.instrumentId);
      if (fact.type === 'StopTrailed') this.lastTrailedAt.set(fact.data.stopId, fact.data.at);
    } catch (error) {
      if (!('positionId' in fact.data)) throw error;
      this.isolate(streamId, fact.data.positionId);
    }
  }

  /** Leaves out of what is guarded all that rests on a stream which cannot be trusted. */
  isolate(streamId: string, positionId = /^position-(.+)$/.exec(streamId)?.[1]): void {
    // An order's id begins with that of its stop: see exitOrderId.
    const stopId = /^(?:stop-(.+)|order-(.+)-[^-]+)$/.exec(streamId)?.slice(1).find(Boolean);
    if (stopId !== undefined) {
      this.drop(stopId);
    } else if (positionId !== undefined) {
      this.untrusted.add(positionId);
    }
  }

  /**
   * A stop of an image, or of a rehearsal, that the log knows more of stands where the log says: it joins in as if there
   * had been none.
   */
  private overtake(streamId: string): void {
    if (!this.rehearsal.hasBegun) return;
    const stopId = streamId.replace(/^stop-/, '');
    if (stopId !== streamId) this.rehearsal.note(stopId);
    const armed = this.room.book.get(stopId);
    const stop = armed && this.desk.registry.stops.get(armed.stopId);
    if (!stop) return;
    this.room.clock.forget(armed);
    this.room.recorder.close(armed);
    this.room.book.release(stop);
    this.unreserve(armed);
  }

  private unreserve({ stopId, number, recordedAtMs }: ArmedStop): void {
    this.numbers.set(stopId, number);
    if (recordedAtMs !== undefined) this.lastTrailedAt.set(stopId, recordedAtMs);
  }

  /** What an image holds of an instrument that was split behind it counts in units of before. */
  private overtakeAll(instrumentId: string): void {
    if (!this.rehearsal.hasBegun) return;
    for (const { stopId, stamp } of [...this.desk.registry.stops.values()]) {
      if (stamp.instrumentId === instrumentId) this.overtake(`stop-${stopId}`);
    }
    this.room.book.forgetPrices(instrumentId);
  }

  private drop(stopId: string): void {
    this.overtake(`stop-${stopId}`);
    this.desk.registry.dropStop(stopId);
    if (!this.isolated.includes(stopId)) this.isolated.push(stopId);
  }

  /**
   * Makes ready what is armed by now, while another engine owns the partition: then a take-over has only those left that
   * the log tells of behind it. Done again, it makes ready those. False, and nothing is done, where our own tape has
   * prices from behind the newest facts of a stop: these come before it may guard.
   */
  rehearse(isTaped: (after: InputRef) => boolean): boolean {
    const start = this.begin();
    if (start && isTaped(start)) {
      for (const { armed } of this.waiting) this.unreserve(armed);
      this.waiting = [];
      return false;
    }
    this.admitBefore(undefined);
    this.rehearsal.done();
    return true;
  }

  /** The input behind which recovery must do the tape again, or undefined when there is nothing to do. */
  begin(): InputRef | undefined {
    const { stops } = this.desk.registry;
    for (const stop of this.untrusted.size > 0 ? [...stops.values()] : []) {
      if (this.untrusted.has(stop.stamp.positionId)) this.drop(stop.stopId);
    }
    const open = [...this.rehearsal.armed(stops)].filter(
      ({ stopId, stamp }) => !this.room.book.get(stopId) && !this.desk.registry.isOfBefore(stamp),
    );
    this.waiting = open.map((stop) => ({ stop, armed: this.reserve(stop) }));
    this.waiting.sort((a, b) => compareInputs(b.stop.lastInput, a.stop.lastInput));
    // Also when no stop is armed: an image has prices in it, and the newest are behind it.
    return this.resumedInput ?? this.waiting.at(-1)?.stop.lastInput;
  }

  /** A price of before a split is in other units than what the log has of the instrument now. */
  isOfBefore({ ref, input }: NumberedInput): boolean {
    if (input.kind !== 'tick') return false;
    const { split } = this.desk.registry.instruments.get(input.tick.instrumentId)?.definition ?? {};
    return split !== undefined && compareInputs(ref, split.input) < 0;
  }

  /** Lets stops join in that the tape has reached; undefined: all of them. */
  admitBefore(ref: InputRef | undefined): void {
    for (let next = this.waiting.at(-1); next; next = this.waiting.at(-1)) {
      if (ref && compareInputs(next.stop.lastInput, ref) >= 0) return;
      this.waiting.pop();
      this.room.book.admit(next.stop, next.armed);
      this.room.clock.watch(next.stop, next.armed);
    }
  }

  private reserve(stop: KnownStop): ArmedStop {
    const instrument = this.desk.registry.instruments.get(stop.stamp.instrumentId);
    if (!instrument)
      throw new Error(`Invariant: a stop's instrument is known, found ${stop.stamp.instrumentId}`);
    const number = this.numbers.get(stop.stopId);
    const armed = this.room.book.reserve(stop, liveFrom(stop, instrument), number);
    armed.recordedAtMs = this.lastTrailedAt.get(stop.stopId);
    this.lastTrailedAt.delete(stop.stopId);
    return armed;
  }
}
