import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
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
import {
  InstrumentBookView,
  InstrumentMarketView,
  QuarantinedPriceView,
  RefusedFrameView,
} from '../nouns/market-view.js';
import type { ReadModels } from '../read-models.port.js';
import { settle } from '../read-your-writes.js';
import { ENGINE_GATEWAY, READ_MODELS } from '../tokens.js';
import { ApiList, ApiListOf, ApiWanted } from './openapi.js';
import { parseRequest } from './request-problems.parse.js';
import { bookQuery, lookQuery } from './request-queries.parse.js';

/** Prices and feeds as the engine has seen them; for whoever looks, never on the way of a decision. */
@ApiTags('market')
@Controller('api/v1')
export class MarketController {
  constructor(
    @Inject(ENGINE_GATEWAY) private readonly gateway: EngineGateway & MarketGateway,
    @Inject(READ_MODELS) private readonly reads: ReadModels,
  ) {}

  @Get('instruments/:instrumentId/market')
  @ApiWanted(InstrumentMarketView, lookQuery)
  async market(@Param('instrumentId') id: string, @Query() query: unknown) {
    await this.settled(query);
    return readMarket(this.gateway, id);
  }

  /** The order book, and what an order of a quantity would get if it took from it at once. */
  @Get('instruments/:instrumentId/book')
  @ApiWanted(InstrumentBookView, bookQuery)
  book(@Param('instrumentId') id: string, @Query() query: unknown) {
    return readBook(this.gateway, id, query);
  }

  @Get('feeds')
  @ApiList(FeedView, lookQuery)
  async feeds(@Query() query: unknown) {
    await this.settled(query);
    return this.listOf(await readFeeds(this.gateway));
  }

  @Get('feeds/:feed/quarantine')
  @ApiListOf(QuarantinedPriceView, lookQuery)
  async quarantine(@Param('feed') feed: string, @Query() query: unknown) {
    await this.settled(query);
    return this.listOf(await readQuarantine(this.gateway, feed));
  }

  /** Frames that could not be read at all: at most 50 of a reason, newest first. */
  @Get('feeds/:feed/refused-frames')
  @ApiListOf(RefusedFrameView, lookQuery)
  async refusedFrames(@Param('feed') feed: string, @Query() query: unknown) {
    await this.settled(query);
    return this.listOf(await readRefusedFrames(this.gateway, feed));
  }

  private settled(query: unknown): Promise<void> {
    return settle(this.reads, parseRequest(lookQuery, query).waitFor);
  }

  private async listOf<T>(items: readonly T[]) {
    const asOfPosition = (await this.reads.lowestPosition()).toString();
    return { items, nextCursor: null, asOfPosition };
  }
}
