import { z } from 'zod';
import type { PageRequest } from '../../application/ports/read-side.port.js';
import { isPositive, parseDecimal } from '../../domain/kernel/decimal.js';
import { decimalText } from './decimal-text.parse.js';
import type { Moment } from '../past.js';
import { RequestProblem } from '../problem.js';
import { instrumentId, name } from './request-bodies.parse.js';
import { parseRequest } from './request-problems.parse.js';

export const LIMIT_DEFAULT = 100;
export const LIMIT_MAX = 500;
export const LEVELS_DEFAULT = 20;
const CURSOR_LENGTH_MAX = 512;
const FIELDS_LENGTH_MAX = 1_000;
const VALUE_LENGTH_MAX = 20;
const INT_MAX = 2_147_483_647;

const waitFor = z
  .string()
  .regex(/^\d{1,20}$/, { error: 'must be a log position, such as an `asOfPosition`' })
  .exactOptional();
const limit = z
  .string()
  .regex(/^\d{1,9}$/, { error: `must be a whole number from 1 to ${String(LIMIT_MAX)}` })
  .transform(Number)
  .refine((count) => count >= 1 && count <= LIMIT_MAX, {
    error: `must be a whole number from 1 to ${String(LIMIT_MAX)}`,
    params: { code: 'OUT_OF_RANGE' },
  })
  .exactOptional();
const cursor = z
  .string()
  .max(CURSOR_LENGTH_MAX)
  .regex(/^[A-Za-z0-9_-]+$/, { error: 'must be a `nextCursor` of this list' })
  .exactOptional();

/** One value or several, separated by commas. */
function oneOf(...values: readonly [string, ...string[]]) {
  const error = `must be of ${values.join(', ')}`;
  return z
    .string({ error })
    .transform((text) => text.split(','))
    .refine((wanted) => wanted.every((each) => values.includes(each)), {
      error,
      params: { code: 'NOT_ALLOWED' },
    })
    .exactOptional();
}

const fields = z
  .string()
  .max(FIELDS_LENGTH_MAX)
  .regex(/^[A-Za-z0-9]+(,[A-Za-z0-9]+)*$/, { error: 'must be fields separated by commas' })
  .transform((text) => text.split(','))
  .exactOptional();
const format = z
  .enum(['json', 'csv', 'jsonl'], { error: 'must be "json", "csv" or "jsonl"' })
  .exactOptional();

/** The name of a field, with a dash before it for the other way round. */
function sortBy(names: readonly string[]) {
  const error = `must be of ${names.join(', ')}, with "-" before it for descending`;
  return z
    .string({ error })
    .refine((text) => names.includes(text.replace(/^-/, '')), {
      error,
      params: { code: 'NOT_ALLOWED' },
    })
    .transform((text) => ({ field: text.replace(/^-/, ''), descending: text.startsWith('-') }))
    .describe(error)
    .exactOptional();
}

/** A list that can be asked for as it was, too. */
function pastListOf<Shape extends z.ZodRawShape>(filters: Shape, ...sorts: readonly string[]) {
  return listOf(filters, ...sorts).extend({ at });
}

/** The query of a list: its filters, and what every list takes. It may be ordered by the fields named. */
function listOf<Shape extends z.ZodRawShape>(filters: Shape, ...sorts: readonly string[]) {
  return z.strictObject({
    ...filters,
    sort: sortBy(sorts),
    fields,
    format,
    limit,
    cursor,
    waitFor,
  });
}

const streamId = z.string().regex(/^[a-z]+-[\x21-\x7e]{1,128}$/, { error: 'must name a stream' });
const actor = z.string().regex(/^[\x21-\x7e]{1,128}$/, { error: 'must name an actor' });
const whose = { accountId: name.exactOptional(), instrumentId: instrumentId.exactOptional() };

export const alarmsQuery = z.strictObject({
  state: oneOf('active', 'over').default(['active', 'over']),
});
/** A timeline is as long as one stop's life: it needs no export. */
export const timelineQuery = listOf({}, 'revision').omit({ format: true });
const POSITION_MAX = 2n ** 63n - 1n;
const at = z
  .union([z.string().regex(/^\d{1,19}$/), z.iso.datetime()], {
    error: 'must be a log position, or a time of ISO 8601 in UTC',
  })
  .transform((text): Moment =>
    text.includes('T')
      ? { kind: 'time', atMs: Date.parse(text) }
      : { kind: 'position', position: BigInt(text) },
  )
  .refine((moment) => moment.kind === 'time' || moment.position <= POSITION_MAX, {
    error: 'is beyond any log',
    params: { code: 'OUT_OF_RANGE' },
  })
  .refine((moment) => moment.kind === 'position' || moment.atMs >= 0, {
    error: 'must not lie before 1970',
    params: { code: 'OUT_OF_RANGE' },
  })
  .exactOptional();
export const oneQuery = z.strictObject({ fields, at, waitFor });
export const armQuery = z.strictObject({
  dryRun: z.enum(['true', 'false'], { error: 'must be "true" or "false"' }).exactOptional(),
});
const FOLLOWED_MAX = 100;
const WATCHED_MAX = 200;
export const followQuery = z.strictObject({
  after: z
    .string()
    .regex(/^\d{1,19}$/, { error: 'must be a log position' })
    .exactOptional(),
  accountIds: z.array(name).min(1).max(FOLLOWED_MAX).exactOptional(),
});
export const tickQuery = z.strictObject({
  instrumentIds: z.array(instrumentId).min(1).max(WATCHED_MAX),
});
export const lookQuery = z.strictObject({ waitFor });
export const instrumentsQuery = listOf({}, 'instrumentId');
export const accountsQuery = listOf({}, 'accountId');
export const stopsQuery = pastListOf(
  {
    status: oneOf('armed', 'suspended', 'triggered', 'closed', 'cancelled', 'expired'),
    ...whose,
    positionId: name.exactOptional(),
  },
  'stopId',
  'armedAt',
);
export const ordersQuery = pastListOf(
  {
    status: oneOf(
      'placed',
      'acked',
      'unknown',
      'partially-filled',
      'filled',
      'rejected',
      'cancelled',
    ),
    stopId: name.exactOptional(),
    ...whose,
    positionId: name.exactOptional(),
  },
  'orderId',
  'placedAt',
);
export const positionsQuery = pastListOf(
  { status: oneOf('open', 'closed'), ...whose },
  'positionId',
  'openedAt',
);
export const coverageQuery = listOf(whose, 'positionId');
export const pnlQuery = listOf(
  {
    span: oneOf('all', 'day', 'week').default(['all']),
    ...whose,
    currency: name.exactOptional(),
  },
  'pnlId',
);
export const pnlTotalsQuery = z.strictObject({
  accountId: name,
  in: name.exactOptional(),
  waitFor,
});
export const fillsQuery = listOf(
  {
    ...whose,
    positionId: name.exactOptional(),
    stopId: name.exactOptional(),
    orderId: name.exactOptional(),
  },
  'fillId',
  'filledAt',
);
export const tradesQuery = listOf({ status: oneOf('open', 'closed'), ...whose }, 'positionId');
export const equityQuery = listOf(
  {
    span: oneOf('all', 'day').default(['all']),
    accountId: name.exactOptional(),
    currency: name.exactOptional(),
  },
  'equityId',
);
export const ratesQuery = listOf(
  { accountId: name.exactOptional(), currency: name.exactOptional() },
  'rateId',
);
export const protectionQuery = listOf(whose, 'positionId');
export const latencyQuery = listOf({ ...whose, stopId: name.exactOptional() }, 'orderId');
export const feedHealthQuery = listOf({ feed: name.exactOptional() }, 'feed');
export const auditQuery = listOf(
  {
    accountId: name.exactOptional(),
    streamId: streamId.exactOptional(),
    actor: actor.exactOptional(),
    type: name.exactOptional(),
  },
  'auditId',
  'recordedAt',
);

/** A text that is no decimal is another rule's business, which has spoken already. */
function isAboveZero(text: string): boolean {
  const quantity = parseDecimal(text);
  return quantity === undefined || isPositive(quantity);
}

export const bookQuery = z.strictObject({
  levels: limit,
  quantity: decimalText
    .refine((text) => isAboveZero(text), {
      error: 'must be above 0',
      params: { code: 'OUT_OF_RANGE' },
    })
    .exactOptional(),
});

/** What every list takes, as it is parsed. */
export interface ListTerms {
  readonly sort?: { readonly field: string; readonly descending: boolean };
  readonly fields?: readonly string[];
  readonly format?: 'json' | 'csv' | 'jsonl';
  readonly limit?: number;
  readonly cursor?: string;
  readonly at?: Moment;
  readonly waitFor?: string;
}

/** Takes a parsed list query apart. */
export function splitQuery<Query extends ListTerms>(
  query: Query,
): {
  filters: Omit<Query, keyof ListTerms>;
  page: PageRequest;
  fields: readonly string[] | undefined;
  format: 'json' | 'csv' | 'jsonl';
  at: Moment | undefined;
  waitFor: string | undefined;
} {
  const { sort, fields: wanted, format: asked, limit: count, cursor: from, ...rest } = query;
  const { waitFor: position, at: moment, ...filters } = rest;
  return {
    filters: filters as Omit<Query, keyof ListTerms>,
    page: { limit: count ?? LIMIT_DEFAULT, cursor: from, sort },
    fields: wanted,
    format: asked ?? 'json',
    at: moment,
    waitFor: position,
  };
}

/** An id in a path that no id of ours can look like names nothing: it is not found rather than malformed. */
export function isPossibleId(id: string): boolean {
  return name.safeParse(id).success || instrumentId.safeParse(id).success;
}

const IF_MATCH = 'must be the `ETag` of the stop, in its quotes, such as "3"';
const revisionText = z
  .string()
  .regex(/^"\d{1,10}(\.[A-Za-z0-9]+)*"$/, { error: IF_MATCH })
  .transform((text) => Number.parseInt(text.slice(1), 10))
  .refine((revision) => revision <= INT_MAX, { error: 'is no revision' });

/**
 * The revision that the caller has seen, of the stop or of some of its fields. A weak tag says that two answers mean much the same, not that they are of one
 * revision: it never matches (RFC 9110, 13.1.1).
 */
export function parseIfMatch(header: string): number {
  if (/^W\//.test(header)) {
    throw new RequestProblem({
      status: 412,
      problems: [
        {
          code: 'WEAK_ETAG',
          field: 'If-Match',
          rule: IF_MATCH,
          value: header.slice(0, VALUE_LENGTH_MAX),
        },
      ],
    });
  }
  return parseRequest(z.object({ 'If-Match': revisionText }), { 'If-Match': header })['If-Match'];
}
