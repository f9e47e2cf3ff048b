import type { SettledDialect } from './dialect.js';
import { checkDistance } from './distance-check.js';
import type { Findings } from './plan-findings.js';
import type { PlanRequest } from './plan-request.js';
import type { ExitPolicy } from './stop-plan.js';

const UNFILLED_AFTER = 'PT2S';

/** Judges how a plan wants its exits to leave, and fills in what was left to the default. */
export function checkExit(
  { type, collar, timeInForce, unfilledAfter }: NonNullable<PlanRequest['exit']>,
  dialect: SettledDialect,
  found: Findings,
): ExitPolicy | undefined {
  if (type === 'market') {
    const extra = Object.entries({ collar, timeInForce, unfilledAfter }).filter(
      ([, value]) => value !== undefined,
    );
    for (const [field, value] of extra) {
      const rule = 'is not allowed for an exit at market: it fills at once, at any price';
      found.note('EXIT_AT_MARKET', `exit.${field}`, rule, value);
    }
    return { type };
  }
  if (collar === undefined) {
    const rule = 'is required by a limit exit: how much worse than the market it may fill';
    return found.note('EXIT_WITHOUT_COLLAR', 'exit.collar', rule, 'none');
  }
  const distance = checkDistance('exit.collar', collar, dialect, found);
  if (unfilledAfter !== undefined) found.duration('exit.unfilledAfter', unfilledAfter);
  if (!distance) return undefined;
  return {
    type,
    collar: distance,
    timeInForce: timeInForce ?? 'gtc',
    unfilledAfter: unfilledAfter ?? UNFILLED_AFTER,
  };
}
