import { compare, decimal, multiply, parseDecimal, subtract } from '../../domain/kernel/decimal.js';
import type { Decimal } from '../../domain/kernel/decimal.js';
import type { PeerCase } from '../peer-cases.js';
import { needs, said } from './case-reading.js';
import type { Found } from './case-reading.js';

/** The first difference of what was found from what the case expects, or undefined. Only what is listed is compared. */
export function firstDifference({ expect }: PeerCase, found: Found): string | undefined {
  const { tolerance, ...fields } = expect;
  const allowed = toleranceOf(tolerance);
  // Steps first: the earliest difference explains the later ones.
  const order = Object.entries(fields).sort(
    ([a], [b]) => Number(b === 'steps') - Number(a === 'steps'),
  );
  for (const [field, expected] of order) {
    const problem = difference(field, expected, { was: found[field], allowed });
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** When something first was the case. */
export function firstTrue(flags: readonly boolean[]): Found {
  const index = flags.indexOf(true);
  return { triggered: index >= 0, trigger_index: index < 0 ? null : index };
}

/** `1e-6 relative` as a share. */
function toleranceOf(text: unknown): Decimal | undefined {
  if (text === undefined) return undefined;
  const match = /^1e-(\d+) relative$/.exec(said(text));
  return match ? { units: 1n, scale: Number(match[1]) } : needs(`the tolerance ${said(text)}`);
}

interface Against {
  readonly was: unknown;
  readonly allowed: Decimal | undefined;
}

function difference(path: string, expected: unknown, against: Against): string | undefined {
  const { was, allowed } = against;
  if (was === undefined) return `needs ${path}`;
  if (Array.isArray(expected)) return listDifference(path, expected, against);
  if (typeof expected === 'object' && expected !== null) {
    if (typeof was !== 'object' || was === null) return unlike(path, expected, was);
    for (const [field, value] of Object.entries(expected)) {
      const inner = { was: (was as Record<string, unknown>)[field], allowed };
      const problem = difference(`${path}.${field}`, value, inner);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }
  if (expected === was || isSameNumber(expected, was, allowed)) return undefined;
  return unlike(path, expected, was);
}

function listDifference(
  path: string,
  expected: readonly unknown[],
  { was, allowed }: Against,
): string | undefined {
  if (!Array.isArray(was)) return unlike(path, expected, was);
  if (was.length !== expected.length) {
    return `${path} expected ${expected.length}, was ${was.length}`;
  }
  for (const [index, value] of expected.entries()) {
    const problem = difference(`${path}.${index}`, value, { was: was[index] as unknown, allowed });
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function unlike(path: string, expected: unknown, was: unknown): string {
  const found = was === null || typeof was === 'object' ? JSON.stringify(was) : said(was);
  return `${path} expected ${JSON.stringify(expected)}, was ${found}`;
}

/** Compared as numbers, never as floats: "4.0" equals "4". */
function isSameNumber(expected: unknown, was: unknown, allowed: Decimal | undefined): boolean {
  if (typeof expected !== 'string' || typeof was !== 'string') return false;
  const [a, b] = [parseDecimal(expected), parseDecimal(was)];
  if (!a || !b) return false;
  if (!allowed) return compare(a, b) === 0;
  const gap = subtract(a, b);
  const size = gap.units < 0n ? { ...gap, units: -gap.units } : gap;
  const whole = a.units < 0n ? { ...a, units: -a.units } : a;
  return compare(size, multiply(whole, allowed)) <= 0 || compare(size, decimal('0')) === 0;
}
