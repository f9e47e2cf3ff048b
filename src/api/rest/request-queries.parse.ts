import { z } from 'zod';
import type { PageRequest } from '../../application/ports/read-side.port.js';
import { decimal, isPositive } from '../../domain/kernel/decimal.js';
import { decimalText } from './decimal-text.parse.js';
import { instrumentId, name } from './request-bodies.parse.js';
import { parseRequest } from './request-problems.parse.js';

export const LIMIT_DEFAULT = 100;
export const LIMIT_MAX = 500;
const CURSOR_LENGTH_MAX = 512;
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

export const waiting = { waitFor };
export const paging = { limit, cursor, waitFor };
const streamId = z.string().regex(/^[a-z]+-[\x21-\x7e]{1,128}$/, { error: 'must name a stream' });
const actor = z.string().regex(/^[\x21-\x7e]{1,128}$/, { error: 'must name an actor' });
const whose = { accountId: name.exactOptional(), instrumentId: instrumentId.exactOptional() };

export const alarmsQuery = z.strictObject({
  state: oneOf('active', 'over').default(['active', 'over']),
});
export const listQuery = z.strictObject(paging);
export const oneQuery = z.strictObject(waiting);
export const stopsQuery = z.strictObject({
  status: oneOf('armed', 'suspended', 'triggered', 'exiting', 'closed', 'cancelled', 'expired'),
  ...whose,
  positionId: name.exactOptional(),
  ...paging,
});
export const ordersQuery = z.strictObject({
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
  ...paging,
});
export const positionsQuery = z.strictObject({
  status: oneOf('open', 'closed'),
  ...whose,
  ...paging,
});
export const coverageQuery = z.strictObject({ ...whose, ...paging });
export const pnlQuery = z.strictObject({
  span: oneOf('all', 'day', 'week').default(['all']),
  ...whose,
  currency: name.exactOptional(),
  ...paging,
});
export const pnlTotalsQuery = z.strictObject({
  accountId: name,
  in: name.exactOptional(),
  waitFor,
});
export const fillsQuery = z.strictObject({
  ...whose,
  positionId: name.exactOptional(),
  stopId: name.exactOptional(),
  orderId: name.exactOptional(),
  ...paging,
});
export const tradesQuery = z.strictObject({ status: oneOf('open', 'closed'), ...whose, ...paging });
export const equityQuery = z.strictObject({
  span: oneOf('all', 'day').default(['all']),
  accountId: name.exactOptional(),
  currency: name.exactOptional(),
  ...paging,
});
export const ratesQuery = z.strictObject({
  accountId: name.exactOptional(),
  currency: name.exactOptional(),
  ...paging,
});
export const protectionQuery = z.strictObject({ ...whose, ...paging });
export const latencyQuery = z.strictObject({ ...whose, stopId: name.exactOptional(), ...paging });
export const feedHealthQuery = z.strictObject({ feed: name.exactOptional(), ...paging });
export const auditQuery = z.strictObject({
  accountId: name.exactOptional(),
  streamId: streamId.exactOptional(),
  actor: actor.exactOptional(),
  type: name.exactOptional(),
  ...paging,
});

export const bookQuery = z.strictObject({
  levels: limit,
  quantity: decimalText
    .refine((text) => isPositive(decimal(text)), {
      error: 'must be above 0',
      params: { code: 'OUT_OF_RANGE' },
    })
    .exactOptional(),
});

interface Paged {
  readonly limit?: number;
  readonly cursor?: string;
  readonly waitFor?: string;
}

/** Takes a parsed list query apart. */
export function splitQuery<Query extends Paged>(
  query: Query,
): { filters: Omit<Query, keyof Paged>; page: PageRequest; waitFor: string | undefined } {
  const { limit: asked, cursor: from, waitFor: position, ...filters } = query;
  return { filters, page: { limit: asked ?? LIMIT_DEFAULT, cursor: from }, waitFor: position };
}

/** An id in a path that no id of ours can look like names nothing: it is not found rather than malformed. */
export function isPossibleId(id: string): boolean {
  return name.safeParse(id).success || instrumentId.safeParse(id).success;
}

const revisionText = z
  .string()
  .regex(/^(W\/)?"?\d{1,10}"?$/, { error: 'must be the `ETag` of the stop, such as "3"' })
  .transform((text) => Number(text.replace(/\D/g, '')))
  .refine((revision) => revision <= INT_MAX, { error: 'is no revision' });

/** The revision that the caller has seen. */
export function parseIfMatch(header: string): number {
  return parseRequest(z.object({ 'If-Match': revisionText }), { 'If-Match': header })['If-Match'];
}
