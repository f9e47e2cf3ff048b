import type { DomainEvent } from '../kernel/event.js';
import type { InputRef, InstrumentId, UnixMs } from '../kernel/units.js';

interface FeedStamp {
  readonly feed: string;
  readonly input: InputRef;
  readonly at: UnixMs;
}

/** Frames may flow. `recorded` names the recording when the venue says that it replays one. */
export type FeedConnected = DomainEvent<
  'FeedConnected',
  1,
  FeedStamp & { readonly url: string; readonly recorded: string | null }
>;

/** The connection ended; it is tried again. */
export type FeedLost = DomainEvent<'FeedLost', 1, FeedStamp & { readonly reason: string }>;

/**
 * Connected, but without a price of this instrument for longer than it usually is. Source: our own watch on the receive
 * clock. `usualMs` is the longest silence that was usual; null while too little was known.
 */
export type FeedStale = DomainEvent<
  'FeedStale',
  1,
  FeedStamp & {
    readonly instrumentId: InstrumentId;
    readonly silentMs: number;
    readonly usualMs: number | null;
  }
>;

/** A feed that was stale shows prices of this instrument again, after so long. */
export type FeedRecovered = DomainEvent<
  'FeedRecovered',
  1,
  FeedStamp & { readonly instrumentId: InstrumentId; readonly silentMs: number }
>;

/** From here on the prices of another feed decide for this instrument. `feed` is the one that was left. */
export type FeedFailedOver = DomainEvent<
  'FeedFailedOver',
  1,
  FeedStamp & {
    readonly instrumentId: InstrumentId;
    readonly to: string;
    readonly reason: 'lost' | 'stale' | 'fail-back';
  }
>;

/** Counts of refused input by reason since the last report; at most one a minute. */
export type FeedQualityReported = DomainEvent<
  'FeedQualityReported',
  1,
  FeedStamp & { readonly counts: Readonly<Record<string, number>> }
>;

export type FeedEvent =
  FeedConnected | FeedLost | FeedStale | FeedRecovered | FeedFailedOver | FeedQualityReported;
