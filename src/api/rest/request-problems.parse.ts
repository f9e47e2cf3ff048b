import type { z } from 'zod';
import type { Problem } from '../../domain/kernel/decider.js';
import { RequestProblem } from '../problem.js';

const PROBLEMS_MAX = 50;
const VALUE_LENGTH_MAX = 100;

/** Returns what the schema makes of the input. Throws a 422 that names every problem at once. */
export function parseRequest<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
): z.output<Schema> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const problems = result.error.issues.flatMap((issue) => problemsOf(issue, input));
  const [first, ...others] = problems.slice(0, PROBLEMS_MAX);
  throw new RequestProblem({ status: 422, problems: [first!, ...others] });
}

function problemsOf(issue: z.core.$ZodIssue, input: unknown): readonly Problem[] {
  const field = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => strangeField(field === '' ? key : `${field}.${key}`, input));
  }
  const found = valueAt(input, issue.path);
  return [{ code: codeOf(issue, found), field, rule: issue.message, value: asText(found) }];
}

function strangeField(field: string, input: unknown): Problem {
  const value = asText(valueAt(input, field.split('.')));
  const rule = 'is not a field of this request';
  return { code: 'UNKNOWN_FIELD', field: shortened(field), rule, value };
}

function codeOf(issue: z.core.$ZodIssue, found: unknown): string {
  if (issue.code === 'custom' && typeof issue.params?.['code'] === 'string') {
    return issue.params['code'];
  }
  if (found === undefined) return 'REQUIRED';
  switch (issue.code) {
    case 'invalid_type':
    case 'invalid_union':
      return 'WRONG_TYPE';
    case 'invalid_format':
      return 'WRONG_FORM';
    case 'invalid_value':
      return 'NOT_ALLOWED';
    case 'too_big':
    case 'too_small':
      return 'OUT_OF_RANGE';
    default:
      return 'REFUSED';
  }
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) =>
      typeof at === 'object' && at !== null && Object.hasOwn(at, key)
        ? (at as Record<PropertyKey, unknown>)[key]
        : undefined,
    input,
  );
}

/** Never writes nested input out: it may be as deep as a megabyte allows. */
function asText(value: unknown): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return `an array of ${String(value.length)}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return shortened(typeof value === 'string' ? value : JSON.stringify(value));
}

function shortened(text: string): string {
  return text.length > VALUE_LENGTH_MAX ? `${text.slice(0, VALUE_LENGTH_MAX)}…` : text;
}
