import { ArgsType, Field, Int, ObjectType } from '@nestjs/graphql';
import type { CommandAccepted } from '../../application/ports/engine-gateway.port.js';
import type { ArmTrial } from '../../engine/decisions.js';
import { stopTrialView } from '../nouns/arming-views.js';
import { JsonScalar } from '../nouns/fields.js';
import { StopPlanView } from '../nouns/plan-view.js';

const AGAIN = 'The same key for the same thing is the same command, here as in REST.';
const SEEN = 'Refused when the stop has gone on since this revision.';

@ArgsType()
export class KeyArgs {
  @Field(() => String, { nullable: true, description: AGAIN })
  readonly idempotencyKey?: string | null;
}

@ArgsType()
export class StopKeyArgs extends KeyArgs {
  @Field(() => String)
  readonly stopId!: string;
  @Field(() => Int, { nullable: true, description: SEEN })
  readonly expectedRevision?: number | null;
}

@ArgsType()
export class AccountKeyArgs extends KeyArgs {
  @Field(() => String)
  readonly accountId!: string;
}

@ArgsType()
export class SteeringArgs extends AccountKeyArgs {
  @Field(() => String)
  readonly reason!: string;
}

@ObjectType('CommandResult', { description: 'What was accepted is durable.' })
export class CommandResultView {
  @Field(() => String, { description: 'Of the stop, order, position, account or instrument.' })
  readonly id!: string;
  @Field(() => Int, { description: 'Of its stream: to be named when it is changed.' })
  readonly revision!: number;
  @Field(() => String, { description: 'Where in the log; `waitFor` of a query waits for it.' })
  readonly asOfPosition!: string;
}

export function resultView({ id, revision, position }: CommandAccepted): CommandResultView {
  return { id, revision, asOfPosition: position };
}

@ObjectType('StopTrial', { description: 'What arming a stop would come to now.' })
export class TrialView {
  @Field(() => String) readonly positionId!: string;
  @Field(() => String) readonly quantity!: string;
  @Field(() => StopPlanView) readonly plan!: StopPlanView;
  @Field(() => String, { nullable: true }) readonly level!: string | null;
  @Field(() => String, { nullable: true }) readonly extreme!: string | null;
  @Field(() => String, { nullable: true }) readonly limitPrice!: string | null;
  @Field(() => Boolean) readonly activated!: boolean;
  @Field(() => Boolean, { description: 'The newest price would fire it at once.' })
  readonly firesNow!: boolean;
  @Field(() => String, { nullable: true }) readonly atPrice!: string | null;
}

export function trialView(positionId: string, trial: ArmTrial): TrialView {
  return stopTrialView(positionId, trial);
}

@ObjectType('ArmResult', { description: 'One of them.' })
export class ArmResultView {
  @Field(() => CommandResultView, { nullable: true })
  readonly armed!: CommandResultView | null;
  @Field(() => TrialView, { nullable: true, description: 'With `dryRun`: nothing is written.' })
  readonly trial!: TrialView | null;
}

@ObjectType('ArmedItem')
class ArmedItemView {
  @Field(() => Int, { description: 'Its place in the request.' }) readonly index!: number;
  @Field(() => String, { nullable: true }) readonly stopId!: string | null;
  @Field(() => Int, { nullable: true }) readonly revision!: number | null;
  @Field(() => String, { nullable: true }) readonly asOfPosition!: string | null;
  @Field(() => JsonScalar, { nullable: true }) readonly problem!: object | null;
}

@ObjectType('ArmedBatch')
export class ArmedBatchResult {
  @Field(() => Int) readonly armed!: number;
  @Field(() => Int) readonly refused!: number;
  @Field(() => [ArmedItemView]) readonly items!: readonly ArmedItemView[];
  @Field(() => String, { description: 'Of the newest stop; -1 when none was armed.' })
  readonly asOfPosition!: string;
}
