import type { Desk } from './desk.js';
import type { MoveRecorder } from './move-recorder.js';
import type { Reaction } from './live-stop.js';
import { isTold, noOutcome, toldAtOnce } from './price-index.js';
import type { StopBook } from './stop-book.js';
import type { Tick } from './tick.js';
import type { TriggerDesk } from './trigger-desk.js';

// Moves that are noted before whoever drives the engine has its turn.
const NOTES_A_PART = 4096;

/** Lets prices work on the armed stops and writes down what came of it. */
export class TickDesk {
  private readonly outcome = noOutcome();
  /** So many of its moves are noted already. */
  private noted = 0;

  constructor(
    private readonly desk: Desk,
    private readonly room: {
      readonly book: StopBook;
      readonly recorder: MoveRecorder;
      readonly triggers: TriggerDesk;
    },
  ) {}

  /** What leaves at a price. `moves` must follow before any other price. */
  exits(tick: Tick): void {
    const { book } = this.room;
    book.measure(tick, this.desk.at, this.outcome);
    this.write(tick);
    book.onExits(tick, this.outcome);
    this.write(tick);
  }

  /** What else the same price does, part by part; false while another is left. A stop that it moved may fire here too. */
  moves(tick: Tick): boolean {
    if (this.noted === 0) {
      this.room.book.onMoves(tick, this.outcome);
      this.tell(tick);
    }
    return this.noteMoves(tick, NOTES_A_PART);
  }

  /** Lets a price that was seen before work on one stop, as when it is armed through the market. */
  reactAt(stopId: string, tick: Tick): void {
    const stop = this.desk.registry.stops.get(stopId);
    const armed = this.room.book.get(stopId);
    if (!stop || !armed) return;
    this.room.book.onTickOf(armed, stop.stamp.instrumentId, tick, this.outcome);
    this.write(tick);
  }

  private write(tick: Tick): void {
    this.tell(tick);
    this.noteMoves(tick, Infinity);
  }

  /** Triggers are written first: they must not wait behind the moves of others. */
  private tell(tick: Tick): void {
    const { fired, changed, reactions } = this.outcome;
    if (fired.length === 0 && changed.length === 0) return;
    const { at } = this.desk;
    const { triggers, recorder } = this.room;
    // One price concerns them all, so that the larger quantity is the larger value without protection.
    if (fired.length > 1) fired.sort((a, b) => triggers.compareSizes(b, a) || a.number - b.number);
    const told = toldAtOnce(this.outcome);
    for (const { stop, reaction } of told) {
      if (reaction.fired && reaction.activated) triggers.activated(stop, tick);
    }
    for (let place = 0; fired.length > 0 && place < changed.length; place += 1) {
      const [stop, reaction] = [changed[place], reactions[place]];
      if (stop && reaction?.fired && !reaction.activated) recorder.note(stop, tick, at);
    }
    for (const stop of fired) triggers.fired(stop, tick);
    for (const { stop, reaction } of told) {
      if (reaction.fired) continue;
      if (isOnlyMove(reaction)) recorder.note(stop, tick, at);
      if (reaction.activated) triggers.activated(stop, tick);
      else if (reaction.brokeEven) triggers.movedToBreakEven(stop, tick);
      if (reaction.targetsHit > 0) triggers.targetsHit(stop, tick, reaction.targetsHit);
    }
  }

  /** Notes moves that are no event yet, and so many at most; false while others are left. */
  private noteMoves(tick: Tick, max: number): boolean {
    const { fired, changed, reactions } = this.outcome;
    const { at } = this.desk;
    const end = Math.min(changed.length, this.noted + max);
    for (; this.noted < end; this.noted += 1) {
      const [stop, reaction] = [changed[this.noted], reactions[this.noted]];
      if (!stop || !reaction || reaction.fired || isTold(reaction)) continue;
      if (isOnlyMove(reaction)) this.room.recorder.note(stop, tick, at);
    }
    if (end < changed.length) return false;
    this.noted = 0;
    fired.length = 0;
    changed.length = 0;
    reactions.length = 0;
    return true;
  }
}

function isOnlyMove({ moved, activated, brokeEven }: Reaction): boolean {
  return moved && !activated && !brokeEven;
}
