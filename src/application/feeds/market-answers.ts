import type {
  BookQuestion,
  BookView,
  MarketView,
  PriceBrief,
  QuarantinedPrice,
  RefusedFrame,
  SeenPrice,
} from '../ports/market-gateway.port.js';
import { bookView } from './book-view.js';
import type { MarketDesk } from './market-desk.js';
import type { PriceCache } from './price-cache.js';
import { quarantinedPrice } from './quarantined-price.js';

export interface MarketAnswers {
  readonly market: (instrumentId: string) => MarketView | null;
  readonly changes: (seen: readonly SeenPrice[]) => readonly PriceBrief[];
  readonly book: (instrumentId: string, asked: BookQuestion) => BookView | null;
  readonly quarantine: (feed: string) => readonly QuarantinedPrice[] | null;
  readonly refusedFrames: (feed: string) => readonly RefusedFrame[] | null;
}

/** What the engine says of its prices to whoever asks. Nothing of it is made before somebody does. */
export function marketAnswers(
  desk: MarketDesk,
  prices: PriceCache,
  scaleOf: (instrumentId: string) => number,
): MarketAnswers {
  return {
    market: (instrumentId) => prices.view(instrumentId, scaleOf(instrumentId)) ?? null,
    changes: (seen) =>
      seen.flatMap(({ instrumentId, version }) => {
        if (prices.versionOf(instrumentId) === version) return [];
        return prices.brief(instrumentId, scaleOf(instrumentId)) ?? [];
      }),
    book: (instrumentId, asked) => {
      const found = desk.bookOf(instrumentId);
      const priceScale = scaleOf(instrumentId);
      return found ? bookView({ instrumentId, priceScale }, found, asked) : null;
    },
    quarantine: (feed) =>
      desk.quarantined(feed)?.map((tick) => quarantinedPrice(tick, scaleOf(tick.instrumentId))) ??
      null,
    refusedFrames: (feed) => desk.refusedFrames(feed) ?? null,
  };
}
