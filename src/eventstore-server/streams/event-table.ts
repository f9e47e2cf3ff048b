import type { StoredMessage } from '../log/log-reader.js';
import { Uuid } from '../protocol/uuid.codec.js';
import { EventColumns, type EventRow } from './event-columns.js';
import { EventIdIndex } from './event-id-index.js';
import { type IndexPart, lowerBound } from './index-part.js';

interface PlacedPart {
  readonly part: IndexPart;
  /** Ordinal of its first event. */
  readonly first: number;
}

/**
 * What is known of every event by its ordinal, its number in the log: of the newest in memory, of all
 * others in the parts of the index on disk. Positions strictly increase with the ordinal, and neither
 * ever changes.
 */
export class EventTable {
  readonly tail = new EventColumns();
  private readonly ids = new EventIdIndex(this.tail);
  private readonly placed: PlacedPart[] = [];
  /** Most look-ups are in the part of the one before. */
  private latest: PlacedPart | undefined;
  private at = 0;

  get count(): number {
    return this.tail.first + this.tail.size;
  }

  get parts(): readonly PlacedPart[] {
    return this.placed;
  }

  push(row: EventRow): number {
    this.tail.push(row);
    this.ids.insert();
    return this.count - 1;
  }

  /** Puts a part behind all others; the events that it tells of are not in memory. */
  addPart(part: IndexPart): void {
    if (this.tail.size > 0) throw new Error('Invariant: parts come before what is in memory');
    this.placed.push({ part, first: this.tail.first });
    this.tail.first += part.events;
  }

  /** Puts a part in the place of the oldest events in memory. */
  replaceFirst(part: IndexPart): void {
    this.placed.push({ part, first: this.tail.first });
    this.tail.dropFirst(part.events);
    this.ids.refill();
  }

  /** Puts the part of a rewritten segment in the place of the former one. */
  exchangePart(no: number, part: IndexPart): void {
    const former = this.placed[no];
    if (former?.part.events !== part.events) {
      throw new Error('Invariant: a rewritten segment has the same events');
    }
    this.placed[no] = { part, first: former.first };
    this.latest = undefined;
    former.part.close();
  }

  /** Forgets the events from an ordinal on. */
  truncate(end: number): void {
    this.tail.truncate(end - this.tail.first);
    this.ids.refill();
  }

  position(ordinal: number): number {
    return this.seek(ordinal).position(this.at);
  }

  createdMs(ordinal: number): number {
    return this.seek(ordinal).createdMs(this.at);
  }

  streamNo(ordinal: number): number {
    return this.seek(ordinal).streamNo(this.at);
  }

  typeNo(ordinal: number): number {
    return this.seek(ordinal).typeNo(this.at);
  }

  revision(ordinal: number): number {
    return this.seek(ordinal).revision(this.at);
  }

  length(ordinal: number): number {
    return this.seek(ordinal).length(this.at);
  }

  /** Whether a scavenge took the event out: only its place is left. */
  isRemoved(ordinal: number): boolean {
    return this.seek(ordinal).isRemoved(this.at);
  }

  message(ordinal: number): StoredMessage {
    return this.seek(ordinal).message(this.at);
  }

  hasId(ordinal: number, id: Uuid): boolean {
    return this.seek(ordinal).hasId(this.at, id);
  }

  idText(ordinal: number): string {
    const part = this.seek(ordinal);
    const word = (no: 0 | 1 | 2 | 3): number => part.idWord(this.at, no);
    return new Uuid(word(0), word(1), word(2), word(3)).text;
  }

  /** The ordinal of the first event with this id in a stream, or -1. */
  findId(streamNo: number, hash: number, id: Uuid): number {
    for (const { part, first } of this.placed) {
      const found = part.findId(hash, id, streamNo);
      if (found >= 0) return first + found;
    }
    const found = this.ids.find(streamNo, hash, id);
    return found < 0 ? -1 : this.tail.first + found;
  }

  /** The first ordinal below `end` whose position is at or behind `position`; `end` if none is. */
  lowerBound(position: number, end: number): number {
    return lowerBound(end, (ordinal) => this.position(ordinal) < position);
  }

  /** Where the event is told of; `at` is then its number there. */
  private seek(ordinal: number): EventColumns | IndexPart {
    const { tail } = this;
    if (ordinal >= tail.first) {
      this.at = ordinal - tail.first;
      return tail;
    }
    const known = this.latest;
    const found = known !== undefined && isIn(known, ordinal) ? known : this.placedAt(ordinal);
    this.latest = found;
    this.at = ordinal - found.first;
    return found.part;
  }

  private placedAt(ordinal: number): PlacedPart {
    const no = lowerBound(this.placed.length, (k) => (this.placed[k]?.first ?? 0) <= ordinal) - 1;
    const found = this.placed[no];
    if (found === undefined) throw new Error(`Invariant: event ${ordinal} is indexed`);
    return found;
  }
}

function isIn({ part, first }: PlacedPart, ordinal: number): boolean {
  return ordinal >= first && ordinal < first + part.events;
}
