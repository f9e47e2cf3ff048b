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
  const result = schema.safeParse(input, { error: ruleOf });
  if (result.success) return result.data;
  const problems = result.error.issues.flatMap((issue) => problemsOf(issue, input));
  const [first, ...others] = problems.slice(0, PROBLEMS_MAX);
  throw new RequestProblem({ status: 422, problems: [first!, ...others] });
}

const KINDS: Readonly<Record<string, string>> = {
  array: 'must be a list',
  boolean: 'must be true or false',
  int: 'must be a whole number',
  number: 'must be a whole number',
  object: 'must be an object',
  string: 'must be a text',
};

/** The rule of a schema that has no words of its own. Undefined: the library's words, which name no field of ours. */
export function ruleOf(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return KINDS[issue.expected];
    case 'too_small':
      return boundOf(issue.origin, `at least ${String(issue.minimum)}`);
    case 'too_big':
      return boundOf(issue.origin, `at most ${String(issue.maximum)}`);
    case 'invalid_value':
      return `must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
    case 'unrecognized_keys':
      return `must have no field ${issue.keys.join(', ')}`;
    default:
      return undefined;
  }
}

function boundOf(origin: string, bound: string): string {
  if (origin === 'array') return `must be a list of ${bound}`;
  return origin === 'string' ? `must have ${bound} characters` : `must be ${bound}`;
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
