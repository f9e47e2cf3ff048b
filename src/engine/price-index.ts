import { ActionHeap } from './action-heap.js';
import type { ArmedStop } from './armed-stop.js';
import type { Reaction } from './live-stop.js';

/** What a price did, by stop. Filled by `PriceIndex.onPrice`, owned by the caller. */
export interface PriceOutcome {
  /** Stops that fired; they have left the index. */
  readonly fired: ArmedStop[];
  /** Stops that were activated, moved or reached targets, with what happened to each. */
  readonly changed: ArmedStop[];
  readonly reactions: Reaction[];
}

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
  private reaction: Reaction = { activated: false, moved: false, fired: false, targetsHit: 0 };
  private armed = 0;

  get count(): number {
    return this.armed;
  }

  /** Gives a stop its place in the order without guarding it yet. */
  reserve(stop: ArmedStop): void {
    stop.slot = this.stops.length;
    this.stops.push(undefined);
  }

  /** Guards a stop that has its place. */
  add(stop: ArmedStop): void {
    this.stops[stop.slot] = stop;
    this.armed += 1;
    this.place(stop);
  }

  remove(stop: ArmedStop): void {
    if (this.stops[stop.slot] !== stop) return;
    this.stops[stop.slot] = undefined;
    this.armed -= 1;
    this.rising.remove(stop.slot);
    this.falling.remove(stop.slot);
  }

  /** Applies a price (in units) to every stop that it concerns. */
  onPrice(units: number, out: PriceOutcome): void {
    if (this.rising.topKey > units && this.falling.topKey > -units) return;
    this.wake(units);
    for (const stop of this.woken) {
      // A stop can be woken by both sides; the first side may have fired it.
      if (this.stops[stop.slot] !== stop) continue;
      const { live } = stop;
      live.onPrice(live.terms.sign * units, this.reaction);
      this.sort(stop, out);
    }
    this.woken.length = 0;
  }

  /** Applies a price to one stop only, as when it is armed through the market. */
  onPriceOf(stop: ArmedStop, units: number, out: PriceOutcome): void {
    stop.live.onPrice(stop.live.terms.sign * units, this.reaction);
    this.sort(stop, out);
  }

  private wake(units: number): void {
    for (const [heap, probe] of [
      [this.rising, units],
      [this.falling, -units],
    ] as const) {
      while (heap.topKey <= probe) {
        const slot = heap.topSlot;
        heap.remove(slot);
        const stop = this.stops[slot];
        if (stop) this.woken.push(stop);
      }
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
    if (!reaction.activated && !reaction.moved && reaction.targetsHit === 0) return;
    out.changed.push(stop);
    out.reactions.push(reaction);
    this.reaction = { activated: false, moved: false, fired: false, targetsHit: 0 };
  }

  private place(stop: ArmedStop): void {
    const { live, slot } = stop;
    const [favourable, adverse] =
      live.terms.sign === 1 ? [this.rising, this.falling] : [this.falling, this.rising];
    favourable.set(slot, live.favourableKey);
    adverse.set(slot, -live.adverseKey);
  }
}
