/**
 * The index of one segment of the log, in a file that never changes once it is there:
 *
 *   header | rows | ids | directory | postings | bloom | names | state
 *
 * Rows tell of each event, in the order of the log. Ids are pairs (ordinal, hash) sorted by the hash.
 * The directory has an entry for each stream with events here, sorted by the hash of its name, and
 * points into the postings: ordinals in the order of the revisions. Ordinals count from the first
 * event of the segment. The bloom filter tells which ids are certainly not here. The state is a JSON
 * document: what the segment changed that is not an event of a stream.
 *
 * All numbers are little-endian and aligned to their size, so that they can be used in place.
 */
export const INDEX_MARK = Buffer.from('EVTINDEX', 'latin1');
export const INDEX_VERSION = 1;
export const INDEX_HEADER_BYTES = 64;
/** The checksum covers everything behind itself. */
export const SUMMED_FROM = 16;

/** Offsets in the header. */
export const HEADER = {
  version: 8,
  crc: 12,
  base: 16,
  generation: 24,
  events: 28,
  streams: 32,
  postings: 36,
  bloomBytes: 40,
  namesBytes: 44,
  stateBytes: 48,
} as const;

export const ROW_BYTES = 64;
/** Offsets in a row. */
export const ROW = {
  position: 0,
  /** Of the message in the file of the segment. */
  offset: 8,
  createdMs: 16,
  length: 24,
  crc: 28,
  stream: 32,
  type: 36,
  revision: 40,
  flags: 44,
  id: 48,
} as const;

/** Of an event that a scavenge took out. */
export const REMOVED_FLAG = 1;

export const ID_BYTES = 8;
export const DIRECTORY_BYTES = 24;
/** Offsets in an entry of the directory. */
export const ENTRY = {
  high: 0,
  low: 4,
  firstRevision: 8,
  /** Of its first posting; the last one stands before the first of the next entry. */
  start: 12,
  nameAt: 16,
  nameBytes: 20,
} as const;

export interface IndexSizes {
  readonly events: number;
  readonly streams: number;
  readonly postings: number;
  readonly bloomBytes: number;
  readonly namesBytes: number;
  readonly stateBytes: number;
}

export function sizesIn(header: Buffer): IndexSizes {
  const word = (at: number): number => header.readUInt32LE(at);
  return {
    events: word(HEADER.events),
    streams: word(HEADER.streams),
    postings: word(HEADER.postings),
    bloomBytes: word(HEADER.bloomBytes),
    namesBytes: word(HEADER.namesBytes),
    stateBytes: word(HEADER.stateBytes),
  };
}

/** Where each section begins, and where the file ends. */
export interface IndexLayout {
  readonly ids: number;
  readonly directory: number;
  readonly postings: number;
  readonly bloom: number;
  readonly names: number;
  readonly state: number;
  readonly end: number;
}

export function layoutOf(sizes: IndexSizes): IndexLayout {
  const ids = INDEX_HEADER_BYTES + sizes.events * ROW_BYTES;
  const directory = ids + sizes.events * ID_BYTES;
  const postings = directory + sizes.streams * DIRECTORY_BYTES;
  const bloom = postings + sizes.postings * 4;
  const names = bloom + sizes.bloomBytes;
  const state = names + sizes.namesBytes;
  return { ids, directory, postings, bloom, names, state, end: state + sizes.stateBytes };
}

/** What a segment changed besides adding events to streams. */
export interface PartState {
  readonly types: readonly string[];
  /** The last document of each stream whose metadata was written here. */
  readonly metadata: readonly (readonly [stream: string, document: string])[];
  readonly tombstones: readonly (readonly [stream: string, ordinal: number])[];
  /** The last document of the node's settings. */
  readonly settings?: string | undefined;
}

const BLOOM_PROBES = 5;
const BLOOM_BITS_PER_EVENT = 16;

/** A power of two, so that a mask picks a bit. */
export function bloomBytesFor(events: number): number {
  let bytes = 64;
  while (bytes * 8 < events * BLOOM_BITS_PER_EVENT) bytes *= 2;
  return bytes;
}

export function bloomAdd(bloom: Uint8Array, hash: number, second: number): void {
  const mask = bloom.length * 8 - 1;
  for (let i = 0, bit = hash; i < BLOOM_PROBES; i++, bit = (bit + (second | 1)) >>> 0) {
    const at = bit & mask;
    bloom[at >>> 3] = (bloom[at >>> 3] ?? 0) | (1 << (at & 7));
  }
}

export function bloomMayHave(bloom: Uint8Array, hash: number, second: number): boolean {
  const mask = bloom.length * 8 - 1;
  for (let i = 0, bit = hash; i < BLOOM_PROBES; i++, bit = (bit + (second | 1)) >>> 0) {
    const at = bit & mask;
    if (((bloom[at >>> 3] ?? 0) & (1 << (at & 7))) === 0) return false;
  }
  return true;
}
