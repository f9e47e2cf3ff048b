import type { EventStore } from './event-store.js';
import type { StreamEntry } from './stream-entry.js';

/** Events that are fetched together. */
export interface EventPage {
  readonly ordinals: readonly number[];
  /** Present if the events are shown as links of a system stream: its name and their places in it. */
  readonly links?: { readonly stream: string; readonly revisions: readonly number[] } | undefined;
}

/** What a reader that stops reading holds in memory twice, and no more: sent, and ready to be. */
interface PageSize {
  readonly events: number;
  readonly bytes: number;
}

/** Of subscriptions, of which there are thousands. */
const FOLLOWING: PageSize = { events: 256, bytes: 64 * 1024 };
/**
 * Of reads that end. A page is twice what clients allow to be on its way (65,535 bytes), so that most of their
 * permissions to go on are met by bytes that lie ready below, without a turn of this program.
 */
const READING: PageSize = { events: 512, bytes: 128 * 1024 };
/** Of their first page, one HTTP/2 frame: while the client takes it apart, the next page is made. */
const BEGINNING: PageSize = { events: 64, bytes: 16 * 1024 };

/** Collects ordinals until a page is full; a page holds one event at least. */
export class PageBuilder implements EventPage {
  readonly ordinals: number[] = [];
  readonly links: { readonly stream: string; readonly revisions: number[] } | undefined;
  private bytes = 0;

  /** Of the events of one stream, or of $all. */
  constructor(
    private readonly store: Pick<EventStore, 'index'>,
    entry?: StreamEntry,
    private readonly size = FOLLOWING,
  ) {
    if (entry?.isSystemStream === true) this.links = { stream: entry.name, revisions: [] };
  }

  get isFull(): boolean {
    return this.ordinals.length >= this.size.events || this.bytes >= this.size.bytes;
  }

  /** The revision is the one in the stream that the page is of. */
  push(ordinal: number, revision = 0): void {
    this.ordinals.push(ordinal);
    this.links?.revisions.push(revision);
    this.bytes += this.store.index.columns.length(ordinal);
  }
}

/** Begins the pages of one read that ends: a small one, then large ones. */
export class PagesOfRead {
  private size = BEGINNING;

  /** Of one stream, or of $all. */
  constructor(
    private readonly store: Pick<EventStore, 'index'>,
    private readonly entry?: StreamEntry,
  ) {}

  begin(): PageBuilder {
    const page = new PageBuilder(this.store, this.entry, this.size);
    this.size = READING;
    return page;
  }
}
