import type { Cohort } from './armed-stop.js';
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

/**
 * Finds the cohort that stands where a stop stands. Two of the same terms are told apart by their extreme; should they
 * differ in something else at the same extreme, the second is not listed: it works on alone, and nothing is lost but
 * the sharing.
 */
export class CohortList {
  private readonly byTerms = new Map<StopTerms, Cohort | Map<number, Cohort>>();

  /** A cohort in which a stop finds its own place, or undefined. */
  find(live: LiveStop): Cohort | undefined {
    const found = this.byTerms.get(live.terms);
    const cohort = found instanceof Map ? found.get(live.extreme) : found;
    return cohort && standTogether(cohort.live, live) ? cohort : undefined;
  }

  /** Lists a cohort where it stands, unless another does there. */
  list(cohort: Cohort): void {
    const { terms, extreme } = cohort.live;
    const found = this.byTerms.get(terms);
    cohort.listedAt = extreme;
    if (found === undefined) {
      this.byTerms.set(terms, cohort);
    } else if (found instanceof Map) {
      if (!found.has(extreme)) found.set(extreme, cohort);
    } else if (found !== cohort) {
      const both = new Map([[found.listedAt, found]]);
      if (!both.has(extreme)) both.set(extreme, cohort);
      this.byTerms.set(terms, both);
    }
  }

  /** Takes a cohort off, as when it stands elsewhere or is empty. */
  strike(cohort: Cohort): void {
    const { terms } = cohort.live;
    const found = this.byTerms.get(terms);
    if (found === cohort) {
      this.byTerms.delete(terms);
    } else if (found instanceof Map && found.get(cohort.listedAt) === cohort) {
      found.delete(cohort.listedAt);
      if (found.size === 0) this.byTerms.delete(terms);
    }
  }
}
