import { BinanceFeed } from './adapters/feed-binance/binance.feed.js';
import { WebSocketTransport } from './adapters/web-socket/web-socket.transport.js';
import type { MarketFeed } from './application/ports/market-feed.port.js';
import type { FeedTime } from './application/ports/stream-transport.port.js';
import type { FeedConfig } from './config/config-shape.js';

/** Makes a configured feed. It connects to nothing yet. */
export function openFeed(config: FeedConfig, time: FeedTime): MarketFeed {
  const { id, url, market = 'spot' } = config;
  return new BinanceFeed({
    id,
    url,
    market,
    instruments: [],
    transport: new WebSocketTransport(),
    time,
  });
}
