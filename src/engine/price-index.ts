import { ActionHeap } from './action-heap.js';
import type { ArmedStop } from './armed-stop.js';
import { noReaction } from './live-stop.js';
import type { Reaction } from './live-stop.js';

/** What a price did, by stop. Filled by `PriceIndex.onPrice`, owned by the caller. */
export interface PriceOutcome {
  /** Stops that fired; they have left the index. */
  readonly fired: ArmedStop[];
  /** Stops that were activated, moved or reached targets, with what happened to each. */
  readonly changed: ArmedStop[];
  readonly reactions: Reaction[];
}

export function noOutcome(): PriceOutcome {
  return { fired: [], changed: [], reactions: [] };
}

/** What the prices of an index are to its stops: they fire (and mostly move) them, or they move them only. */
export type IndexRole = 'trigger' | 'trail';

/**
 * The armed stops of one instrument and one price source, by the next price at which something happens to them.
 *
 *     rising    keys in units:  wakes stops whose key <= price    (a long's new extreme, a short's level)
 *     falling   keys negated:   wakes stops whose key <= -price   (a long's level, a short's new extreme)
 *
 * Data plane (`onPrice`): O(1) and no allocation when no stop is concerned; O(k log n) when k are.
 * Slots are never used twice, so that equal keys leave in the order of arming.
 */
export class PriceIndex {
  private readonly rising = new ActionHeap();
  private readonly falling = new ActionHeap();
  private readonly stops: (ArmedStop | undefined)[] = [];
  private readonly woken: ArmedStop[] = [];
  private reaction: Reaction = noReaction();
  private armed = 0;
  // Even for one role and odd for the other: a stop may be in one index of each.
  private round: number;

  constructor(private readonly role: IndexRole = 'trigger') {
    this.round = role === 'trigger' ? 0 : 1;
  }

  get count(): number {
    return this.armed;
  }

  /** Gives a stop its place in the order without guarding it yet. */
  reserve(stop: ArmedStop): void {
    if (this.role === 'trigger') stop.slot = this.stops.length;
    else stop.trailSlot = this.stops.length;
    this.stops.push(undefined);
  }

  /** Guards a stop that has its place. */
  add(stop: ArmedStop): void {
    this.stops[this.slotOf(stop)] = stop;
    this.armed += 1;
    this.place(stop);
  }

  remove(stop: ArmedStop): void {
    const slot = this.slotOf(stop);
    if (this.stops[slot] !== stop) return;
    this.stops[slot] = undefined;
    this.armed -= 1;
    this.rising.remove(slot);
    this.falling.remove(slot);
  }

  /** Puts a stop at its new keys, as when something other than a price of this index has changed it. */
  replace(stop: ArmedStop): void {
    if (this.stops[this.slotOf(stop)] === stop) this.place(stop);
  }

  /**
   * Applies a price (in units) to every stop that it concerns. For an index that only moves stops: `bid` and `ask` are
   * the newest prices that may fire them.
   */
  onPrice(units: number, out: PriceOutcome, bid = NaN, ask = NaN): void {
    if (this.rising.topKey > units && this.falling.topKey > -units) return;
    this.wake(units);
    for (const stop of this.woken) {
      // A stop can be woken by both sides, but it sees a price once.
      if (stop.seenRound === this.round || this.stops[this.slotOf(stop)] !== stop) continue;
      stop.seenRound = this.round;
      this.react(stop, units, stop.live.terms.sign === 1 ? bid : ask);
      this.sort(stop, out);
    }
    this.woken.length = 0;
    this.round += 2;
  }

  /** Applies a price to one stop only, as when it is armed through the market. */
  onPriceOf(stop: ArmedStop, units: number, out: PriceOutcome): void {
    this.react(stop, units, NaN);
    this.sort(stop, out);
  }

  private react({ live }: ArmedStop, units: number, check: number): void {
    const { sign, movesByTrigger } = live.terms;
    if (this.role === 'trail') live.onTrailPrice(sign * units, sign * check, this.reaction);
    else if (movesByTrigger) live.onPrice(sign * units, this.reaction);
    else live.onCheckPrice(sign * units, this.reaction);
  }

  private wake(units: number): void {
    this.wakeFrom(this.rising, units);
    this.wakeFrom(this.falling, -units);
  }

  private wakeFrom(heap: ActionHeap, probe: number): void {
    while (heap.topKey <= probe) {
      const slot = heap.topSlot;
      heap.remove(slot);
      const stop = this.stops[slot];
      if (stop) this.woken.push(stop);
    }
  }

  private sort(stop: ArmedStop, out: PriceOutcome): void {
    const { reaction } = this;
    if (reaction.fired) {
      this.remove(stop);
      out.fired.push(stop);
    } else {
      this.place(stop);
    }
    const { activated, moved, brokeEven, targetsHit } = reaction;
    if (!activated && !moved && !brokeEven && targetsHit === 0) return;
    out.changed.push(stop);
    out.reactions.push(reaction);
    this.reaction = noReaction();
  }

  private place(stop: ArmedStop): void {
    const { live } = stop;
    const slot = this.slotOf(stop);
    const isLong = live.terms.sign === 1;
    const favourable = isLong ? this.rising : this.falling;
    const adverse = isLong ? this.falling : this.rising;
    if (this.role === 'trail') {
      favourable.set(slot, live.trailKey);
      adverse.set(slot, -live.adverseActivation);
    } else if (live.terms.movesByTrigger) {
      favourable.set(slot, live.favourableKey);
      adverse.set(slot, -live.adverseKey);
    } else {
      favourable.set(slot, live.targetKey);
      adverse.set(slot, -live.firingPrice);
    }
  }

  private slotOf(stop: ArmedStop): number {
    return this.role === 'trigger' ? stop.slot : stop.trailSlot;
  }
}
