import fc from 'fast-check';
import { z } from 'zod';
import type { RequestProblem } from '../problem.js';
import { parseLiveRequest } from '../live/live-request.parse.js';
import * as bodies from './request-bodies.parse.js';
import { parseRequest } from './request-problems.parse.js';
import * as queries from './request-queries.parse.js';

const SCHEMAS = Object.entries<unknown>({ ...bodies, ...queries }).flatMap(([name, each]) =>
  each instanceof z.ZodObject ? [[name, each] as const] : [],
);
/** How the library speaks of its own types. */
const LIBRARY = /^(Invalid|Too |Unrecognized)|expected|received/;

function rulesFor(schema: z.ZodType, input: unknown): readonly string[] {
  try {
    parseRequest(schema, input);
    return [];
  } catch (error) {
    return (error as RequestProblem).document().problems.map(({ rule }) => rule);
  }
}

/** Anything where the schema has an object: that object, with anything in its fields. */
function almost(schema: unknown, depth = 0): fc.Arbitrary<unknown> {
  const strange = fc.oneof(fc.jsonValue(), fc.integer({ max: 0 }), fc.constant('x'.repeat(2_000)));
  const inner = schema instanceof z.ZodType && 'unwrap' in schema ? bare(schema) : schema;
  if (inner instanceof z.ZodArray) return fc.oneof(strange, fc.array(almost(inner.element, depth)));
  if (!(inner instanceof z.ZodObject) || depth > 3) return strange;
  const fields = Object.entries(inner.shape).map(
    ([field, of]) => [field, almost(of, depth + 1)] as const,
  );
  const filled = fc.record(Object.fromEntries(fields), { requiredKeys: [] });
  return depth === 0 ? filled : fc.oneof(strange, filled);
}

function bare(schema: z.ZodType): unknown {
  return (schema as unknown as { unwrap: () => unknown }).unwrap();
}

describe('a rule that a request breaks', () => {
  it.each(SCHEMAS)('is told in our words: %s', (_, schema) => {
    fc.assert(
      fc.property(almost(schema), (input) => {
        expect(rulesFor(schema, input).filter((rule) => LIBRARY.test(rule))).toStrictEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    [{ stops: 5 }, 'must be a list'],
    [{ stops: [] }, 'must be a list of at least 1'],
    [{}, 'must be a list'],
  ])('names what is wanted: %j', (input, rule) => {
    expect(rulesFor(bodies.stopBatch, input)).toStrictEqual([rule]);
  });

  it.each([
    [{ action: 'buy' }, 'action', 'must be "subscribe", "unsubscribe", "follow" or "unfollow"'],
    [{ action: 'subscribe' }, 'instrumentIds', 'must be a list'],
    [{ action: 'follow', accountIds: [] }, 'accountIds', 'must be a list of at least 1'],
    [{ action: 'unfollow', price: 1 }, '', 'must have no field price'],
    [5, '', 'must be an object'],
  ])('is told in the same words on the live socket: %j', (request, field, rule) => {
    expect(parseLiveRequest(JSON.stringify(request))).toMatchObject({ field, rule });
  });
});
