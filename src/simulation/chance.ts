/**
 * A number from 0 up to and without `below` that depends on the seed and the words alone: the same question gets the same
 * answer in every run, whatever was asked before it. FNV-1a with a final mix.
 */
export function chance(
  below: number,
  seed: number,
  ...words: readonly (string | number)[]
): number {
  let hash = 0x811c9dc5 ^ seed;
  for (const letter of words.join('\u0000')) {
    hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) % below;
}
