import { Inject } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { Args, Mutation, Resolver } from '@nestjs/graphql';
import type { EngineGateway } from '../../application/ports/engine-gateway.port.js';
import { requireScope } from '../access/caller.js';
import { armBatch } from '../arm-batch.js';
import { AskEngine } from '../engine-command.handler.js';
import { accepted, commandHead, tried } from '../engine-outcomes.js';
import { notFound, revisionRequired } from '../problem.js';
import { printable } from '../rest/reading.js';
import { stopAmendment, stopBatch, stopBody } from '../rest/request-bodies.parse.js';
import { parseRequest } from '../rest/request-problems.parse.js';
import { isPossibleId, parseIfMatch } from '../rest/request-queries.parse.js';
import { ENGINE_GATEWAY } from '../tokens.js';
import { ulid } from '../ulid.js';
import {
  ArmResultView,
  ArmedBatchResult,
  CommandResultView,
  KeyArgs,
  StopKeyArgs,
  resultView,
  trialView,
} from './command-args.js';
import { PlanInput, StopInput, asBody } from './inputs.js';

const DRY = 'Only say what it would come to.';

/** What REST does to stops: the same parsers, the same commands. */
@Resolver()
export class StopCommandsResolver {
  constructor(
    @Inject(CommandBus) private readonly commands: CommandBus,
    @Inject(ENGINE_GATEWAY) private readonly gateway: EngineGateway,
  ) {}

  @Mutation(() => ArmResultView)
  async armStop(
    @Args('input', { type: () => StopInput }) input: object,
    @Args('dryRun', { type: () => Boolean, nullable: true, description: DRY }) dryRun: boolean,
    @Args() { idempotencyKey }: KeyArgs,
  ): Promise<ArmResultView> {
    const wanted = parseRequest(stopBody, asBody(input));
    const head = commandHead(idempotencyKey);
    const command = { kind: 'ArmStop', ...head, stopId: ulid(), ...wanted } as const;
    if (dryRun) {
      const trial = tried(await this.gateway.tryArm(command));
      return { armed: null, trial: trialView(wanted.positionId, trial) };
    }
    const outcome = accepted(await this.commands.execute(new AskEngine(command)));
    return { armed: resultView(outcome), trial: null };
  }

  @Mutation(() => ArmedBatchResult)
  armStops(
    @Args('stops', { type: () => [StopInput] }) stops: readonly object[],
    @Args() { idempotencyKey }: KeyArgs,
  ) {
    requireScope('trade');
    const { stops: wanted } = parseRequest(stopBatch, asBody({ stops }));
    return armBatch(this.commands, wanted, idempotencyKey);
  }

  @Mutation(() => CommandResultView)
  amendStop(
    @Args('plan', { type: () => PlanInput }) plan: object,
    @Args() args: StopKeyArgs,
  ): Promise<CommandResultView> {
    const wanted = parseRequest(stopAmendment, asBody({ plan }));
    const expectedRevision = revisionOf(args);
    if (expectedRevision === undefined) throw revisionRequired('expectedRevision');
    return this.send(args, { kind: 'AmendStop', ...wanted, expectedRevision });
  }

  @Mutation(() => CommandResultView)
  cancelStop(@Args() args: StopKeyArgs): Promise<CommandResultView> {
    return this.send(args, { kind: 'CancelStop', ...expected(args) });
  }

  @Mutation(() => CommandResultView)
  suspendStop(@Args() args: StopKeyArgs): Promise<CommandResultView> {
    return this.send(args, { kind: 'SuspendStop', ...expected(args) });
  }

  @Mutation(() => CommandResultView)
  resumeStop(@Args() args: StopKeyArgs): Promise<CommandResultView> {
    return this.send(args, { kind: 'ResumeStop', ...expected(args) });
  }

  private async send(
    { stopId, idempotencyKey }: StopKeyArgs,
    command: Sent,
  ): Promise<CommandResultView> {
    if (!isPossibleId(stopId)) throw notFound('stop', 'stopId', printable(stopId));
    const head = commandHead(idempotencyKey);
    const { kind, ...rest } = command;
    const asked = { kind, ...head, stopId, ...rest } as AskEngine['command'];
    return resultView(accepted(await this.commands.execute(new AskEngine(asked))));
  }
}

type StopCommand = Extract<
  AskEngine['command'],
  { readonly kind: 'AmendStop' | 'CancelStop' | 'SuspendStop' | 'ResumeStop' }
>;
type Sent = StopCommand extends infer One
  ? One extends StopCommand
    ? Omit<One, 'commandId' | 'actor' | 'stopId'>
    : never
  : never;

function expected(args: StopKeyArgs): { readonly expectedRevision?: number } {
  const expectedRevision = revisionOf(args);
  return expectedRevision === undefined ? {} : { expectedRevision };
}

function revisionOf({ expectedRevision }: StopKeyArgs): number | undefined {
  return expectedRevision == null ? undefined : parseIfMatch(`"${String(expectedRevision)}"`);
}
