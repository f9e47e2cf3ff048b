import { Inject } from '@nestjs/common';
import { Args, Info, Query, Resolver } from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import type { EngineGateway } from '../../application/ports/engine-gateway.port.js';
import { OrderView } from '../nouns/order-view.js';
import { OrderPageView, PnlPageView, PositionPageView } from '../nouns/page-views.js';
import { PnlTotalsView } from '../nouns/pnl-totals-view.js';
import { PositionView } from '../nouns/position-view.js';
import { pnlTotals } from '../pnl-totals.js';
import { priced } from '../pricing.js';
import type { ReadModels } from '../read-models.port.js';
import { settle } from '../read-your-writes.js';
import { readOne, readPage } from '../rest/reading.js';
import { parseRequest } from '../rest/request-problems.parse.js';
import {
  ordersQuery,
  pnlQuery,
  pnlTotalsQuery,
  positionsQuery,
} from '../rest/request-queries.parse.js';
import { ENGINE_GATEWAY, READ_MODELS } from '../tokens.js';
import {
  OneArgs,
  OrderArgs,
  PastArgs,
  PnlArgs,
  PnlTotalsArgs,
  asQuery,
  wantedOne,
} from './list-args.js';
import { connectionOf, readDatedPage } from './dated-pages.js';

@Resolver()
export class TradesResolver {
  constructor(
    @Inject(READ_MODELS) private readonly reads: ReadModels,
    @Inject(ENGINE_GATEWAY) private readonly gateway: EngineGateway,
  ) {}

  @Query(() => OrderPageView)
  orders(@Args() args: OrderArgs, @Info() info: GraphQLResolveInfo) {
    return readDatedPage(this.reads, 'orders', ordersQuery, { args, info });
  }

  @Query(() => OrderView)
  order(@Args('orderId', { type: () => String }) id: string, @Args() args: OneArgs) {
    return readOne(this.reads, wantedOne('order', id, args), (orderId) =>
      this.reads.order(orderId),
    );
  }

  @Query(() => PositionPageView)
  positions(@Args() args: PastArgs, @Info() info: GraphQLResolveInfo) {
    return readDatedPage(this.reads, 'positions', positionsQuery, { args, info });
  }

  @Query(() => PositionView)
  position(@Args('positionId', { type: () => String }) id: string, @Args() args: OneArgs) {
    return readOne(this.reads, wantedOne('position', id, args), (positionId) =>
      this.reads.position(positionId),
    );
  }

  @Query(() => PnlPageView)
  async pnl(@Args() args: PnlArgs) {
    const query = asQuery(args);
    const wanted = { list: 'pnl', schema: pnlQuery, query, wantsCursors: true } as const;
    const page = await readPage(this.reads, wanted);
    const view = await this.gateway.view();
    return connectionOf({ ...page, items: page.items.map((line) => priced(line, view)) }, query);
  }

  /** Everything of an account added up by currency and, where a rate is stated, in one. */
  @Query(() => PnlTotalsView)
  async pnlTotals(@Args() args: PnlTotalsArgs) {
    const { accountId, in: inCurrency, waitFor } = parseRequest(pnlTotalsQuery, asQuery(args));
    await settle(this.reads, waitFor);
    return pnlTotals({ reads: this.reads, gateway: this.gateway }, accountId, inCurrency);
  }
}
