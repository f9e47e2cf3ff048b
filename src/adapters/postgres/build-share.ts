import { FOLDED_WHOLE } from '../../../projections/catalogue.js';
import type { AnyProjection } from '../../../projections/projection.js';
import { invariant } from '../../domain/kernel/assert.js';

/** One of several equal parts of the rows, for one of several builders that each read the whole log. */
export interface BuildShare {
  /** From 0. */
  readonly index: number;
  readonly of: number;
}

/**
 * Whether the rows that a fact touches are in the share. All facts of a row meet in one share, in the order of the log;
 * rows of models that can only be folded whole are dealt out by model.
 */
export function isInShare(
  { index, of }: BuildShare,
  { name }: AnyProjection,
  keys: readonly string[],
): boolean {
  const isWhole = FOLDED_WHOLE.has(name);
  invariant(isWhole || keys.length < 2, `a fact touches one row of ${name}, or it is folded whole`);
  const dealtBy = isWhole ? [...FOLDED_WHOLE].indexOf(name) : hashOf(keys[0] ?? '');
  return dealtBy % of === index;
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = FNV_OFFSET;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), FNV_PRIME);
  }
  return hash >>> 0;
}
