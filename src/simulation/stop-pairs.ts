import { Deadlines } from '../engine/deadlines.js';
import type { DecidedStop } from './decided-stops.js';

export type StopPair = readonly [here: DecidedStop, there: DecidedStop];

export interface StopPairs {
  readonly pairs: readonly StopPair[];
  readonly onlyHere: readonly DecidedStop[];
  readonly onlyThere: readonly DecidedStop[];
}

/**
 * Which stop of one account stands for which of another. They share no id: two belong together when they guard the same
 * side of the same instrument and were armed at most `withinMs` apart. Of several, those with the same plan go first, then
 * those that were armed nearest to one another.
 */
export function pairStops(
  here: readonly DecidedStop[],
  there: readonly DecidedStop[],
  withinMs: number,
): StopPairs {
  const left = { here: new Set(here), there: new Set(there) };
  const pairs: StopPair[] = [];
  for (const keyOf of [planOf, sideOf]) {
    const groups = groupsOf(left, keyOf);
    for (const group of groups) pairs.push(...nearest(group, withinMs));
    for (const [ours, theirs] of pairs) {
      left.here.delete(ours);
      left.there.delete(theirs);
    }
  }
  pairs.sort(([a], [b]) => a.armedAt - b.armedAt || (a.stopId < b.stopId ? -1 : 1));
  return { pairs, onlyHere: [...left.here], onlyThere: [...left.there] };
}

/** One stop among those of both accounts, in the order of time. */
interface Link {
  readonly stop: DecidedStop;
  readonly isHere: boolean;
  /** Its number among those of its account that were armed at the same time: the first belongs to the first. */
  readonly place: number;
  before: Link | undefined;
  after: Link | undefined;
  isTaken: boolean;
}

interface Left {
  readonly here: ReadonlySet<DecidedStop>;
  readonly there: ReadonlySet<DecidedStop>;
}

function groupsOf(left: Left, keyOf: (stop: DecidedStop) => string): Iterable<readonly Link[]> {
  const groups = new Map<string, Link[]>();
  for (const isHere of [true, false]) {
    const places = new Map<string, number>();
    for (const stop of isHere ? left.here : left.there) {
      const key = keyOf(stop);
      const moment = `${stop.armedAt} ${key}`;
      const place = places.get(moment) ?? 0;
      places.set(moment, place + 1);
      const link = { stop, isHere, place, before: undefined, after: undefined, isTaken: false };
      const group = groups.get(key);
      if (group) group.push(link);
      else groups.set(key, [link]);
    }
  }
  return groups.values();
}

/**
 * The two that are nearest to one another are always neighbours; once they are taken out, so are the two beside them.
 * Cost: n log n, whatever the time within which stops may belong together.
 */
function nearest(links: readonly Link[], withinMs: number): readonly StopPair[] {
  const order = [...links].sort(
    (a, b) =>
      a.stop.armedAt - b.stop.armedAt || a.place - b.place || Number(b.isHere) - Number(a.isHere),
  );
  const open = new Deadlines<readonly [Link, Link]>();
  let offers = 0;
  const offer = (first: Link | undefined, second: Link | undefined): void => {
    if (!first || !second || first.isHere === second.isHere) return;
    open.set((offers += 1), second.stop.armedAt - first.stop.armedAt, [first, second]);
  };
  order.forEach((link, place) => {
    link.before = order[place - 1];
    link.after = order[place + 1];
    offer(link.before, link);
  });
  const pairs: StopPair[] = [];
  open.take(withinMs, ([first, second]) => {
    if (first.isTaken || second.isTaken) return;
    for (const link of [first, second]) takeOut(link);
    offer(first.before, second.after);
    pairs.push(first.isHere ? [first.stop, second.stop] : [second.stop, first.stop]);
  });
  return pairs;
}

function takeOut(link: Link): void {
  link.isTaken = true;
  if (link.before) link.before.after = link.after;
  if (link.after) link.after.before = link.before;
}

function planOf(stop: DecidedStop): string {
  return JSON.stringify([sideOf(stop), stop.plan]);
}

function sideOf({ instrumentId, side }: DecidedStop): string {
  return `${side} ${instrumentId}`;
}
