import { DIALECT_CHOICES, NAMED_DIALECTS, STOPLEDGER_DIALECT } from './dialect.js';
import type { Dialect, SettledDialect } from './dialect.js';
import type { Findings } from './plan-findings.js';
import type { PlanRequest } from './plan-request.js';

const NAMES = [...NAMED_DIALECTS.keys()].join(', ');

/** What a plan means that names no dialect: it is refused, not fired, when the market has already passed it. */
const UNNAMED: SettledDialect = { ...STOPLEDGER_DIALECT, throughMarket: 'refuse' };

/** Single settings change nothing but themselves: who names no dialect is asked before a stop sells at once. */
export function checkDialect(request: PlanRequest['dialect'], found: Findings): SettledDialect {
  if (request === undefined) return UNNAMED;
  if (typeof request === 'string') return byName(request, found);
  for (const [setting, choice] of Object.entries(request)) {
    if (setting !== 'name') checkChoice(setting, choice, found);
  }
  const { name, ...settings } = request;
  const base = name === undefined || name === 'custom' ? UNNAMED : byName(name, found);
  const whole = { ...base, ...settings } as SettledDialect;
  const differs = (Object.keys(DIALECT_CHOICES) as (keyof Dialect)[]).some(
    (key) => whole[key] !== base[key],
  );
  return differs ? { ...whole, name: 'custom' } : base;
}

function byName(name: string, found: Findings): SettledDialect {
  const dialect = NAMED_DIALECTS.get(name);
  if (dialect) return dialect;
  found.note('DIALECT_UNKNOWN', 'dialect', `must be one of ${NAMES}, or settings`, name);
  return STOPLEDGER_DIALECT;
}

function checkChoice(setting: string, choice: string, found: Findings): void {
  const choices = Object.hasOwn(DIALECT_CHOICES, setting)
    ? DIALECT_CHOICES[setting as keyof typeof DIALECT_CHOICES]
    : undefined;
  if (!choices) {
    const rule = `must be one of ${Object.keys(DIALECT_CHOICES).join(', ')}`;
    found.note('DIALECT_SETTING_UNKNOWN', 'dialect', rule, setting);
  } else if (!choices.includes(choice)) {
    const rule = `must be one of ${choices.join(', ')}`;
    found.note('DIALECT_CHOICE_UNKNOWN', `dialect.${setting}`, rule, choice);
  }
}
