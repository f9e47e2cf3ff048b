import { TOMBSTONE_MARK } from '../streams/event-columns.js';
import type { EventPage } from '../streams/event-page.js';
import { isExpired } from '../streams/event-reader.js';
import type { EventStore } from '../streams/event-store.js';
import type { StreamEntry } from '../streams/stream-entry.js';
import { linkId } from '../streams/system-stream.js';
import type { ReadFrom } from '../protocol/read-request.parse.js';
import { TOMBSTONE_REVISION } from '../protocol/recorded-event.codec.js';
import type { EventFilter } from '../subscriptions/event-filter.js';

/** An event by its ordinal in the log and its revision in the source. */
export interface SourceEvent {
  readonly ordinal: number;
  readonly revision: number;
}

/** Where a group takes its events from, with a cursor that only moves forwards. */
export interface GroupSource {
  readonly watchers: Set<() => void>;
  /** Events from the cursor on: at most `count`, fewer if a long search has to pause. */
  take(count: number): SourceEvent[];
  /** How many events lie ahead, whether wanted or not. */
  readonly ahead: number;
  /** The first place behind everything that is there. */
  readonly end: number;
  /** Moves the cursor to a start, or behind a checkpoint that `textOf` wrote. */
  seek(start: ReadFrom): void;
  seekBehind(text: string): void;
  /** The place of an event as clients read it. */
  textOf(event: SourceEvent): string;
  startText(start: ReadFrom): string;
  /** How events of the source are fetched. */
  pageOf(events: readonly SourceEvent[]): EventPage;
  idOf(event: SourceEvent): string;
}

const SEARCHED_EVENTS_MAX = 65_536;
/**
 * Elsewhere a projection links an event a moment after it was written. Programs that write first and
 * then join the end of such a stream count on getting what they wrote.
 */
const LINK_LAG_MS = 1000;

export class StreamSource implements GroupSource {
  private next = 0;
  private isTombstoneDue: boolean;
  /** Nothing of a stream that was gone before is there to be read. */
  private readonly isGone: boolean;

  constructor(
    private readonly store: EventStore,
    private readonly entry: StreamEntry,
  ) {
    this.isGone = entry.isVisiblyTombstoned;
    this.isTombstoneDue = !this.isGone;
  }

  get watchers(): Set<() => void> {
    return this.entry.watchers;
  }

  get ahead(): number {
    return Math.max(0, this.entry.visibleCount - this.next);
  }

  get end(): number {
    const { entry, store } = this;
    let end = entry.visibleCount;
    if (!entry.isSystemStream) return end;
    const linkedMs = Date.now() - LINK_LAG_MS;
    const createdMs = (at: number): number =>
      store.index.columns.createdMs(entry.ordinalAt(at) ?? 0);
    while (end > 0 && createdMs(end - 1) > linkedMs) end--;
    return end;
  }

  take(count: number): SourceEvent[] {
    const { entry } = this;
    if (this.isGone) this.next = entry.visibleCount;
    this.next = Math.max(this.next, Math.min(entry.firstVisible, entry.visibleCount));
    const events: SourceEvent[] = [];
    for (; this.next < entry.visibleCount && events.length < count; this.next++) {
      const ordinal = entry.ordinalAt(this.next);
      if (ordinal === undefined || isExpired(this.store, entry, ordinal)) continue;
      events.push({ ordinal, revision: this.next });
    }
    const { tombstone } = entry;
    const isEnd = entry.isVisiblyTombstoned && this.ahead === 0 && events.length < count;
    if (isEnd && tombstone !== undefined && this.isTombstoneDue) {
      this.isTombstoneDue = false;
      events.push({ ordinal: tombstone, revision: TOMBSTONE_MARK });
    }
    return events;
  }

  seek(start: ReadFrom): void {
    if (start === 'start') this.next = 0;
    else this.next = start === 'end' ? this.end : start.at;
  }

  seekBehind(text: string): void {
    this.next = Number(text) + 1;
  }

  textOf({ revision }: SourceEvent): string {
    return revision === TOMBSTONE_MARK ? TOMBSTONE_REVISION.toString() : String(revision);
  }

  startText(start: ReadFrom): string {
    if (start === 'start') return '0';
    return start === 'end' ? '-1' : BigInt(start.at).toString();
  }

  pageOf(events: readonly SourceEvent[]): EventPage {
    const ordinals = events.map(({ ordinal }) => ordinal);
    if (!this.entry.isSystemStream) return { ordinals };
    const revisions = events.map(({ revision }) => revision);
    return { ordinals, links: { stream: this.entry.name, revisions } };
  }

  idOf({ ordinal, revision }: SourceEvent): string {
    if (this.entry.isSystemStream) return linkId(this.entry.name, revision).text;
    return this.store.index.columns.idText(ordinal);
  }
}

export class AllSource implements GroupSource {
  private next = 0;

  constructor(
    private readonly store: EventStore,
    private readonly filter: EventFilter,
  ) {}

  get watchers(): Set<() => void> {
    return this.store.index.watchers;
  }

  get ahead(): number {
    return this.store.index.visible - this.next;
  }

  get end(): number {
    const { columns, visible } = this.store.index;
    return visible === 0 ? 0 : columns.position(visible - 1) + 1;
  }

  take(count: number): SourceEvent[] {
    const { index } = this.store;
    const end = Math.min(index.visible, this.next + SEARCHED_EVENTS_MAX);
    const events: SourceEvent[] = [];
    for (; this.next < end && events.length < count; this.next++) {
      const isWanted = this.filter.isVisible(this.next) && this.filter.isWanted(this.next);
      if (isWanted) events.push({ ordinal: this.next, revision: this.revisionOf(this.next) });
    }
    return events;
  }

  seek(start: ReadFrom): void {
    const { columns, visible } = this.store.index;
    if (start === 'start') this.next = 0;
    else this.next = start === 'end' ? visible : columns.lowerBound(start.at, visible);
  }

  seekBehind(text: string): void {
    const position = Number(/^C:(\d+)\//.exec(text)?.[1] ?? -1);
    this.seek({ at: position + 1 });
  }

  textOf({ ordinal }: SourceEvent): string {
    return positionText(this.store.index.columns.position(ordinal));
  }

  startText(start: ReadFrom): string {
    if (start === 'start') return positionText(0);
    return positionText(start === 'end' ? -1 : start.at);
  }

  pageOf(events: readonly SourceEvent[]): EventPage {
    return { ordinals: events.map(({ ordinal }) => ordinal) };
  }

  idOf({ ordinal }: SourceEvent): string {
    return this.store.index.columns.idText(ordinal);
  }

  private revisionOf(ordinal: number): number {
    return this.store.index.columns.revision(ordinal);
  }
}

function positionText(position: number): string {
  return `C:${position}/P:${position}`;
}
