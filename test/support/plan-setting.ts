import type { DecimalText } from '../../src/domain/kernel/units.js';
import { checkPlan } from '../../src/domain/stop/plan-check.js';
import type { PlanSetting } from '../../src/domain/stop/plan-findings.js';
import type { PlanRequest } from '../../src/domain/stop/plan-request.js';

const d = (text: string): DecimalText => text as DecimalText;

/** A long at 99.9 on a grid of 0.05, in a market at 100. */
export const LONG: PlanSetting = {
  side: 'long',
  priceTick: d('0.05'),
  priceMax: d('1000000'),
  fineDigitsMax: 6,
  reference: d('100'),
  referenceName: 'market',
  entryPrice: d('99.9'),
  armedForMs: 0,
  sessionLeftMs: null,
};

/** Code and field of each problem of a plan; none where it is sound. */
export function planProblems(request: PlanRequest, setting = LONG): readonly string[] {
  const verdict = checkPlan(request, setting);
  return verdict.kind === 'sound'
    ? []
    : verdict.problems.map(({ code, field }) => `${code} ${field}`);
}
