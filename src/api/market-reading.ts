import type { EngineGateway } from '../application/ports/engine-gateway.port.js';
import type { MarketGateway } from '../application/ports/market-gateway.port.js';
import { canonical } from '../domain/kernel/decimal.js';
import { feedView } from './nouns/engine-figures.js';
import type { FeedView } from './nouns/feed-view.js';
import {
  instrumentBookView,
  instrumentMarketView,
  quarantinedPriceView,
  refusedFrameView,
} from './nouns/market-view.js';
import type {
  InstrumentBookView,
  InstrumentMarketView,
  QuarantinedPriceView,
  RefusedFrameView,
} from './nouns/market-view.js';
import { notFound, unavailable } from './problem.js';
import { printable } from './rest/reading.js';
import { parseRequest } from './rest/request-problems.parse.js';
import { LEVELS_DEFAULT, bookQuery } from './rest/request-queries.parse.js';

type Engine = EngineGateway & MarketGateway;

/** What the engine has seen of an instrument and of a feed. In no log: it is asked for each time, or cannot be had. */
export async function readMarket(
  engine: Engine,
  instrumentId: string,
): Promise<InstrumentMarketView> {
  const market = reached(await engine.market(instrumentId));
  if (!market) throw notFound('market', 'instrumentId', printable(instrumentId));
  return instrumentMarketView(market);
}

export async function readBook(
  engine: Engine,
  instrumentId: string,
  query: unknown,
): Promise<InstrumentBookView> {
  const { levels = LEVELS_DEFAULT, quantity } = parseRequest(bookQuery, query);
  const asked = { levels, ...(quantity !== undefined && { quantity: canonical(quantity) }) };
  const book = reached(await engine.book(instrumentId, asked));
  if (!book) throw notFound('book', 'instrumentId', printable(instrumentId));
  return instrumentBookView(book);
}

export async function readQuarantine(
  engine: Engine,
  feed: string,
): Promise<readonly QuarantinedPriceView[]> {
  return known(feed, reached(await engine.quarantine(feed))).map(quarantinedPriceView);
}

export async function readRefusedFrames(
  engine: Engine,
  feed: string,
): Promise<readonly RefusedFrameView[]> {
  return known(feed, reached(await engine.refusedFrames(feed))).map(refusedFrameView);
}

export async function readFeeds(engine: Engine): Promise<readonly FeedView[]> {
  return reached(await engine.view()).feeds.map(feedView);
}

function known<T>(feed: string, items: readonly T[] | null): readonly T[] {
  if (!items) throw notFound('feed', 'feed', printable(feed));
  return items;
}

function reached<T>(answer: T | undefined): T {
  if (answer !== undefined) return answer;
  throw unavailable('ENGINE_UNAVAILABLE', 'the engine cannot be reached now', 1_000);
}
