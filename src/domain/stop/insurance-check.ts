import type { SettledDialect } from './dialect.js';
import { checkDistance } from './distance-check.js';
import type { Findings } from './plan-findings.js';
import type { PlanRequest } from './plan-request.js';
import type { Insurance } from './stop-plan.js';

/** Judges how a stop at the venue is to follow the engine's own. */
export function checkInsurance(
  { margin, step }: NonNullable<PlanRequest['insurance']>,
  dialect: SettledDialect,
  found: Findings,
): Insurance | undefined {
  const distance = checkDistance('insurance.margin', margin, dialect, found);
  const steps =
    step === undefined ? distance : checkDistance('insurance.step', step, dialect, found);
  return distance && steps && { margin: distance, step: steps };
}
