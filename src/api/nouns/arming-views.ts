import { ApiProperty } from '@nestjs/swagger';
import type { ArmTrial } from '../../engine/decisions.js';
import type { ProblemDocument } from '../problem.js';
import { StopPlanView } from './plan-view.js';

/** What arming a stop would come to now. */
export class StopTrialView {
  @ApiProperty({ type: Boolean }) readonly dryRun!: true;
  @ApiProperty({ type: String }) readonly positionId!: string;
  @ApiProperty({ type: String }) readonly quantity!: string;
  @ApiProperty({ type: () => StopPlanView, description: 'Whole, as it would be written.' })
  readonly plan!: StopPlanView;
  @ApiProperty({ type: String, nullable: true, description: 'Where the stop would stand.' })
  readonly level!: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly extreme!: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly limitPrice!: string | null;
  @ApiProperty({ type: Boolean }) readonly activated!: boolean;
  @ApiProperty({ type: Boolean, description: 'The newest price would fire it at once.' })
  readonly firesNow!: boolean;
  @ApiProperty({ type: String, nullable: true, description: 'The price that it was judged at.' })
  readonly atPrice!: string | null;
}

export function stopTrialView(positionId: string, trial: ArmTrial): StopTrialView {
  const { quantity, plan, track, activated, firesNow, reference } = trial;
  return {
    dryRun: true,
    positionId,
    quantity,
    plan,
    level: track.level,
    extreme: track.extreme,
    limitPrice: track.limit ?? null,
    activated,
    firesNow,
    atPrice: reference && reference.price,
  };
}

class ArmedStopView {
  @ApiProperty({ type: 'integer', description: 'Its place in the request.' })
  readonly index!: number;
  @ApiProperty({ type: String, nullable: true }) readonly stopId!: string | null;
  @ApiProperty({ type: 'integer', nullable: true }) readonly revision!: number | null;
  @ApiProperty({ type: String, nullable: true }) readonly asOfPosition!: string | null;
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  readonly problem!: ProblemDocument | null;
}

/** What became of each stop of a request. */
export class ArmedBatchView {
  @ApiProperty({ type: 'integer' }) readonly armed!: number;
  @ApiProperty({ type: 'integer' }) readonly refused!: number;
  @ApiProperty({ type: ArmedStopView, isArray: true }) readonly items!: readonly ArmedStopView[];
  @ApiProperty({ type: String, description: 'Of the newest stop; -1 when none was armed.' })
  readonly asOfPosition!: string;
}
