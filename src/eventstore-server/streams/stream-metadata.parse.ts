import { aclOf, isAcl, type StreamAcl } from './stream-acl.js';

/**
 * What the metadata of a stream hides from its readers, and who they may be. Absent = hides nothing.
 * `truncateBefore` is Infinity for a soft-deleted stream.
 */
export interface StreamMetadata {
  readonly maxCount?: number;
  readonly maxAgeMs?: number;
  readonly truncateBefore?: number;
  readonly acl?: StreamAcl;
}

export const NO_METADATA: StreamMetadata = {};

/** A metastream shows its last event only, whatever is written about it. */
export const METASTREAM_METADATA: StreamMetadata = { maxCount: 1 };

/** 2^63-1 as a double is 2^63: the deletion mark survives a round trip through JavaScript's numbers. */
const DELETED_MARK = 2 ** 63;

export const SOFT_DELETED_DOCUMENT = '{"$tb":9223372036854775807}';

/**
 * Reads the document of a metadata event. One wrong value makes the whole document count as empty:
 * half a retention rule is worse than none.
 */
export function parseStreamMetadata(text: string): StreamMetadata {
  const document = parseObject(text);
  if (document === undefined || !isWellFormed(document)) return NO_METADATA;
  const maxCount = document['$maxCount'] as number | undefined;
  const maxAge = document['$maxAge'] as number | undefined;
  const truncateBefore = document['$tb'] as number | undefined;
  const acl = aclOf(document['$acl']);
  return {
    ...(maxCount !== undefined && maxCount > 0 ? { maxCount } : {}),
    ...(maxAge !== undefined && maxAge > 0 ? { maxAgeMs: maxAge * 1000 } : {}),
    ...(truncateBefore !== undefined && truncateBefore >= 0
      ? { truncateBefore: truncateBefore >= DELETED_MARK ? Infinity : truncateBefore }
      : {}),
    ...(acl === undefined ? {} : { acl }),
  };
}

export function isSoftDeleted(metadata: StreamMetadata): boolean {
  return metadata.truncateBefore === Infinity;
}

/** The same document with another `$tb`; a document that is no object is replaced. */
export function withTruncateBefore(text: string, revision: number): string {
  return JSON.stringify({ ...parseObject(text), $tb: revision });
}

/** The first revision that readers see of a stream whose last one is `last`. */
export function firstVisible(metadata: StreamMetadata, last: number): number {
  const byCount = metadata.maxCount === undefined ? 0 : last - metadata.maxCount + 1;
  return Math.max(0, byCount, metadata.truncateBefore ?? 0);
}

export function parseObject(text: string): Record<string, unknown> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined; // Clients may store anything here; what is no JSON says nothing.
  }
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as Record<string, unknown>) : undefined;
}

function isWellFormed(document: Record<string, unknown>): boolean {
  const isOptionalInteger = (key: string): boolean => {
    const value = document[key];
    if (value === undefined) return true;
    return typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= DELETED_MARK;
  };
  const temporary = document['$tmp'];
  return (
    ['$maxCount', '$maxAge', '$tb', '$cacheControl'].every(isOptionalInteger) &&
    (temporary === undefined || typeof temporary === 'boolean') &&
    isAcl(document['$acl'])
  );
}
