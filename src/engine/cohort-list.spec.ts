import { liveStop } from '../../test/support/armed-stops.js';
import type { DecimalText } from '../domain/kernel/units.js';
import { STOPLEDGER_DIALECT } from '../domain/stop/dialect.js';
import type { StopPlan } from '../domain/stop/stop-plan.js';
import type { StopCohort } from './armed-stop.js';
import { Cohort } from './cohort.js';
import { CohortList } from './cohort-list.js';

const PLAN: StopPlan = {
  trail: { amount: '1' as DecimalText },
  ...{ triggerBy: 'last', dialect: STOPLEDGER_DIALECT },
};

/** A cohort of the same terms whose best price is `units`. */
function cohortAt(units: number): StopCohort {
  const live = liveStop('long', PLAN, '0.01');
  live.seed(units);
  return new Cohort(live, 0);
}

/** Whom a stop would join that stands there. */
function foundAt(list: CohortList, units: number): StopCohort | undefined {
  return list.find(cohortAt(units).live);
}

function listed(...cohorts: readonly StopCohort[]): CohortList {
  const list = new CohortList();
  for (const cohort of cohorts) list.list(cohort);
  return list;
}

describe('the cohorts of the same terms', () => {
  it('are found by where they stand, each', () => {
    const [one, other] = [cohortAt(8300), cohortAt(8400)];
    const list = listed(one, other);
    expect(foundAt(list, 8300)).toBe(one);
    expect(foundAt(list, 8400)).toBe(other);
    expect(foundAt(list, 8500)).toBeUndefined();
  });

  it('are found while one of the others ends', () => {
    const [one, other] = [cohortAt(8300), cohortAt(8400)];
    const list = listed(one, other);
    list.strike(one);
    expect(foundAt(list, 8300)).toBeUndefined();
    expect(foundAt(list, 8400)).toBe(other);
    list.strike(other);
    expect(foundAt(list, 8400)).toBeUndefined();
  });

  it('are found no more when the only one that was listed has ended, though another goes on', () => {
    const [one, moved, silent] = [cohortAt(8300), cohortAt(8300), cohortAt(8300)];
    const list = listed(one, moved, silent);
    expect(foundAt(list, 8300)).toBe(one);
    list.strike(one);
    moved.live.seed(8400);
    expect(list.relist(moved)).toBeUndefined();
    expect(foundAt(list, 8400)).toBe(moved);
    list.strike(moved);
    expect(foundAt(list, 8400)).toBeUndefined();
  });

  it('are found where they have gone, and not where they were', () => {
    const [one, other] = [cohortAt(8300), cohortAt(8400)];
    const list = listed(one, other);
    one.live.seed(8500);
    expect(list.relist(one)).toBeUndefined();
    expect(foundAt(list, 8300)).toBeUndefined();
    expect(foundAt(list, 8500)).toBe(one);
    other.live.seed(8500);
    other.live.moves = one.live.moves;
    expect(list.relist(other)).toBe(one);
  });
});
