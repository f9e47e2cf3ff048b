const SLOTS = 1024;
/** What is longer hardly ever comes again, or is not worth comparing. */
const TEXT_BYTES_MAX = 64;

interface Known {
  readonly bytes: Uint8Array;
  readonly text: string;
}

const slots: (Known | undefined)[] = Array.from({ length: SLOTS }, () => undefined);

/**
 * A text that comes with every event: the name of a stream, a type or a property. The same bytes give the same
 * string, decoded and hashed once. A text that falls into the slot of another takes its place.
 */
export function parseKnownText(source: Buffer, start: number, end: number): string {
  const length = end - start;
  if (length > TEXT_BYTES_MAX) return source.toString('utf8', start, end);
  let hash = length;
  for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + (source[at] ?? 0)) | 0;
  const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
  const known = slots[slot];
  if (known?.bytes.length === length && isSame(known.bytes, source, start)) return known.text;
  const text = source.toString('utf8', start, end);
  slots[slot] = { bytes: new Uint8Array(source.subarray(start, end)), text };
  return text;
}

function isSame(bytes: Uint8Array, source: Buffer, start: number): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== source[start + i]) return false;
  return true;
}
