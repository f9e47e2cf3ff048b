import type { FeedHealth, LastPrice } from '../../application/ports/engine-gateway.port.js';
import type { FeedView } from './feed-view.js';
import type { LastPriceView } from './instrument-view.js';

export function lastPriceView(last: LastPrice | undefined): LastPriceView | null {
  if (!last) return null;
  return { ...last, venueTime: iso(last.venueTime), receivedAt: iso(last.receivedAt) };
}

export function feedView(feed: FeedHealth): FeedView {
  return { ...feed, lastTickAt: feed.lastTickAt === null ? null : iso(feed.lastTickAt) };
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}
