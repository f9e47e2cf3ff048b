import type { StoredMessage } from '../log/log-reader.js';
import type { Uuid } from '../protocol/uuid.codec.js';

const CAPACITY_FIRST = 4096;

/** Stands for the revision 2^63-1 of a tombstone, which no column of numbers can hold. */
export const TOMBSTONE_MARK = 0xffffffff;

export interface EventRow {
  readonly stored: StoredMessage;
  readonly streamNo: number;
  readonly typeNo: number;
  /** `TOMBSTONE_MARK` for a tombstone. */
  readonly revision: number;
  readonly createdMs: number;
  readonly id: Uuid;
  readonly idHash: number;
  /** Taken out by a scavenge: only its place is left. */
  readonly isRemoved: boolean;
}

/** In place of an offset: it follows from the position, or there is none. */
const BY_POSITION = -1;
const REMOVED = -2;

/**
 * What is known of the newest events, in memory: one row per event, one typed array per column. By
 * the number of the event from `first` on.
 */
export class EventColumns {
  /** Ordinal of the first event here. */
  first = 0;
  size = 0;
  private positions = new Float64Array(CAPACITY_FIRST);
  private created = new Float64Array(CAPACITY_FIRST);
  private offsets = new Float64Array(CAPACITY_FIRST);
  /** By row: length, checksum, stream, type, revision, hash of the id, the four words of the id. */
  private words = new Uint32Array(CAPACITY_FIRST * WORDS);

  push(row: EventRow): void {
    if (this.size === this.positions.length) this.resize(this.size * 2);
    const i = this.size++;
    this.positions[i] = row.stored.position;
    this.created[i] = row.createdMs;
    this.offsets[i] = row.isRemoved ? REMOVED : (row.stored.offset ?? BY_POSITION);
    const { id } = row;
    const at = i * WORDS;
    this.words[at] = row.stored.length;
    this.words[at + 1] = row.stored.crc;
    this.words[at + 2] = row.streamNo;
    this.words[at + 3] = row.typeNo;
    this.words[at + 4] = row.revision;
    this.words[at + 5] = row.idHash;
    this.words[at + 6] = id.a;
    this.words[at + 7] = id.b;
    this.words[at + 8] = id.c;
    this.words[at + 9] = id.d;
  }

  position(i: number): number {
    return this.positions[i] ?? 0;
  }

  createdMs(i: number): number {
    return this.created[i] ?? 0;
  }

  length(i: number): number {
    return this.word(i, 0);
  }

  crc(i: number): number {
    return this.word(i, 1);
  }

  streamNo(i: number): number {
    return this.word(i, 2);
  }

  typeNo(i: number): number {
    return this.word(i, 3);
  }

  revision(i: number): number {
    return this.word(i, 4);
  }

  idHash(i: number): number {
    return this.word(i, 5);
  }

  idWord(i: number, word: 0 | 1 | 2 | 3): number {
    return this.word(i, 6 + word);
  }

  isRemoved(i: number): boolean {
    return this.offsets[i] === REMOVED;
  }

  message(i: number): StoredMessage {
    const stored = { position: this.position(i), length: this.length(i), crc: this.crc(i) };
    const offset = this.offsets[i] ?? BY_POSITION;
    return offset >= 0 ? { ...stored, offset } : stored;
  }

  hasId(i: number, id: Uuid): boolean {
    return (
      this.idWord(i, 3) === id.d &&
      this.idWord(i, 0) === id.a &&
      this.idWord(i, 1) === id.b &&
      this.idWord(i, 2) === id.c
    );
  }

  /** Forgets the first `count` events: they are known elsewhere now. */
  dropFirst(count: number): void {
    const rest = this.size - count;
    const capacity = Math.max(CAPACITY_FIRST, rest * 2);
    this.positions = moved(this.positions, count, new Float64Array(capacity));
    this.created = moved(this.created, count, new Float64Array(capacity));
    this.offsets = moved(this.offsets, count, new Float64Array(capacity));
    this.words = moved(this.words, count * WORDS, new Uint32Array(capacity * WORDS));
    this.first += count;
    this.size = rest;
  }

  /** Forgets all but the first `size` events: they were never written. */
  truncate(size: number): void {
    this.size = size;
  }

  private word(i: number, column: number): number {
    return this.words[i * WORDS + column] ?? 0;
  }

  private resize(capacity: number): void {
    this.positions = moved(this.positions, 0, new Float64Array(capacity));
    this.created = moved(this.created, 0, new Float64Array(capacity));
    this.offsets = moved(this.offsets, 0, new Float64Array(capacity));
    this.words = moved(this.words, 0, new Uint32Array(capacity * WORDS));
  }
}

const WORDS = 10;

function moved<T extends Float64Array | Uint32Array>(from: T, start: number, to: T): T {
  to.set(from.subarray(start, start + to.length));
  return to;
}
