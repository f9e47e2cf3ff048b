import type { Uuid } from '../protocol/uuid.codec.js';
import type { StreamHash } from './stream-hash.js';

/** An event's id in its stream as a number that is spread out. Never change: it is stored. */
export function hashOfId(stream: StreamHash, id: Uuid): number {
  let hash = Math.imul(stream.low ^ 0x9e3779b9, 0x85ebca6b);
  hash = Math.imul(hash ^ id.a ^ id.b ^ (hash >>> 15), 0xc2b2ae35);
  hash = Math.imul(hash ^ id.c ^ id.d ^ (hash >>> 13), 0x27d4eb2f);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Another one, for the filter that needs two. */
export function secondHashOf(hash: number, d: number): number {
  const mixed = Math.imul(hash ^ Math.imul(d, 0x9e3779b1), 0x85ebca77);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
