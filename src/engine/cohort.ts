import type { LiveStop } from './live-stop.js';

/**
 * Stops of the same terms that stand at the same place: whatever price comes, the same happens to all of them, so that
 * one piece of work does for all. They share the live stop; only how often each has moved is its own.
 *
 * Where many stops have a plan of their own nearly all have one member, and there are millions: no list is made for it.
 */
export class Cohort<Member> {
  /** The newest round of its index in which it saw a price. */
  seenRound = -1;
  isListed = false;
  /** Where it is listed when others have the same terms. */
  shelf: CohortShelf<Member> | undefined = undefined;
  /** The extreme that it is listed under on the shelf. */
  listedAt: number | undefined = undefined;
  private first: Member | undefined = undefined;
  private others: Member[] | undefined = undefined;

  /** `slot`: its place in the queues of its index. */
  constructor(
    readonly live: LiveStop,
    readonly slot: number,
  ) {}

  get size(): number {
    return (this.first ? 1 : 0) + (this.others?.length ?? 0);
  }

  /** Puts all members behind what is there. */
  putAll(into: Member[]): void {
    if (this.first) into.push(this.first);
    if (!this.others) return;
    for (const stop of this.others) into.push(stop);
  }

  /** Returns the stop's place among the members. */
  add(stop: Member): number {
    if (!this.first) this.first = stop;
    else if (this.others) this.others.push(stop);
    else this.others = [stop];
    return this.size - 1;
  }

  /** Takes a member off; returns the one that has its place now, if another has. */
  drop(place: number): Member | undefined {
    const last = this.others?.pop();
    if (place === 0) this.first = last;
    else if (last && this.others && place <= this.others.length) this.others[place - 1] = last;
    else return undefined;
    return last;
  }
}

/**
 * The cohorts of the same terms, told apart by their extreme; should two differ in something else at the same extreme,
 * the second is not among them: it works on alone, and nothing is lost but the sharing.
 */
export interface CohortShelf<Member> {
  readonly byExtreme: Map<number, Cohort<Member>>;
  /** Those that are not among them too. */
  cohorts: number;
}
