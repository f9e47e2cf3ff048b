import type { Cohort, CohortShelf } from './armed-stop.js';
import type { LiveStop } from './live-stop.js';
import type { StopTerms } from './stop-terms.js';

/** Whether two live stops of the same terms have the same future. */
export function standTogether(one: LiveStop, other: LiveStop): boolean {
  return (
    Object.is(one.level, other.level) &&
    Object.is(one.extreme, other.extreme) &&
    one.activated === other.activated &&
    one.nextTarget === other.nextTarget &&
    one.isMarked === other.isMarked &&
    one.isDue === other.isDue
  );
}

/** Finds the cohort that stands where a stop stands. */
export class CohortList {
  private readonly byTerms = new Map<StopTerms, CohortShelf>();

  /** A cohort in which a stop that comes finds its own place, or undefined. */
  find(live: LiveStop): Cohort | undefined {
    const shelf = this.byTerms.get(live.terms);
    return shelf && foundOn(shelf, live);
  }

  /** Lists a new cohort where it stands, unless another does there. */
  list(cohort: Cohort): void {
    const { terms } = cohort.live;
    const shelf = this.byTerms.get(terms) ?? { only: undefined, byExtreme: undefined, cohorts: 0 };
    cohort.shelf = shelf;
    shelf.cohorts += 1;
    if (shelf.cohorts === 1) this.byTerms.set(terms, shelf);
    putOn(shelf, cohort);
  }

  /**
   * Lists a cohort where it stands now. Returns another that stands there with the same future, if there is one: then
   * it is listed no more.
   */
  relist(cohort: Cohort): Cohort | undefined {
    const { shelf, live } = cohort;
    if (!shelf) return undefined;
    if (shelf.only === cohort) {
      cohort.listedAt = live.extreme;
      return undefined;
    }
    const found = foundOn(shelf, live);
    if (found && found !== cohort) return found;
    if (!Object.is(cohort.listedAt, live.extreme)) {
      takeOff(shelf, cohort);
      putOn(shelf, cohort);
    }
    return undefined;
  }

  /** Takes a cohort off that is no more. */
  strike(cohort: Cohort): void {
    const { shelf } = cohort;
    if (!shelf) return;
    takeOff(shelf, cohort);
    cohort.shelf = undefined;
    shelf.cohorts -= 1;
    if (shelf.cohorts === 0) this.byTerms.delete(cohort.live.terms);
  }
}

function foundOn({ only, byExtreme }: CohortShelf, live: LiveStop): Cohort | undefined {
  const found = byExtreme ? byExtreme.get(live.extreme) : only;
  return found && standTogether(found.live, live) ? found : undefined;
}

function putOn(shelf: CohortShelf, cohort: Cohort): void {
  const { extreme } = cohort.live;
  cohort.listedAt = extreme;
  if (!shelf.only && !shelf.byExtreme) {
    shelf.only = cohort;
    return;
  }
  if (shelf.only) shelf.byExtreme = new Map([[shelf.only.listedAt, shelf.only]]);
  shelf.only = undefined;
  if (!shelf.byExtreme?.has(extreme)) shelf.byExtreme?.set(extreme, cohort);
}

function takeOff(shelf: CohortShelf, cohort: Cohort): void {
  const { byExtreme } = shelf;
  if (shelf.only === cohort) shelf.only = undefined;
  if (byExtreme?.get(cohort.listedAt) !== cohort) return;
  byExtreme.delete(cohort.listedAt);
  if (byExtreme.size === 0) shelf.byExtreme = undefined;
}
