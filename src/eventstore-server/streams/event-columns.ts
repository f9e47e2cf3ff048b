import type { Uuid } from '../protocol/uuid.codec.js';
import type { StoredMessage } from '../log/log-reader.js';

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
}

/**
 * What is known in memory of every event, by its ordinal (0-based number in $all): one row per event,
 * one typed array per column, so that a million events cost about 52 MB outside the heap.
 * Positions strictly increase with the ordinal.
 */
export class EventColumns {
  count = 0;
  private positions = new Float64Array(CAPACITY_FIRST);
  private created = new Float64Array(CAPACITY_FIRST);
  private lengths = new Uint32Array(CAPACITY_FIRST);
  private streams = new Uint32Array(CAPACITY_FIRST);
  private types = new Uint32Array(CAPACITY_FIRST);
  private sums = new Uint32Array(CAPACITY_FIRST);
  private revisions = new Uint32Array(CAPACITY_FIRST);
  private ids = new Uint32Array(CAPACITY_FIRST * 4);

  push(row: EventRow): number {
    if (this.count === this.positions.length) this.grow();
    const ordinal = this.count++;
    this.positions[ordinal] = row.stored.position;
    this.created[ordinal] = row.createdMs;
    this.lengths[ordinal] = row.stored.length;
    this.sums[ordinal] = row.stored.crc;
    this.streams[ordinal] = row.streamNo;
    this.types[ordinal] = row.typeNo;
    this.revisions[ordinal] = row.revision;
    const at = ordinal * 4;
    this.ids[at] = row.id.a;
    this.ids[at + 1] = row.id.b;
    this.ids[at + 2] = row.id.c;
    this.ids[at + 3] = row.id.d;
    return ordinal;
  }

  position(ordinal: number): number {
    return this.positions[ordinal] ?? 0;
  }

  createdMs(ordinal: number): number {
    return this.created[ordinal] ?? 0;
  }

  streamNo(ordinal: number): number {
    return this.streams[ordinal] ?? 0;
  }

  typeNo(ordinal: number): number {
    return this.types[ordinal] ?? 0;
  }

  revision(ordinal: number): number {
    return this.revisions[ordinal] ?? 0;
  }

  length(ordinal: number): number {
    return this.lengths[ordinal] ?? 0;
  }

  message(ordinal: number): StoredMessage {
    return {
      position: this.position(ordinal),
      length: this.length(ordinal),
      crc: this.sums[ordinal] ?? 0,
    };
  }

  hasId(ordinal: number, id: Uuid): boolean {
    const at = ordinal * 4;
    return (
      this.ids[at] === id.a &&
      this.ids[at + 1] === id.b &&
      this.ids[at + 2] === id.c &&
      this.ids[at + 3] === id.d
    );
  }

  idText(ordinal: number): string {
    const at = ordinal * 4;
    let hex = '';
    for (let i = 0; i < 4; i++) hex += (this.ids[at + i] ?? 0).toString(16).padStart(8, '0');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }

  /** A spread-out number from the stream and the id of an event. */
  hashOf(ordinal: number): number {
    const at = ordinal * 4;
    return mix(
      this.streamNo(ordinal),
      (this.ids[at] ?? 0) ^ (this.ids[at + 1] ?? 0),
      (this.ids[at + 2] ?? 0) ^ (this.ids[at + 3] ?? 0),
    );
  }

  /** The first ordinal below `end` whose position is at or behind `position`; `end` if none is. */
  lowerBound(position: number, end: number): number {
    let low = 0;
    let high = end;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.position(middle) < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private grow(): void {
    const capacity = this.positions.length * 2;
    this.positions = enlarge(this.positions, new Float64Array(capacity));
    this.created = enlarge(this.created, new Float64Array(capacity));
    this.lengths = enlarge(this.lengths, new Uint32Array(capacity));
    this.streams = enlarge(this.streams, new Uint32Array(capacity));
    this.types = enlarge(this.types, new Uint32Array(capacity));
    this.sums = enlarge(this.sums, new Uint32Array(capacity));
    this.revisions = enlarge(this.revisions, new Uint32Array(capacity));
    this.ids = enlarge(this.ids, new Uint32Array(capacity * 4));
  }
}

export function hashOfId(streamNo: number, id: Uuid): number {
  return mix(streamNo, id.a ^ id.b, id.c ^ id.d);
}

function mix(streamNo: number, first: number, second: number): number {
  let hash = Math.imul(streamNo ^ 0x9e3779b9, 0x85ebca6b);
  hash = Math.imul(hash ^ first ^ (hash >>> 15), 0xc2b2ae35);
  hash = Math.imul(hash ^ second ^ (hash >>> 13), 0x27d4eb2f);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function enlarge<T extends Float64Array | Uint32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
