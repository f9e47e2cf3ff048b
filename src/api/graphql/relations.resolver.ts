import { Inject } from '@nestjs/common';
import { Args, Context, Int, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { InstrumentView } from '../nouns/instrument-view.js';
import { OrderView } from '../nouns/order-view.js';
import { PositionView } from '../nouns/position-view.js';
import { StopView } from '../nouns/stop-view.js';
import type { ReadModels } from '../read-models.port.js';
import { LIMIT_DEFAULT } from '../rest/request-queries.parse.js';
import { READ_MODELS } from '../tokens.js';
import { RowLoads } from './row-loads.js';

/** What a stop points to. */
@Resolver(() => StopView)
export class StopRelationsResolver {
  private readonly loads: RowLoads;

  constructor(@Inject(READ_MODELS) reads: ReadModels) {
    this.loads = new RowLoads(reads);
  }

  @ResolveField('position', () => PositionView, { nullable: true })
  position(@Parent() { positionId }: StopView, @Context() context: object) {
    return this.loads.one(context, 'positions', { field: 'positionId', key: positionId });
  }

  @ResolveField('instrument', () => InstrumentView, { nullable: true })
  instrument(@Parent() { instrumentId }: StopView, @Context() context: object) {
    return this.loads.one(context, 'instruments', { field: 'instrumentId', key: instrumentId });
  }
}

/** What points to a position. */
@Resolver(() => PositionView)
export class PositionRelationsResolver {
  private readonly loads: RowLoads;

  constructor(@Inject(READ_MODELS) reads: ReadModels) {
    this.loads = new RowLoads(reads);
  }

  @ResolveField('stops', () => [StopView], { description: 'By id; at most `limit` of them.' })
  async stops(
    @Parent() { positionId }: PositionView,
    @Args('limit', { type: () => Int, defaultValue: LIMIT_DEFAULT }) limit: number,
    @Context() context: object,
  ) {
    const stops = await this.loads.many(context, 'stops', { field: 'positionId', key: positionId });
    return stops.slice(0, Math.max(0, limit));
  }
}

/** What an order points to. */
@Resolver(() => OrderView)
export class OrderRelationsResolver {
  private readonly loads: RowLoads;

  constructor(@Inject(READ_MODELS) reads: ReadModels) {
    this.loads = new RowLoads(reads);
  }

  @ResolveField('stop', () => StopView, { nullable: true, description: 'None: it is an entry.' })
  stop(@Parent() { stopId }: OrderView, @Context() context: object) {
    return this.loads.one(context, 'stops', { field: 'stopId', key: stopId });
  }

  @ResolveField('position', () => PositionView, { nullable: true })
  position(@Parent() { positionId }: OrderView, @Context() context: object) {
    return this.loads.one(context, 'positions', { field: 'positionId', key: positionId });
  }
}
