import { Inject } from '@nestjs/common';
import { Args, Query, Resolver } from '@nestjs/graphql';
import type { EngineGateway } from '../../application/ports/engine-gateway.port.js';
import type { MarketGateway } from '../../application/ports/market-gateway.port.js';
import {
  readBook,
  readFeeds,
  readMarket,
  readQuarantine,
  readRefusedFrames,
} from '../market-reading.js';
import { FeedView } from '../nouns/feed-view.js';
import { AtMost } from '../nouns/fields.js';
import {
  InstrumentBookView,
  InstrumentMarketView,
  QuarantinedPriceView,
  RefusedFrameView,
} from '../nouns/market-view.js';
import type { ReadModels } from '../read-models.port.js';
import { settle } from '../read-your-writes.js';
import { parseRequest } from '../rest/request-problems.parse.js';
import { lookQuery } from '../rest/request-queries.parse.js';
import { ENGINE_GATEWAY, READ_MODELS } from '../tokens.js';
import { BookArgs, WaitArgs, asQuery } from './list-args.js';

// Feeds are configured by hand; of what they were refused, 50 of each reason are kept.
const FEEDS_MAX = 50;
const REFUSED_MAX = 500;

/** Prices and feeds as the engine has seen them. Not in the log, so without a position. */
@Resolver()
export class MarketResolver {
  constructor(
    @Inject(ENGINE_GATEWAY) private readonly gateway: EngineGateway & MarketGateway,
    @Inject(READ_MODELS) private readonly reads: ReadModels,
  ) {}

  @Query(() => InstrumentMarketView)
  async market(@Args('instrumentId', { type: () => String }) id: string, @Args() args: WaitArgs) {
    await this.settled(args);
    return readMarket(this.gateway, id);
  }

  @Query(() => InstrumentBookView)
  book(
    @Args('instrumentId', { type: () => String }) id: string,
    @Args() { levels, quantity }: BookArgs,
  ) {
    return readBook(this.gateway, id, asQuery({ levels, quantity }));
  }

  @AtMost(FEEDS_MAX)
  @Query(() => [FeedView])
  async feeds(@Args() args: WaitArgs) {
    await this.settled(args);
    return readFeeds(this.gateway);
  }

  @AtMost(REFUSED_MAX)
  @Query(() => [QuarantinedPriceView])
  async quarantine(@Args('feed', { type: () => String }) feed: string, @Args() args: WaitArgs) {
    await this.settled(args);
    return readQuarantine(this.gateway, feed);
  }

  @AtMost(REFUSED_MAX)
  @Query(() => [RefusedFrameView])
  async refusedFrames(@Args('feed', { type: () => String }) feed: string, @Args() args: WaitArgs) {
    await this.settled(args);
    return readRefusedFrames(this.gateway, feed);
  }

  private settled({ waitFor }: WaitArgs): Promise<void> {
    return settle(this.reads, parseRequest(lookQuery, asQuery({ waitFor })).waitFor);
  }
}
