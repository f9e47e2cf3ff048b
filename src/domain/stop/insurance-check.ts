import { compare, decimal, parseDecimal } from '../kernel/decimal.js';
import type { SettledDialect } from './dialect.js';
import { checkDistance } from './distance-check.js';
import type { Findings } from './plan-findings.js';
import type { PlanRequest } from './plan-request.js';
import type { Insurance } from './stop-plan.js';

/** Judges how a stop at the venue is to follow the engine's own, and whether a target can rest with it. */
export function checkInsurance(
  { insurance, targets }: PlanRequest,
  dialect: SettledDialect,
  found: Findings,
): Insurance | undefined {
  if (!insurance) return undefined;
  const { margin, step, withTarget = false } = insurance;
  const distance = checkDistance('insurance.margin', margin, dialect, found);
  const steps =
    step === undefined ? distance : checkDistance('insurance.step', step, dialect, found);
  if (withTarget) checkPair(targets, found);
  return (
    distance && steps && { margin: distance, step: steps, ...(withTarget && { withTarget: true }) }
  );
}

/** One order can have one other beside it, of the same quantity. */
function checkPair(targets: PlanRequest['targets'], found: Findings): void {
  const field = 'insurance.withTarget';
  const [target, ...more] = targets ?? [];
  if (!target || more.length > 0 || !isWhole(target.portion)) {
    const rule = 'needs exactly one target, with the whole portion (1)';
    found.note('INSURANCE_WITHOUT_TARGET', field, rule, targets ?? []);
  }
  const { unpaired } = found.setting;
  if (unpaired !== undefined) {
    const rule = `needs an account at Binance spot, where both rest as one order; this is ${unpaired}`;
    found.note('INSURANCE_TARGET_UNSUPPORTED', field, rule, 'true');
  }
}

function isWhole(portion = '1'): boolean {
  const share = parseDecimal(portion);
  return share !== undefined && compare(share, decimal('1')) === 0;
}
