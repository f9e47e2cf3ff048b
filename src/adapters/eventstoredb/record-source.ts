import { START, streamNameFilter } from '@eventstore/db-client';
import type { AllStreamSubscription, EventStoreDBClient } from '@eventstore/db-client';
import { FACT_STREAM_PREFIXES } from '../../domain/facts.js';
import type { LogAddress } from './log-address.parse.js';
import { LogScan } from './log-scan.js';
import type { PlacedEvent } from './logged-event.codec.js';

/** What a source tells, in the order of the log; behind `onLost` nothing. */
export interface RecordListener {
  onEvents(events: readonly PlacedEvent[]): void;
  /** Everything up to and with the position has been told or does not concern us. */
  onConsidered(position: bigint): void;
  /** What was there has been told; may come again. */
  onCaughtUp(): void;
  onLost(reason: string): void;
}

/** Events of the streams of facts behind a position, for ever. */
export interface RecordSource {
  pause(): void;
  resume(): void;
  close(): Promise<void>;
}

/** Through the official client, whose word it is that the end of the log has been reached. */
export class SubscribedRecords implements RecordSource {
  private readonly subscription: AllStreamSubscription;
  private isOver = false;

  constructor(client: EventStoreDBClient, after: bigint | 'start', listener: RecordListener) {
    this.subscription = client.subscribeToAll({
      fromPosition: after === 'start' ? START : { commit: after, prepare: after },
      filter: streamNameFilter({
        prefixes: [...FACT_STREAM_PREFIXES],
        checkpointInterval: 8,
        maxSearchWindow: 512,
        checkpointReached: (_, { commit }) => this.tell(() => listener.onConsidered(commit)),
      }),
    });
    const lost = (reason: string) =>
      this.tell(() => {
        this.isOver = true;
        listener.onLost(reason);
      });
    this.subscription
      .on('data', ({ event, commitPosition }) => {
        if (event) this.tell(() => listener.onEvents([{ event, position: commitPosition ?? 0n }]));
      })
      .on('caughtUp', () => this.tell(() => listener.onCaughtUp()))
      .on('error', (error) => lost(error.message))
      .on('end', () => lost('the log ended the subscription'));
  }

  pause(): void {
    this.subscription.pause();
  }

  resume(): void {
    this.subscription.resume();
  }

  async close(): Promise<void> {
    this.isOver = true;
    await this.subscription.unsubscribe().catch(() => undefined);
  }

  private tell(what: () => void): void {
    if (!this.isOver) what();
  }
}

/**
 * scanning ──whole or broken──► subscribed
 *
 * What the log holds comes by a scan, which is fast; the subscription begins behind the last event of it, and whatever the
 * scan could not read is the subscription's to read or to complain about.
 */
export class ScannedRecords implements RecordSource {
  private source: Pick<RecordSource, 'pause' | 'resume'> & { close(): unknown };
  private isPaused = false;

  constructor(
    by: { readonly client: EventStoreDBClient; readonly address: LogAddress },
    private last: bigint | 'start',
    listener: RecordListener,
  ) {
    const request = { from: last, prefixes: FACT_STREAM_PREFIXES };
    this.source = new LogScan(by.address, request, {
      onEvents: (events) => {
        const behind = events.filter(
          ({ position }) => this.last === 'start' || position > this.last,
        );
        this.last = behind.at(-1)?.position ?? this.last;
        if (behind.length > 0) listener.onEvents(behind);
      },
      onEnd: () => {
        this.source = new SubscribedRecords(by.client, this.last, listener);
        if (this.isPaused) this.source.pause();
      },
    });
  }

  pause(): void {
    this.isPaused = true;
    this.source.pause();
  }

  resume(): void {
    this.isPaused = false;
    this.source.resume();
  }

  async close(): Promise<void> {
    await this.source.close();
  }
}
