import { Inject } from '@nestjs/common';
import { Args, Query, Resolver } from '@nestjs/graphql';
import { StopPageView, StopStepPageView } from '../nouns/page-views.js';
import { StopView } from '../nouns/stop-view.js';
import { notFound } from '../problem.js';
import type { ReadModels } from '../read-models.port.js';
import { readOne } from '../rest/reading.js';
import { isPossibleId, listQuery, stopsQuery } from '../rest/request-queries.parse.js';
import { READ_MODELS } from '../tokens.js';
import { readDatedPage } from './dated-pages.js';
import { ListArgs, StopArgs, WaitArgs, asQuery } from './list-args.js';

@Resolver()
export class StopsResolver {
  constructor(@Inject(READ_MODELS) private readonly reads: ReadModels) {}

  @Query(() => StopPageView)
  stops(@Args() args: StopArgs) {
    return readDatedPage(this.reads, stopsQuery, args, (filters, page) =>
      this.reads.stops(filters, page),
    );
  }

  @Query(() => StopView)
  stop(@Args('stopId', { type: () => String }) id: string, @Args() args: WaitArgs) {
    const wanted = { noun: 'stop', field: 'stopId', id, query: asQuery(args) };
    return readOne(this.reads, wanted, (stopId) => this.reads.stop(stopId));
  }

  @Query(() => StopStepPageView)
  stopTimeline(@Args('stopId', { type: () => String }) stopId: string, @Args() args: ListArgs) {
    if (!isPossibleId(stopId)) throw notFound('stop', 'stopId', '');
    const { limit, cursor, waitFor } = args;
    return readDatedPage(this.reads, listQuery, { limit, cursor, waitFor }, (_filters, page) =>
      this.reads.stopTimeline(stopId, page),
    );
  }
}
