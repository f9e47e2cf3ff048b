import type { FeedReport, LastPrice } from '../../application/ports/engine-gateway.port.js';
import type { FeedView } from './feed-view.js';
import type { LastPriceView } from './instrument-view.js';

export function lastPriceView(last: LastPrice | undefined): LastPriceView | null {
  if (!last) return null;
  return { ...last, venueTime: iso(last.venueTime), receivedAt: iso(last.receivedAt) };
}

export function feedView(feed: FeedReport): FeedView {
  return {
    ...feed,
    lastTickAt: feed.lastTickAt === null ? null : iso(feed.lastTickAt),
    gaps: feed.gaps.map(({ fromMs, toMs, reason }) => ({
      from: iso(fromMs),
      to: toMs === null ? null : iso(toMs),
      reason,
    })),
  };
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}
