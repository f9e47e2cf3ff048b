/** A stream's name as two unsigned numbers, by which the index finds it. Never change: it is stored. */
export interface StreamHash {
  readonly high: number;
  readonly low: number;
}

export function hashOfStream(name: string): StreamHash {
  if (name === latest.name) return latest.hash;
  const hash = spread(name);
  latest = { name, hash };
  return hash;
}

/** Events of one stream come in a row more often than not. */
let latest = { name: '', hash: spread('') };

function spread(name: string): StreamHash {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    high = Math.imul(high ^ code, 2654435761);
    low = Math.imul(low ^ code, 1597334677);
  }
  return { high: finish(high, low, 2246822507), low: finish(low, high, 3266489909) };
}

function finish(word: number, other: number, factor: number): number {
  const mixed = Math.imul(word ^ (word >>> 16), factor);
  return (mixed ^ Math.imul(other ^ (other >>> 13), 3266489917) ^ (mixed >>> 15)) >>> 0;
}
