import { Inject } from '@nestjs/common';
import { Args, Context, Info, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import type { EngineGateway, EngineView } from '../../application/ports/engine-gateway.port.js';
import { AccountView } from '../nouns/account-view.js';
import { lastPriceView } from '../nouns/engine-figures.js';
import { InstrumentView, LastPriceView } from '../nouns/instrument-view.js';
import { AccountPageView, InstrumentPageView } from '../nouns/page-views.js';
import type { ReadModels } from '../read-models.port.js';
import { readOne } from '../rest/reading.js';
import { accountsQuery, instrumentsQuery } from '../rest/request-queries.parse.js';
import { ENGINE_GATEWAY, READ_MODELS } from '../tokens.js';
import { readDatedPage } from './dated-pages.js';
import { ListArgs, OneArgs, wantedOne } from './list-args.js';

@Resolver(() => InstrumentView)
export class CatalogueResolver {
  private readonly views = new WeakMap<object, Promise<EngineView | undefined>>();

  constructor(
    @Inject(READ_MODELS) private readonly reads: ReadModels,
    @Inject(ENGINE_GATEWAY) private readonly gateway: EngineGateway,
  ) {}

  @Query(() => InstrumentPageView)
  instruments(@Args() args: ListArgs, @Info() info: GraphQLResolveInfo) {
    return readDatedPage(this.reads, 'instruments', instrumentsQuery, { args, info });
  }

  @Query(() => InstrumentView)
  instrument(@Args('instrumentId', { type: () => String }) id: string, @Args() args: OneArgs) {
    return readOne(this.reads, wantedOne('instrument', id, args), (instrumentId) =>
      this.reads.instrument(instrumentId),
    );
  }

  @ResolveField('last', () => LastPriceView, { nullable: true })
  async last(@Parent() { instrumentId }: InstrumentView, @Context() context: object) {
    const view = await this.viewFor(context);
    return lastPriceView(view?.lastPrices[instrumentId]);
  }

  @Query(() => AccountPageView)
  accounts(@Args() args: ListArgs, @Info() info: GraphQLResolveInfo) {
    return readDatedPage(this.reads, 'accounts', accountsQuery, { args, info });
  }

  @Query(() => AccountView)
  account(@Args('accountId', { type: () => String }) id: string, @Args() args: OneArgs) {
    return readOne(this.reads, wantedOne('account', id, args), (accountId) =>
      this.reads.account(accountId),
    );
  }

  /** The engine is asked once for all instruments of an answer. */
  private viewFor(context: object): Promise<EngineView | undefined> {
    const asked = this.views.get(context) ?? this.gateway.view();
    this.views.set(context, asked);
    setImmediate(() => this.views.delete(context));
    return asked;
  }
}
