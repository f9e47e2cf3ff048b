import type { ArmedStop, StopCohort } from './armed-stop.js';
import { Cohort } from './cohort.js';
import type { CohortShelf } from './cohort.js';
import type { LiveStop } from './live-stop.js';
import type { StopTerms } from './stop-terms.js';

type Shelf = CohortShelf<ArmedStop>;

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
  /** By terms: where many stops have a plan of their own it is mostly the only one, and nothing has to be searched. */
  private readonly byTerms = new Map<StopTerms, StopCohort | Shelf>();

  /** A cohort in which a stop that comes finds its own place, or undefined. */
  find(live: LiveStop): StopCohort | undefined {
    const listed = this.byTerms.get(live.terms);
    const found = listed instanceof Cohort ? listed : listed?.byExtreme.get(live.extreme);
    return found && standTogether(found.live, live) ? found : undefined;
  }

  /** Lists a new cohort where it stands, unless another does there. */
  list(cohort: StopCohort): void {
    const { terms } = cohort.live;
    const listed = this.byTerms.get(terms);
    cohort.isListed = true;
    if (!listed) this.byTerms.set(terms, cohort);
    else join(listed instanceof Cohort ? this.shelfWith(listed) : listed, cohort);
  }

  /**
   * Lists a cohort where it stands now. Returns another that stands there with the same future, if there is one: then
   * it is listed no more.
   */
  relist(cohort: StopCohort): StopCohort | undefined {
    const { shelf, live } = cohort;
    if (!shelf) return undefined;
    const found = shelf.byExtreme.get(live.extreme);
    if (found && found !== cohort && standTogether(found.live, live)) return found;
    if (!Object.is(cohort.listedAt, live.extreme)) {
      takeOff(shelf, cohort);
      putOn(shelf, cohort);
    }
    return undefined;
  }

  /** Takes a cohort off that is no more. */
  strike(cohort: StopCohort): void {
    if (!cohort.isListed) return;
    const { shelf } = cohort;
    if (shelf) leave(shelf, cohort);
    if (!shelf || shelf.cohorts === 0) this.byTerms.delete(cohort.live.terms);
    cohort.isListed = false;
  }

  private shelfWith(only: StopCohort): Shelf {
    const shelf: Shelf = { byExtreme: new Map(), cohorts: 0 };
    this.byTerms.set(only.live.terms, shelf);
    join(shelf, only);
    return shelf;
  }
}

function join(shelf: Shelf, cohort: StopCohort): void {
  cohort.shelf = shelf;
  shelf.cohorts += 1;
  putOn(shelf, cohort);
}

function leave(shelf: Shelf, cohort: StopCohort): void {
  cohort.shelf = undefined;
  shelf.cohorts -= 1;
  takeOff(shelf, cohort);
}

function putOn({ byExtreme }: Shelf, cohort: StopCohort): void {
  const { extreme } = cohort.live;
  cohort.listedAt = extreme;
  if (!byExtreme.has(extreme)) byExtreme.set(extreme, cohort);
}

function takeOff({ byExtreme }: Shelf, cohort: StopCohort): void {
  const at = cohort.listedAt ?? NaN;
  if (byExtreme.get(at) === cohort) byExtreme.delete(at);
}
