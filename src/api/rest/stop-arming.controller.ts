import { Body, Controller, Headers, HttpCode, Inject, Post, Query, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { EngineGateway } from '../../application/ports/engine-gateway.port.js';
import { requireScope } from '../access/caller.js';
import { armBatch } from '../arm-batch.js';
import { AskEngine } from '../engine-command.handler.js';
import { accepted, commandHead, tried } from '../engine-outcomes.js';
import { ArmedBatchView, StopTrialView, stopTrialView } from '../nouns/arming-views.js';
import { ENGINE_GATEWAY } from '../tokens.js';
import { ulid } from '../ulid.js';
import { ApiAlso, ApiBatch, ApiCreation } from './openapi.js';
import { stopBatch, stopBody } from './request-bodies.parse.js';
import { parseRequest } from './request-problems.parse.js';
import { armQuery } from './request-queries.parse.js';
import { created } from './written-answers.js';

/** Arms stops: one, one only for a try, or many. */
@ApiTags('stops')
@Controller('api/v1/stops')
export class StopArmingController {
  constructor(
    @Inject(CommandBus) private readonly commands: CommandBus,
    @Inject(ENGINE_GATEWAY) private readonly gateway: EngineGateway,
  ) {}

  @Post()
  @ApiCreation(stopBody, armQuery)
  @ApiAlso(200, StopTrialView, 'With `dryRun=true`: what arming would come to. Nothing is written.')
  async arm(
    @Body() body: unknown,
    @Query() query: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { dryRun } = parseRequest(armQuery, query);
    const wanted = parseRequest(stopBody, body);
    const head = commandHead(key);
    const command = { kind: 'ArmStop', ...head, stopId: ulid(), ...wanted } as const;
    if (dryRun === 'true') {
      void reply.code(200);
      return stopTrialView(wanted.positionId, tried(await this.gateway.tryArm(command)));
    }
    const outcome = accepted(await this.commands.execute(new AskEngine(command)));
    return {
      stopId: outcome.id,
      positionId: wanted.positionId,
      status: 'armed',
      ...created(reply, 'stops', outcome),
    };
  }

  /** Each stop is armed or refused by itself; the answer says which, in the order of the request. */
  @Post('batch')
  @HttpCode(200)
  @ApiBatch(stopBatch, ArmedBatchView)
  async armMany(
    @Body() body: unknown,
    @Headers('idempotency-key') key: string | undefined,
  ): Promise<ArmedBatchView> {
    requireScope('trade');
    const { stops } = parseRequest(stopBatch, body);
    return armBatch(this.commands, stops, key);
  }
}
