import { type EventStore, newUuid } from '../streams/event-store.js';
import { ANY } from '../streams/expected-version.js';
import { metastreamOf } from '../streams/stream-entry.js';
import { METADATA_TYPE, readRecordedEvent } from '../protocol/recorded-event.codec.js';
import { checkpointStreamOf, type GroupSettings } from './group-settings.js';

const CHECKPOINT_TYPE = 'SubscriptionCheckpoint';
const NO_BYTES = Buffer.alloc(0);
/** The last one counts; the one before is kept as the original keeps it. */
const CHECKPOINTS_KEPT = 2;

const CHECKPOINT_TEXT = /^(\d+|C:\d+\/P:\d+)$/;

export interface StoredProgress {
  readonly checkpoint: string | undefined;
  /** First place of a group that began at the end and has no checkpoint yet. */
  readonly startedAt: string | undefined;
}

/** How far a group has come: the place as text, and how many events it has done with since its start. */
export interface Completed {
  readonly text: string;
  readonly count: number;
}

/**
 * Writes down how far a group is done, in a stream of the group's own.
 *
 * Due at once after `checkpointCountMax` events, and after `checkpointCountMin` once
 * `checkpointAfterMs` have passed since the last one. One write is under way at a time; what is due
 * meanwhile is written when that is over, so the stored checkpoint never stays behind.
 */
export class CheckpointWriter {
  /** The last checkpoint as it was stored or is being stored. */
  text: string | undefined;
  private countWritten = 0;
  private writtenAtMs = performance.now();
  private timer: NodeJS.Timeout | undefined;
  private isWriting = false;
  private waiting: string | undefined;
  private readonly stream: string;

  constructor(
    private readonly store: EventStore,
    key: string,
    private readonly settings: GroupSettings,
  ) {
    this.stream = checkpointStreamOf(key);
  }

  /** What is stored of a group's progress. */
  static async read(store: EventStore, key: string): Promise<StoredProgress> {
    const stream = checkpointStreamOf(key);
    const document = await lastDocument(store, metastreamOf(stream));
    return {
      checkpoint: textOf(await lastDocument(store, stream), CHECKPOINT_TEXT),
      startedAt: textOf((document as { startedAt?: unknown } | undefined)?.startedAt, /^\d+$/),
    };
  }

  /**
   * Notes where a group that begins at the end began: what comes until its first checkpoint would be
   * lost to it by a restart.
   */
  begin(at: number): void {
    this.describe({ $maxCount: CHECKPOINTS_KEPT, startedAt: String(at) });
  }

  /** Takes note that a group has come this far. */
  note(completed: () => Completed | undefined): void {
    this.consider(completed, false);
    this.timer ??= setTimeout(
      () => {
        this.timer = undefined;
        this.consider(completed, true);
      },
      Math.max(0, this.writtenAtMs + this.settings.checkpointAfterMs - performance.now()),
    );
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.waiting = undefined;
  }

  /** The group is gone: a new one of its name begins anew. */
  discard(): void {
    this.stop();
    if (this.store.index.find(this.stream) === undefined) return;
    this.store.deleteStream(this.stream, ANY, () => undefined);
  }

  private consider(completed: () => Completed | undefined, isTimeUp: boolean): void {
    const place = completed();
    if (place === undefined) return;
    const { checkpointCountMin, checkpointCountMax } = this.settings;
    const count = place.count - this.countWritten;
    const isDue = count >= checkpointCountMax || (isTimeUp && count >= checkpointCountMin);
    if (count <= 0 || !isDue) return;
    this.countWritten = place.count;
    this.writtenAtMs = performance.now();
    this.text = place.text;
    this.write(place.text);
  }

  private write(text: string): void {
    if (this.isWriting) {
      this.waiting = text;
      return;
    }
    this.isWriting = true;
    this.keepShort();
    const data = Buffer.from(JSON.stringify(text), 'utf8');
    const event = { id: newUuid(), type: CHECKPOINT_TYPE, isJson: true, data, metadata: NO_BYTES };
    this.store.append({ stream: this.stream, expected: ANY, events: [event] }, () => {
      this.isWriting = false;
      const next = this.waiting;
      this.waiting = undefined;
      if (next !== undefined) this.write(next);
    });
  }

  /** Before its first event the stream is told to hold no more than it has to. */
  private keepShort(): void {
    const entry = this.store.index.find(this.stream);
    if (entry?.metadata.maxCount === undefined) this.describe({ $maxCount: CHECKPOINTS_KEPT });
  }

  private describe(document: object): void {
    const data = Buffer.from(JSON.stringify(document), 'utf8');
    const event = { id: newUuid(), type: METADATA_TYPE, isJson: true, data, metadata: NO_BYTES };
    const request = { stream: metastreamOf(this.stream), expected: ANY, events: [event] };
    this.store.append(request, () => undefined);
  }
}

async function lastDocument(store: EventStore, stream: string): Promise<unknown> {
  const entry = store.index.find(stream);
  if (entry === undefined || entry.firstVisible > entry.visibleLast) return undefined;
  const ordinal = entry.ordinalAt(entry.visibleLast);
  const [message] = ordinal === undefined ? [] : await store.read([ordinal]);
  if (message === undefined) return undefined;
  try {
    return JSON.parse(readRecordedEvent(message).data.toString('utf8')) as unknown;
  } catch {
    return undefined; // Whoever wrote that into the stream of a group: it says nothing.
  }
}

function textOf(value: unknown, form: RegExp): string | undefined {
  return typeof value === 'string' && form.test(value) ? value : undefined;
}
