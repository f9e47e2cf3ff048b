import { BACKWARDS, END, FORWARDS, START, StreamNotFoundError } from '@eventstore/db-client';
import type { AllStreamResolvedEvent, EventStoreDBClient } from '@eventstore/db-client';
import type {
  EventFeed,
  FactBatch,
  FactSubscription,
  UnreadableRecord,
} from '../../application/ports/event-feed.port.js';
import type { Fact } from '../../domain/facts.js';
import type { Recorded } from '../../domain/kernel/event.js';
import { withDeadline } from './deadline.js';
import { logAddressOf } from './log-address.parse.js';
import type { LogAddress } from './log-address.parse.js';
import type { PlacedEvent } from './logged-event.codec.js';
import { ScannedRecords, SubscribedRecords } from './record-source.js';
import type { RecordListener, RecordSource } from './record-source.js';
import { readRecord } from './recorded-fact.js';

export interface FactFeedOptions {
  readonly client: EventStoreDBClient;
  /** What the client was made of: what the log holds already is scanned where this names one node. */
  readonly connectionString?: string;
  /** Uniform in [0, 1): spreads the tries of many readers. */
  readonly random: () => number;
  readonly onTrouble: (reason: string) => void;
}

const BATCH_FACTS_MAX = 1_000;
// The source is paused above this many facts that wait for the handler.
const WAITING_FACTS_MAX = 5_000;
const RETRY_MS_MIN = 100;
const RETRY_MS_MAX = 5_000;
const END_MS_MAX = 2_000;
// Who stood at the end of the log so short a time ago finds little that a scan would be faster for.
const NEAR_END_MS = 5_000;

/** Facts out of EventStoreDB: a scan of what it holds, then the official client, which itself never subscribes again after a loss. */
export class EventStoreFactFeed implements EventFeed {
  private readonly log: KnownLog;

  constructor(private readonly options: FactFeedOptions) {
    const { connectionString } = options;
    const address = connectionString === undefined ? undefined : logAddressOf(connectionString);
    this.log = { address, endSeenAtMs: -Infinity };
  }

  subscribe(after: bigint | 'start', handler: Handler): FactSubscription {
    return new FactReader({ ...this.options, log: this.log }, after, handler);
  }

  async newestPosition(): Promise<bigint> {
    const newest = this.options.client.readAll({
      direction: BACKWARDS,
      fromPosition: END,
      maxCount: 1,
    });
    return withDeadline(newestOf(newest), END_MS_MAX);
  }

  async readStream(streamId: string): Promise<readonly Recorded<Fact>[]> {
    const facts: Recorded<Fact>[] = [];
    try {
      const read = this.options.client.readStream(streamId, {
        direction: FORWARDS,
        fromRevision: START,
      });
      for await (const { event, commitPosition } of read) {
        const result = event && readRecord(event, commitPosition ?? 0n);
        if (result?.kind === 'fact') facts.push(result.recorded);
      }
    } catch (error) {
      if (error instanceof StreamNotFoundError) return [];
      throw error;
    }
    return facts;
  }
}

/** Reads to the end: a reading that is left early keeps the client from being disposed of. */
async function newestOf(read: AsyncIterable<AllStreamResolvedEvent>): Promise<bigint> {
  let newest = -1n;
  for await (const { event, commitPosition } of read) {
    newest = commitPosition ?? event?.position.commit ?? newest;
  }
  return newest;
}

/** Shared by the readers of a feed: one after the other reads on where the last one stood. */
interface KnownLog {
  /** Where it can be scanned. */
  readonly address: LogAddress | undefined;
  /** When one of them had taken all that there was, on the clock of this process. */
  endSeenAtMs: number;
}

type Handler = (batch: FactBatch, unreadable: readonly UnreadableRecord[]) => Promise<void>;

/**
 * connecting ──► reading ──lost──► pausing ──► connecting ... ; any ──close──► closed
 *
 * Facts wait in order until the handler has settled. After a loss it starts again behind the last position that the
 * handler took, so that nothing is missed and nothing comes twice.
 */
class FactReader implements FactSubscription, RecordListener {
  private source: RecordSource | undefined;
  private waiting: (Recorded<Fact> | UnreadableRecord)[] = [];
  private taken: bigint | 'start';
  private considered = 0n;
  private isCaughtUp = false;
  private mustReport = false;
  private isClosed = false;
  private failures = 0;
  private retry: NodeJS.Timeout | undefined;
  private delivering: Promise<void> | undefined;

  constructor(
    private readonly options: FactFeedOptions & { readonly log: KnownLog },
    after: bigint | 'start',
    private readonly handler: Handler,
  ) {
    this.taken = after;
    this.connect();
  }

  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.retry);
    await this.drop();
    await this.delivering;
  }

  onEvents(events: readonly PlacedEvent[]): void {
    for (const { event, position } of events) {
      const read = readRecord(event, position);
      this.waiting.push(read.kind === 'fact' ? read.recorded : read.record);
    }
    if (this.waiting.length >= WAITING_FACTS_MAX) this.source?.pause();
    this.deliver();
  }

  onConsidered(position: bigint): void {
    this.considered = position;
  }

  onCaughtUp(): void {
    this.isCaughtUp = true;
    this.mustReport = true;
    this.failures = 0;
    this.deliver();
  }

  onLost(reason: string): void {
    if (this.isClosed) return;
    this.source = undefined;
    this.failures += 1;
    this.options.onTrouble(reason);
    const ceilingMs = Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** Math.min(this.failures, 10));
    this.retry = setTimeout(() => this.reconnect(), ceilingMs * this.options.random());
  }

  private connect(): void {
    const { client } = this.options;
    this.waiting = [];
    this.isCaughtUp = false;
    const address = this.scanned();
    this.source = address
      ? new ScannedRecords({ client, address }, this.taken, this)
      : new SubscribedRecords(client, this.taken, this);
  }

  /** Where what the log holds is scanned; undefined where it is not. */
  private scanned(): LogAddress | undefined {
    const { address, endSeenAtMs } = this.options.log;
    const isNear = this.taken !== 'start' && performance.now() - endSeenAtMs < NEAR_END_MS;
    return isNear ? undefined : address;
  }

  private reconnect(): void {
    // What the handler holds must be settled first: it decides where reading goes on.
    void (this.delivering ?? Promise.resolve()).then(() => {
      if (!this.isClosed) this.connect();
    });
  }

  private deliver(): void {
    if (this.delivering || this.isClosed) return;
    if (this.waiting.length === 0 && !this.mustReport) return;
    this.delivering = this.run().finally(() => {
      this.delivering = undefined;
      this.deliver();
    });
  }

  private async run(): Promise<void> {
    // One turn of the loop lets what has already arrived come along in the same batch.
    await new Promise((resolve) => setImmediate(resolve));
    const batch = this.waiting.splice(0, BATCH_FACTS_MAX);
    const isCaughtUp = this.isCaughtUp && this.waiting.length === 0;
    this.mustReport = this.waiting.length === 0 ? false : this.mustReport;
    const newest = batch.at(-1)?.position ?? 0n;
    const position = isCaughtUp && this.considered > newest ? this.considered : newest;
    const facts = batch.filter((item): item is Recorded<Fact> => 'event' in item);
    const unreadable = batch.filter((item): item is UnreadableRecord => !('event' in item));
    try {
      await this.handler(
        { facts, position: this.atLeastTaken(position), caughtUp: isCaughtUp },
        unreadable,
      );
      this.taken = this.atLeastTaken(position);
      if (isCaughtUp) this.options.log.endSeenAtMs = performance.now();
      if (this.waiting.length < WAITING_FACTS_MAX / 2) this.source?.resume();
    } catch (error) {
      const isReading = this.source !== undefined;
      await this.drop();
      if (isReading) this.onLost(error instanceof Error ? error.message : String(error));
    }
  }

  private atLeastTaken(position: bigint): bigint {
    const taken = this.taken === 'start' ? 0n : this.taken;
    return position > taken ? position : taken;
  }

  private async drop(): Promise<void> {
    const { source } = this;
    this.source = undefined;
    this.waiting = [];
    await source?.close();
  }
}
