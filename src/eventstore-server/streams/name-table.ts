import { hashOfStream } from './stream-hash.js';

const CHUNK_BYTES = 1024 * 1024;
const LENGTH_BYTES = 4;
const CAPACITY_FIRST = 1024;

/**
 * The names of all streams by number, and their numbers by name, as bytes outside of the heap: a string
 * and its place in a Map take several times as much, and there may be millions.
 */
export class NameTable {
  private readonly chunks: Buffer[] = [];
  private filled = 0;
  /** By number: where the name stands, as if all chunks were of one size, and its hash. */
  private places = new Uint32Array(CAPACITY_FIRST);
  private hashes = new Uint32Array(CAPACITY_FIRST);
  /** Numbers, one higher than they are, at the place of their hash or behind it. Half of them are free. */
  private slots = new Uint32Array(2 * CAPACITY_FIRST);
  private size = 0;

  get count(): number {
    return this.size;
  }

  /** The number of a name, or -1. */
  noOf(name: string): number {
    const hash = hashOfStream(name).low;
    const mask = this.slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const no = (this.slots[slot] ?? 0) - 1;
      if (no < 0) return -1;
      if (this.hashes[no] === hash && this.nameOf(no) === name) return no;
    }
  }

  /** Takes a name that is not there yet. */
  add(name: string): number {
    if (this.size === this.places.length) this.grow();
    const no = this.size++;
    this.places[no] = this.store(Buffer.from(name, 'utf8'));
    this.hashes[no] = hashOfStream(name).low;
    this.enter(no);
    return no;
  }

  nameOf(no: number): string {
    const place = this.places[no] ?? 0;
    const chunk = this.chunks[Math.floor(place / CHUNK_BYTES)];
    if (chunk === undefined) throw new Error(`Invariant: stream ${no} has a name`);
    const at = place % CHUNK_BYTES;
    const start = at + LENGTH_BYTES;
    return chunk.toString('utf8', start, start + chunk.readUInt32LE(at));
  }

  slice(from = 0, to = this.size): readonly string[] {
    const end = Math.min(to, this.size);
    return Array.from({ length: Math.max(0, end - from) }, (_, i) => this.nameOf(from + i));
  }

  /** Whole names only: what does not fit begins the next chunk, which is larger if need be. */
  private store(bytes: Buffer): number {
    const needed = LENGTH_BYTES + bytes.length;
    if (this.chunks.length === 0 || this.filled + needed > CHUNK_BYTES) {
      this.chunks.push(Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, needed)));
      this.filled = 0;
    }
    const at = this.filled;
    const chunk = this.chunks.at(-1);
    chunk?.writeUInt32LE(bytes.length, at);
    chunk?.set(bytes, at + LENGTH_BYTES);
    this.filled += needed;
    return (this.chunks.length - 1) * CHUNK_BYTES + at;
  }

  private enter(no: number): void {
    const mask = this.slots.length - 1;
    let slot = (this.hashes[no] ?? 0) & mask;
    while (this.slots[slot] !== 0) slot = (slot + 1) & mask;
    this.slots[slot] = no + 1;
  }

  private grow(): void {
    const capacity = this.places.length * 2;
    this.places = widened(this.places, capacity);
    this.hashes = widened(this.hashes, capacity);
    this.slots = new Uint32Array(2 * capacity);
    for (let no = 0; no < this.size; no++) this.enter(no);
  }
}

export function widened(numbers: Uint32Array, capacity: number): Uint32Array<ArrayBuffer> {
  const wider = new Uint32Array(capacity);
  wider.set(numbers);
  return wider;
}
