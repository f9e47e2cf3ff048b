import { LINK_TYPE, METADATA_TYPE, type ProposedEvent } from '../protocol/recorded-event.codec.js';
import { newUuid, type EventStore } from '../streams/event-store.js';
import { ANY } from '../streams/expected-version.js';
import { metastreamOf } from '../streams/stream-entry.js';
import { parkedStreamOf } from './group-settings.js';

const ADMINS = '$admins';
const ACL = { $r: ADMINS, $w: ADMINS, $d: ADMINS, $mr: ADMINS, $mw: ADMINS };
/** What a client may write as its reason; the rest is cut off. */
const REASON_CHARS_MAX = 16 * 1024;

export interface ParkedEvent {
  readonly ordinal: number;
  readonly revision: number;
}

/** The events that a group could not deliver: links in a stream of its own, with the reasons. */
export class ParkedEvents {
  private readonly stream: string;
  private isReplaying = false;

  constructor(
    private readonly store: EventStore,
    key: string,
  ) {
    this.stream = parkedStreamOf(key);
  }

  /** How many are parked and were not replayed. */
  get count(): number {
    const entry = this.store.index.find(this.stream);
    return entry === undefined ? 0 : Math.max(0, entry.visibleCount - entry.firstVisible);
  }

  /** `target` is the text of the link, `revision` that of the event in its source. */
  park(
    event: { readonly target: string; readonly revision: number; readonly reason: string },
    done: (isParked: boolean) => void,
  ): void {
    const metadata = {
      added: new Date().toISOString(),
      reason: event.reason.slice(0, REASON_CHARS_MAX),
      ...(event.revision === 0 ? {} : { subscriptionEventNumber: event.revision }),
    };
    const link: ProposedEvent = {
      id: newUuid(),
      type: LINK_TYPE,
      isJson: false,
      data: Buffer.from(event.target, 'utf8'),
      metadata: Buffer.from(JSON.stringify(metadata), 'utf8'),
    };
    this.store.append({ stream: this.stream, expected: ANY, events: [link] }, ({ kind }) =>
      done(kind === 'success'),
    );
  }

  /**
   * Takes the parked events before revision `stopAt` out of the stream and returns them. While that is
   * being written a second replay finds none, as each event is delivered once.
   */
  replay(stopAt: number): ParkedEvent[] {
    const entry = this.store.index.find(this.stream);
    if (entry === undefined || this.isReplaying) return [];
    const end = Math.min(stopAt, entry.visibleCount);
    const events: ParkedEvent[] = [];
    for (let revision = entry.firstVisible; revision < end; revision++) {
      const ordinal = entry.ordinalAt(revision);
      if (ordinal === undefined || this.store.index.columns.isRemoved(ordinal)) continue;
      events.push({ ordinal, revision });
    }
    if (events.length > 0) this.truncate(end);
    return events;
  }

  /** The group is gone, and its parked events with it. */
  discard(): void {
    if (this.store.index.find(this.stream) === undefined) return;
    this.store.deleteStream(this.stream, ANY, () => undefined);
  }

  private truncate(before: number): void {
    this.isReplaying = true;
    const document = JSON.stringify({ $tb: before, $acl: ACL });
    const event: ProposedEvent = {
      id: newUuid(),
      type: METADATA_TYPE,
      isJson: true,
      data: Buffer.from(document, 'utf8'),
      metadata: Buffer.alloc(0),
    };
    const request = { stream: metastreamOf(this.stream), expected: ANY, events: [event] };
    this.store.append(request, () => (this.isReplaying = false));
  }
}
