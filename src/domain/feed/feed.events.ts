import type { DomainEvent } from '../kernel/event.js';
import type { InputRef, UnixMs } from '../kernel/units.js';

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

/** Counts of refused input by reason since the last report; at most one a minute. */
export type FeedQualityReported = DomainEvent<
  'FeedQualityReported',
  1,
  FeedStamp & { readonly counts: Readonly<Record<string, number>> }
>;

export type FeedEvent = FeedConnected | FeedLost | FeedQualityReported;
