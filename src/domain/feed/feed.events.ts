import type { DomainEvent } from '../kernel/event.js';
import type { InputRef, InstrumentId, UnixMs } from '../kernel/units.js';

interface FeedStamp {
  readonly feed: string;
  readonly input: InputRef;
  readonly at: UnixMs;
}

/** Kinds of prices. Each of a feed may fall mute by itself, and a stop reads one or two of them. */
export type PriceKind = 'trade' | 'quote' | 'mark';

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
 * clock. `usualMs` is the longest silence that was usual; null while too little was known. From version 2 on with the
 * kind of price that is missed; null where no stop reads any, and none of them comes.
 */
export type FeedStale = DomainEvent<
  'FeedStale',
  1 | 2,
  FeedStamp & {
    readonly instrumentId: InstrumentId;
    readonly silentMs: number;
    readonly usualMs: number | null;
    readonly priceKind?: PriceKind | null;
  }
>;

/** A feed that was stale shows prices of this instrument again, after so long; from version 2 on with their kind. */
export type FeedRecovered = DomainEvent<
  'FeedRecovered',
  1 | 2,
  FeedStamp & {
    readonly instrumentId: InstrumentId;
    readonly silentMs: number;
    readonly priceKind?: PriceKind | null;
  }
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
