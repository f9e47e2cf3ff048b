import type { Uuid } from '../protocol/uuid.codec.js';

/** What the writer expects of the stream: one of these, or the revision of its last event. */
export const NO_STREAM = -1n;
export const ANY = -2n;
export const STREAM_EXISTS = -4n;

/** What the decision needs to know of a stream, pending writes included. */
export interface StreamView {
  /** Revision of the last event, -1 if there is none. */
  readonly last: number;
  readonly isTombstoned: boolean;
  readonly isSoftDeleted: boolean;
  readonly hasMetadata: boolean;
  /** Revision of the first event with this id, -1 if there is none. */
  revisionOf(id: Uuid): number;
  isAt(revision: number, id: Uuid): boolean;
}

/** `repeat` = all of it was written before; the revision is that of the last event's original. */
export type Decision =
  | { readonly kind: 'write' }
  | { readonly kind: 'repeat'; readonly revision: number }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'deleted' };

const WRITE: Decision = { kind: 'write' };
const WRONG: Decision = { kind: 'wrong' };
const DELETED: Decision = { kind: 'deleted' };

/** Decides whether an append writes, was written before, or contradicts the stream. */
export function decideAppend(view: StreamView, expected: bigint, ids: readonly Uuid[]): Decision {
  if (view.isTombstoned) return DELETED;
  if (expected === STREAM_EXISTS) {
    if (view.isSoftDeleted) return DELETED;
    if (view.last < 0 && !view.hasMetadata) return WRONG;
    return decideByIds(view, ids);
  }
  if (expected === ANY) return decideByIds(view, ids);
  const last = BigInt(view.last);
  if (expected > last) return WRONG;
  // The current revision writes even ids that are already there: the writer said exactly where.
  if (expected === last) return WRITE;
  return decideByPlace(view, Number(expected), ids);
}

function decideByIds(view: StreamView, ids: readonly Uuid[]): Decision {
  let revision = -1;
  for (const [i, id] of ids.entries()) {
    const found = view.revisionOf(id);
    if (found < 0) return i === 0 ? WRITE : WRONG;
    revision = found;
  }
  return ids.length === 0 ? WRITE : { kind: 'repeat', revision };
}

function decideByPlace(view: StreamView, expected: number, ids: readonly Uuid[]): Decision {
  for (const [i, id] of ids.entries()) {
    if (view.isAt(expected + 1 + i, id)) continue;
    const isRecreation = i === 0 && expected === -1 && view.isSoftDeleted;
    return isRecreation ? WRITE : WRONG;
  }
  return ids.length === 0 ? WRONG : { kind: 'repeat', revision: expected + ids.length };
}
