import { ObjectType } from '@nestjs/graphql';
import type {
  OpenStopRow,
  TriggeredBy,
} from '../../../projections/open-stops/open-stops.projection.js';
import { AsOfField, CountField, FlagField, NestedField, TextField } from './fields.js';
import { StopPlanView } from './plan-view.js';

@ObjectType('TriggeredBy')
export class TriggeredByView implements TriggeredBy {
  @TextField({ nullable: true })
  readonly price!: TriggeredBy['price'];
  @TextField({ nullable: true })
  readonly tradeId!: TriggeredBy['tradeId'];
  @TextField({ nullable: true })
  readonly venueTime!: TriggeredBy['venueTime'];
  @TextField({ nullable: true })
  readonly receivedAt!: TriggeredBy['receivedAt'];
  @TextField({ nullable: true })
  readonly feed!: TriggeredBy['feed'];
  @TextField({ nullable: true })
  readonly source!: TriggeredBy['source'];
  @TextField()
  readonly branch!: TriggeredBy['branch'];
}

@ObjectType('Stop')
export class StopView implements OpenStopRow {
  @TextField()
  readonly stopId!: OpenStopRow['stopId'];
  @TextField()
  readonly accountId!: OpenStopRow['accountId'];
  @TextField()
  readonly instrumentId!: OpenStopRow['instrumentId'];
  @TextField()
  readonly positionId!: OpenStopRow['positionId'];
  @TextField()
  readonly mode!: OpenStopRow['mode'];
  @TextField()
  readonly rules!: OpenStopRow['rules'];
  @TextField()
  readonly side!: OpenStopRow['side'];
  @TextField()
  readonly status!: OpenStopRow['status'];
  @TextField()
  readonly quantity!: OpenStopRow['quantity'];
  @TextField()
  readonly armedQuantity!: OpenStopRow['armedQuantity'];
  @TextField()
  readonly entryPrice!: OpenStopRow['entryPrice'];
  @NestedField(() => StopPlanView)
  readonly plan!: OpenStopRow['plan'];
  @FlagField()
  readonly activated!: OpenStopRow['activated'];
  @TextField({ nullable: true })
  readonly level!: OpenStopRow['level'];
  @TextField({ nullable: true })
  readonly extreme!: OpenStopRow['extreme'];
  @CountField()
  readonly trailMoves!: OpenStopRow['trailMoves'];
  @TextField({ nullable: true })
  readonly limitPrice!: OpenStopRow['limitPrice'];
  @CountField()
  readonly targetsHit!: OpenStopRow['targetsHit'];
  @NestedField(() => TriggeredByView, { nullable: true })
  readonly triggeredBy!: OpenStopRow['triggeredBy'];
  @TextField({ nullable: true })
  readonly orderId!: OpenStopRow['orderId'];
  @TextField({ nullable: true })
  readonly unfilledQuantity!: OpenStopRow['unfilledQuantity'];
  @CountField()
  readonly revision!: OpenStopRow['revision'];
  @TextField()
  readonly armedAt!: OpenStopRow['armedAt'];
  @TextField({ nullable: true })
  readonly triggeredAt!: OpenStopRow['triggeredAt'];
  @TextField({ nullable: true })
  readonly endedAt!: OpenStopRow['endedAt'];
  @TextField()
  readonly updatedAt!: OpenStopRow['updatedAt'];
  @AsOfField()
  readonly asOfPosition!: string;
}
