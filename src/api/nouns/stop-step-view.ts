import { ObjectType } from '@nestjs/graphql';
import type {
  StepCause,
  StopTimelineRow,
} from '../../../projections/stop-timeline/stop-timeline.projection.js';
import { AsOfField, CountField, NestedField, TextField } from './fields.js';
import { StopPlanView } from './plan-view.js';

@ObjectType('StepCause')
export class StepCauseView implements StepCause {
  @TextField()
  readonly feed!: StepCause['feed'];
  @TextField()
  readonly source!: StepCause['source'];
  @TextField()
  readonly tradeId!: StepCause['tradeId'];
  @TextField()
  readonly price!: StepCause['price'];
  @TextField()
  readonly size!: StepCause['size'];
  @TextField()
  readonly venueTime!: StepCause['venueTime'];
  @TextField()
  readonly receivedAt!: StepCause['receivedAt'];
  @TextField()
  readonly verdict!: StepCause['verdict'];
}

@ObjectType('StopStep')
export class StopStepView implements StopTimelineRow {
  @TextField()
  readonly eventId!: StopTimelineRow['eventId'];
  @TextField()
  readonly stopId!: StopTimelineRow['stopId'];
  @CountField()
  readonly revision!: StopTimelineRow['revision'];
  @TextField()
  readonly position!: StopTimelineRow['position'];
  @TextField()
  readonly type!: StopTimelineRow['type'];
  @TextField()
  readonly at!: StopTimelineRow['at'];
  @TextField()
  readonly actor!: StopTimelineRow['actor'];
  @TextField()
  readonly accountId!: StopTimelineRow['accountId'];
  @TextField()
  readonly instrumentId!: StopTimelineRow['instrumentId'];
  @TextField()
  readonly positionId!: StopTimelineRow['positionId'];
  @TextField({ nullable: true })
  readonly level!: StopTimelineRow['level'];
  @TextField({ nullable: true })
  readonly extreme!: StopTimelineRow['extreme'];
  @CountField({ nullable: true })
  readonly trailMoves!: StopTimelineRow['trailMoves'];
  @TextField({ nullable: true })
  readonly limitPrice!: StopTimelineRow['limitPrice'];
  @TextField({ nullable: true })
  readonly previousLevel!: StopTimelineRow['previousLevel'];
  @TextField({ nullable: true })
  readonly previousExtreme!: StopTimelineRow['previousExtreme'];
  @CountField()
  readonly moves!: StopTimelineRow['moves'];
  @TextField({ nullable: true })
  readonly branch!: StopTimelineRow['branch'];
  @NestedField(() => StepCauseView, { nullable: true })
  readonly cause!: StopTimelineRow['cause'];
  @NestedField(() => StepCauseView, { nullable: true })
  readonly firstCause!: StopTimelineRow['firstCause'];
  @TextField({ nullable: true })
  readonly quantity!: StopTimelineRow['quantity'];
  @NestedField(() => StopPlanView, { nullable: true })
  readonly plan!: StopTimelineRow['plan'];
  @TextField({ nullable: true })
  readonly orderId!: StopTimelineRow['orderId'];
  @CountField()
  readonly epoch!: StopTimelineRow['epoch'];
  @TextField()
  readonly inputSeq!: StopTimelineRow['inputSeq'];
  @AsOfField()
  readonly asOfPosition!: string;
}
