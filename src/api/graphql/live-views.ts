import { ArgsType, Field, Int, ObjectType } from '@nestjs/graphql';
import type { Type } from '@nestjs/common';
import { JsonScalar } from '../nouns/fields.js';
import { OrderView } from '../nouns/order-view.js';
import { OpenOrdersView, OpenPositionsView, OpenStopsView } from '../nouns/page-views.js';
import { PositionView } from '../nouns/position-view.js';
import { StopView } from '../nouns/stop-view.js';

const AFTER = 'Go on behind this log position. Default: first what is open now, then what follows.';

@ArgsType()
export class FollowArgs {
  @Field(() => String, { nullable: true, description: AFTER })
  readonly after?: string | null;
  @Field(() => [String], { nullable: true, description: 'Default: all that the token may see.' })
  readonly accountIds?: string[] | null;
}

interface Change<Row> {
  readonly position: string;
  readonly isSnapshot: boolean;
  readonly items: readonly Row[];
  readonly nextCursor: string | null;
}

function changeOf<Row>(name: string, row: () => Type<Row>): Type<Change<Row>> {
  @ObjectType(name)
  class ChangeView implements Change<Row> {
    @Field(() => String, { description: 'Of the log: the number of this change.' })
    readonly position!: string;
    @Field(() => Boolean, {
      description: 'All that is open (its first page), because changes before it were not told.',
    })
    readonly isSnapshot!: boolean;
    @Field(() => [row()], { description: 'What has changed, as it is after the change.' })
    readonly items!: readonly Row[];
    @Field(() => String, { nullable: true, description: 'Of a snapshot: leads on in the list.' })
    readonly nextCursor!: string | null;
  }
  return ChangeView;
}

export const StopChangeView = changeOf('StopChange', () => StopView);
export const OrderChangeView = changeOf('OrderChange', () => OrderView);
export const PositionChangeView = changeOf('PositionChange', () => PositionView);

@ObjectType('Decision', { description: 'An event of the log as it is stored.' })
export class LoggedDecisionView {
  @Field(() => String) readonly position!: string;
  @Field(() => String) readonly streamId!: string;
  @Field(() => Int) readonly revision!: number;
  @Field(() => String) readonly eventType!: string;
  @Field(() => String, { nullable: true }) readonly accountId!: string | null;
  @Field(() => String, { nullable: true }) readonly instrumentId!: string | null;
  @Field(() => String) readonly actor!: string;
  @Field(() => String, { nullable: true }) readonly commandId!: string | null;
  @Field(() => String) readonly correlationId!: string;
  @Field(() => String) readonly causationId!: string;
  @Field(() => String) readonly recordedAt!: string;
  @Field(() => JsonScalar) readonly data!: object;
}

@ObjectType('OpenState', { description: 'What is open: the first page of each list.' })
class OpenStateView {
  @Field(() => String, { description: 'Decisions up to here are in it.' })
  readonly asOfPosition!: string;
  @Field(() => OpenStopsView) readonly stops!: object;
  @Field(() => OpenOrdersView) readonly orders!: object;
  @Field(() => OpenPositionsView) readonly positions!: object;
}

@ObjectType('DecisionMessage', {
  description: 'A decision, or what is open where some were missed.',
})
export class DecisionMessageView {
  @Field(() => String) readonly position!: string;
  @Field(() => String, { nullable: true, description: 'The position that was told before it.' })
  readonly after!: string | null;
  @Field(() => LoggedDecisionView, { nullable: true }) readonly decision!: object | null;
  @Field(() => OpenStateView, { nullable: true }) readonly state!: object | null;
  @Field(() => String, { nullable: true, description: 'Why this version cannot read the record.' })
  readonly unreadable!: string | null;
}
