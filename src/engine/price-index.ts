import type { ArmedStop, StopCohort } from './armed-stop.js';
import { Cohort } from './cohort.js';
import { CohortList } from './cohort-list.js';
import { LevelQueue } from './level-queue.js';
import { noReaction } from './live-stop.js';
import type { Reaction } from './live-stop.js';

/**
 * What a price did, by stop, in no order that means anything: sort by number what depends on it. Filled by
 * `PriceIndex.onPrice`, owned by the caller.
 */
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

// What a new extreme does to nearly all: it need not be kept for each.
const PLAIN_MOVE: Reaction = { ...noReaction(), moved: true };

export function isTold({ activated, brokeEven, targetsHit }: Reaction): boolean {
  return activated || brokeEven || targetsHit > 0;
}

/** What is an event at once, in the order of arming: how the index came upon the stops means nothing. */
export function toldAtOnce({ changed, reactions }: PriceOutcome) {
  const told: { readonly stop: ArmedStop; readonly reaction: Reaction }[] = [];
  reactions.forEach((reaction, place) => {
    const stop = changed[place];
    if (stop && isTold(reaction)) told.push({ stop, reaction });
  });
  return told.sort((one, other) => one.stop.number - other.stop.number);
}

/** What the prices of an index are to its stops: they fire (and mostly move) them, or they move them only. */
export type IndexRole = 'trigger' | 'trail';

/** By the next price that wakes a cohort: `rising` when it is reached from below, `falling` (keys negated) from above. */
class PriceSides {
  readonly rising = new LevelQueue();
  readonly falling = new LevelQueue();

  /** Whether a price wakes nobody. */
  isQuietAt(units: number): boolean {
    return this.rising.topKey > units && this.falling.topKey > -units;
  }

  /** Directed keys: a favourable price is one at or above, an adverse one at or below. Infinite ones are none. */
  set(slot: number, sign: 1 | -1, favourable: number, adverse: number): void {
    (sign === 1 ? this.rising : this.falling).set(slot, favourable);
    (sign === 1 ? this.falling : this.rising).set(slot, -adverse);
  }

  remove(slot: number): void {
    this.rising.remove(slot);
    this.falling.remove(slot);
  }
}

/**
 * The armed stops of one instrument and one price source, by the next price at which something happens to them. Stops
 * that stand at the same place stand there as one cohort.
 *
 *     exits   by the price at which a cohort has something to leave: its level, its next target
 *     moves   by the price at which it only moves: a new extreme, activation, break-even
 *
 * Exits come first, all of them, at a cost that does not depend on how many others the same price moves.
 *
 * Data plane (`onPrice`): O(1) and no allocation when no stop is concerned; when k stops of g cohorts are, O(g log n)
 * and a few ns for each stop.
 */
export class PriceIndex {
  private readonly exits = new PriceSides();
  private readonly moves = new PriceSides();
  private readonly cohorts: (StopCohort | undefined)[] = [];
  private readonly freeSlots: number[] = [];
  private readonly list = new CohortList();
  private readonly woken: StopCohort[] = [];
  private readonly slots: number[] = [];
  private reaction: Reaction = noReaction();
  private armed = 0;
  private round = 0;

  constructor(private readonly role: IndexRole = 'trigger') {}

  get count(): number {
    return this.armed;
  }

  /** Guards a stop from here on. */
  add(stop: ArmedStop): void {
    const found = this.canShare(stop) ? this.list.find(stop.live) : undefined;
    if (found) enter(found, stop);
    else this.begin(stop);
    this.armed += 1;
  }

  remove(stop: ArmedStop): void {
    const cohort = this.cohortOf(stop);
    if (!cohort || this.cohorts[cohort.slot] !== cohort) return;
    this.armed -= 1;
    // A stop of a trail index is the only one of its cohort there, whatever its place in the other index.
    const place = this.role === 'trail' ? 0 : stop.place;
    const moved = cohort.drop(place);
    if (moved) moved.place = place;
    this.leave(stop);
    if (cohort.size === 0) this.end(cohort);
    // The others go on without it.
    else stop.live = stop.live.copy();
  }

  /** Puts a stop at its new keys, as when something other than a price of this index has changed it. */
  replace(stop: ArmedStop): void {
    const cohort = this.cohortOf(stop);
    if (cohort && this.cohorts[cohort.slot] === cohort) this.place(cohort);
  }

  /** Whether a price concerns no stop. */
  isQuietAt(units: number): boolean {
    return this.exits.isQuietAt(units) && this.moves.isQuietAt(units);
  }

  /** Applies a price (in units) to every stop that it concerns. */
  onPrice(units: number, out: PriceOutcome): void {
    this.onExits(units, out);
    this.onMoves(units, out);
  }

  /** Applies a price to every stop whose level or target it reaches; `onMoves` must come before any other price. */
  onExits(units: number, out: PriceOutcome): void {
    if (this.exits.isQuietAt(units)) return;
    this.wake(this.exits, units);
    this.reactAll(units, NaN, NaN, out);
  }

  /**
   * Applies the same price to every other stop that it concerns. For an index that only moves stops: `bid` and `ask`
   * are the newest prices that may fire them.
   */
  onMoves(units: number, out: PriceOutcome, bid = NaN, ask = NaN): void {
    if (this.woken.length === 0 && this.moves.isQuietAt(units)) return;
    this.wake(this.moves, units);
    this.reactAll(units, bid, ask, out);
    // Only when all have seen the price: none may join those that are still to see it.
    for (const cohort of this.woken) this.settle(cohort);
    this.woken.length = 0;
    this.round += 1;
  }

  /** Applies a price to one stop only, as when it is armed through the market. */
  onPriceOf(stop: ArmedStop, units: number, out: PriceOutcome): void {
    const cohort = this.apart(stop);
    this.react(cohort, units, NaN);
    this.sort(cohort, out);
    this.settle(cohort);
  }

  /** Averages over bars, and a second price that moves it, are a stop's own. */
  private canShare({ live, trailSource }: ArmedStop): boolean {
    return this.role === 'trigger' && trailSource === undefined && live.meter === undefined;
  }

  private begin(stop: ArmedStop): StopCohort {
    const slot = this.freeSlots.pop() ?? this.cohorts.length;
    const cohort = new Cohort<ArmedStop>(stop.live, slot);
    this.cohorts[slot] = cohort;
    const place = cohort.add(stop);
    if (this.role === 'trail') {
      stop.trailCohort = cohort;
    } else {
      stop.cohort = cohort;
      stop.place = place;
    }
    if (this.canShare(stop)) this.list.list(cohort);
    this.place(cohort);
    return cohort;
  }

  private end(cohort: StopCohort): void {
    this.list.strike(cohort);
    this.exits.remove(cohort.slot);
    this.moves.remove(cohort.slot);
    this.cohorts[cohort.slot] = undefined;
    this.freeSlots.push(cohort.slot);
  }

  /** The stop in a cohort of its own. */
  private apart(stop: ArmedStop): StopCohort {
    const cohort = this.cohortOf(stop);
    if (cohort?.size === 1) return cohort;
    this.remove(stop);
    this.armed += 1;
    return this.begin(stop);
  }

  private react({ live }: StopCohort, units: number, check: number): void {
    const { sign, movesByTrigger } = live.terms;
    if (this.role === 'trail') live.onTrailPrice(sign * units, sign * check, this.reaction);
    else if (movesByTrigger) live.onPrice(sign * units, this.reaction);
    else live.onCheckPrice(sign * units, this.reaction);
  }

  private reactAll(units: number, bid: number, ask: number, out: PriceOutcome): void {
    for (const cohort of this.woken) {
      // A cohort can be woken several times, but it sees a price once.
      if (cohort.seenRound === this.round) continue;
      cohort.seenRound = this.round;
      this.react(cohort, units, cohort.live.terms.sign === 1 ? bid : ask);
      this.sort(cohort, out);
    }
  }

  private wake({ rising, falling }: PriceSides, units: number): void {
    const { slots } = this;
    rising.take(units, slots);
    falling.take(-units, slots);
    for (const slot of slots) {
      const cohort = this.cohorts[slot];
      if (cohort) this.woken.push(cohort);
    }
    slots.length = 0;
  }

  private sort(cohort: StopCohort, out: PriceOutcome): void {
    const { reaction } = this;
    const { size } = cohort;
    const { moved, fired } = reaction;
    const told = isTold(reaction);
    if (moved || told) {
      const isPlain = !told && !fired;
      cohort.putAll(out.changed);
      const one = isPlain ? PLAIN_MOVE : reaction;
      for (let count = 0; count < size; count += 1) out.reactions.push(one);
      if (!isPlain) this.reaction = noReaction();
    }
    if (!fired) return;
    this.end(cohort);
    this.armed -= size;
    const before = out.fired.length;
    cohort.putAll(out.fired);
    for (const stop of out.fired.slice(before)) this.leave(stop);
  }

  /** A cohort that a price has worked on joins the one that stands where it stands now. */
  private settle(cohort: StopCohort): void {
    if (this.cohorts[cohort.slot] !== cohort) return;
    const found = this.list.relist(cohort);
    if (found) this.merge(cohort, found);
    else this.place(cohort);
  }

  private merge(one: StopCohort, other: StopCohort): void {
    const [from, into] = one.size > other.size ? [other, one] : [one, other];
    this.end(from);
    const moving: ArmedStop[] = [];
    from.putAll(moving);
    for (const stop of moving) enter(into, stop);
    this.list.relist(into);
    this.place(into);
  }

  private place({ live, slot }: StopCohort): void {
    const { sign, movesByTrigger } = live.terms;
    if (this.role === 'trigger') this.exits.set(slot, sign, live.targetKey, live.firingPrice);
    if (this.role === 'trail' || movesByTrigger) {
      this.moves.set(slot, sign, live.trailKey, live.adverseActivation);
    }
  }

  private cohortOf(stop: ArmedStop): StopCohort | undefined {
    return this.role === 'trail' ? stop.trailCohort : stop.cohort;
  }

  private leave(stop: ArmedStop): void {
    if (this.role === 'trail') stop.trailCohort = undefined;
    else stop.cohort = undefined;
  }
}

/** Its own moves are what they were: what differs from the others' is noted. */
function enter(cohort: StopCohort, stop: ArmedStop): void {
  stop.movesBefore += stop.live.moves - cohort.live.moves;
  stop.live = cohort.live;
  stop.cohort = cohort;
  stop.place = cohort.add(stop);
}
