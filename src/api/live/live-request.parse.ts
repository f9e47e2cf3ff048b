import { z } from 'zod';
import { instrumentId } from '../rest/request-bodies.parse.js';
import { ruleOf } from '../rest/request-problems.parse.js';
import { followQuery } from '../rest/request-queries.parse.js';
import type { FollowRequest, LiveRefusal, LiveRequest, UnfollowRequest } from './live.messages.js';

export const REQUEST_BYTES_MAX = 32_768;
export const INSTRUMENTS_MAX = 200;

const ACTIONS = 'must be "subscribe", "unsubscribe", "follow" or "unfollow"';

const request = z.discriminatedUnion(
  'action',
  [
    z.strictObject({
      action: z.literal(['subscribe', 'unsubscribe']),
      instrumentIds: z.array(instrumentId).min(1).max(INSTRUMENTS_MAX),
    }),
    followQuery.extend({ action: z.literal('follow') }),
    z.strictObject({ action: z.literal('unfollow') }),
  ],
  { error: ({ input }) => (input instanceof Object ? ACTIONS : undefined) },
);

export type Refused = Omit<LiveRefusal, 'type' | 'seq'>;

export function parseLiveRequest(
  text: string,
): LiveRequest | FollowRequest | UnfollowRequest | Refused {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refused('NOT_JSON', '', 'must be JSON', text);
  }
  const parsed = request.safeParse(value, { error: ruleOf });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join('.') ?? '';
  return refused('NOT_ALLOWED', field, issue?.message ?? 'is no request', text);
}

function refused(code: string, field: string, rule: string, value: string): Refused {
  return { code, field, rule, value: value.replace(/[^\x20-\x7e]/g, '?').slice(0, 100) };
}
