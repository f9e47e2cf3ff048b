import type { Recorded } from '../../domain/kernel/event.js';
import type { Fact } from '../../domain/facts.js';

/** One step of a subscription: facts in log order, then how far the log has been considered. */
export interface FactBatch {
  readonly facts: readonly Recorded<Fact>[];
  /** Everything up to and with this log position has been delivered or does not concern us. */
  readonly position: bigint;
  readonly caughtUp: boolean;
}

/** A record that no codec understands. It is delivered apart so that the reader can park it instead of stopping. */
export interface UnreadableRecord {
  readonly streamId: string;
  readonly revision: number;
  readonly position: bigint;
  readonly type: string;
  readonly reason: string;
}

export interface FactSubscription {
  close(): Promise<void>;
}

/**
 * Delivers every fact of the log after a position, in order, for ever: it re-subscribes by itself with back-off.
 * The next batch comes only after the handler's promise has settled; a handler that rejects ends up at the same batch again.
 */
export interface EventFeed {
  subscribe(
    after: bigint | 'start',
    handler: (batch: FactBatch, unreadable: readonly UnreadableRecord[]) => Promise<void>,
  ): FactSubscription;
  /** Position of the newest record, whatever it is; -1 while the log is empty. Rejects while the log is away. */
  newestPosition(): Promise<bigint>;
  /** All facts of one stream, oldest first; empty when there is no such stream. */
  readStream(streamId: string): Promise<readonly Recorded<Fact>[]>;
}
