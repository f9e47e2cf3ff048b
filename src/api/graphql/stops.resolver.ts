import { Inject } from '@nestjs/common';
import { Args, Info, Query, Resolver } from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import { StopPageView, StopStepPageView } from '../nouns/page-views.js';
import { StopView } from '../nouns/stop-view.js';
import type { ReadModels } from '../read-models.port.js';
import { readOne, readTimeline } from '../rest/reading.js';
import { stopsQuery } from '../rest/request-queries.parse.js';
import { READ_MODELS } from '../tokens.js';
import { connectionOf, readDatedPage } from './dated-pages.js';
import { ListArgs, OneArgs, StopArgs, asQuery, wantedOne } from './list-args.js';

@Resolver()
export class StopsResolver {
  constructor(@Inject(READ_MODELS) private readonly reads: ReadModels) {}

  @Query(() => StopPageView)
  stops(@Args() args: StopArgs, @Info() info: GraphQLResolveInfo) {
    return readDatedPage(this.reads, 'stops', stopsQuery, { args, info });
  }

  @Query(() => StopView)
  stop(@Args('stopId', { type: () => String }) id: string, @Args() args: OneArgs) {
    return readOne(this.reads, wantedOne('stop', id, args), (stopId) => this.reads.stop(stopId));
  }

  @Query(() => StopStepPageView)
  async stopTimeline(
    @Args('stopId', { type: () => String }) stopId: string,
    @Args() { sort, limit, cursor, first, after, waitFor }: ListArgs,
  ) {
    const query = asQuery({ sort, limit, cursor, first, after, waitFor });
    return connectionOf(await readTimeline(this.reads, stopId, query, true), query);
  }
}
