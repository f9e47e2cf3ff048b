import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { MarketGateway } from '../../application/ports/market-gateway.port.js';
import {
  InstrumentBookView,
  InstrumentMarketView,
  QuarantinedPriceView,
  RefusedFrameView,
  instrumentBookView,
  instrumentMarketView,
  quarantinedPriceView,
  refusedFrameView,
} from '../nouns/market-view.js';
import { notFound, unavailable } from '../problem.js';
import type { ReadModels } from '../read-models.port.js';
import { settle } from '../read-your-writes.js';
import { ENGINE_GATEWAY, READ_MODELS } from '../tokens.js';
import { canonical } from '../../domain/kernel/decimal.js';
import { ApiListOf, ApiWanted } from './openapi.js';
import { printable } from './reading.js';
import { parseRequest } from './request-problems.parse.js';
import { bookQuery, lookQuery } from './request-queries.parse.js';

const LEVELS_DEFAULT = 20;

/** Prices as the engine has seen them; for whoever looks, never on the way of a decision. */
@ApiTags('market')
@Controller('api/v1')
export class MarketController {
  constructor(
    @Inject(ENGINE_GATEWAY) private readonly gateway: MarketGateway,
    @Inject(READ_MODELS) private readonly reads: ReadModels,
  ) {}

  @Get('instruments/:instrumentId/market')
  @ApiWanted(InstrumentMarketView, lookQuery)
  async market(@Param('instrumentId') id: string, @Query() query: unknown) {
    await settle(this.reads, parseRequest(lookQuery, query).waitFor);
    const market = reached(await this.gateway.market(id));
    if (!market) throw notFound('market', 'instrumentId', printable(id));
    return instrumentMarketView(market);
  }

  /** The order book, and what an order of a quantity would get if it took from it at once. */
  @Get('instruments/:instrumentId/book')
  @ApiWanted(InstrumentBookView, bookQuery)
  async book(@Param('instrumentId') id: string, @Query() query: unknown) {
    const { levels = LEVELS_DEFAULT, quantity } = parseRequest(bookQuery, query);
    const asked = { levels, ...(quantity !== undefined && { quantity: canonical(quantity) }) };
    const book = reached(await this.gateway.book(id, asked));
    if (!book) throw notFound('book', 'instrumentId', printable(id));
    return instrumentBookView(book);
  }

  @Get('feeds/:feed/quarantine')
  @ApiListOf(QuarantinedPriceView, lookQuery)
  async quarantine(@Param('feed') feed: string, @Query() query: unknown) {
    await settle(this.reads, parseRequest(lookQuery, query).waitFor);
    const prices = reached(await this.gateway.quarantine(feed));
    return this.listOf(feed, prices?.map(quarantinedPriceView));
  }

  /** Frames that could not be read at all: at most 50 of a reason, newest first. */
  @Get('feeds/:feed/refused-frames')
  @ApiListOf(RefusedFrameView, lookQuery)
  async refusedFrames(@Param('feed') feed: string, @Query() query: unknown) {
    await settle(this.reads, parseRequest(lookQuery, query).waitFor);
    const frames = reached(await this.gateway.refusedFrames(feed));
    return this.listOf(feed, frames?.map(refusedFrameView));
  }

  private async listOf<T>(feed: string, items: readonly T[] | undefined) {
    if (!items) throw notFound('feed', 'feed', printable(feed));
    const asOfPosition = (await this.reads.lowestPosition()).toString();
    return { items, nextCursor: null, asOfPosition };
  }
}

function reached<T>(answer: T | undefined): T {
  if (answer !== undefined) return answer;
  throw unavailable('ENGINE_UNAVAILABLE', 'the engine cannot be reached now', 1_000);
}
