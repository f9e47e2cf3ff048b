import type { FeedEvent } from '../domain/feed/feed.events.js';
import type { InputRef, UnixMs } from '../domain/kernel/units.js';
import type { FeedChange } from './inputs.js';

/** The fact that a change of a feed is. */
export function feedFact(
  feed: string,
  change: FeedChange,
  now: { readonly input: InputRef; readonly at: UnixMs },
): FeedEvent {
  const head = { feed, ...now };
  switch (change.change) {
    case 'connected': {
      const { url, recorded } = change;
      return { type: 'FeedConnected', version: 1, data: { ...head, url, recorded } };
    }
    case 'lost':
      return { type: 'FeedLost', version: 1, data: { ...head, reason: change.reason } };
    case 'stale': {
      const { instrumentId, silentMs, usualMs, priceKind } = change;
      const data = { ...head, instrumentId, silentMs, usualMs };
      if (priceKind === undefined) return { type: 'FeedStale', version: 1, data };
      return { type: 'FeedStale', version: 2, data: { ...data, priceKind } };
    }
    case 'recovered': {
      const { instrumentId, silentMs, priceKind } = change;
      const data = { ...head, instrumentId, silentMs };
      if (priceKind === undefined) return { type: 'FeedRecovered', version: 1, data };
      return { type: 'FeedRecovered', version: 2, data: { ...data, priceKind } };
    }
    case 'failed-over': {
      const { instrumentId, to, reason } = change;
      return { type: 'FeedFailedOver', version: 1, data: { ...head, instrumentId, to, reason } };
    }
    case 'quality':
      return { type: 'FeedQualityReported', version: 1, data: { ...head, counts: change.counts } };
  }
}
