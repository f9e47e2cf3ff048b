import { Body, Controller, Headers, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { SteerTrading } from '../../engine/order-commands.js';
import { AskEngine } from '../engine-command.handler.js';
import { accepted, commandHead } from '../engine-outcomes.js';
import { notFound } from '../problem.js';
import { ApiSteering, ApiTransition } from './openapi.js';
import { printable } from './reading.js';
import { cancelEntriesBody, tradingBody } from './request-bodies.parse.js';
import { parseRequest } from './request-problems.parse.js';
import { isPossibleId } from './request-queries.parse.js';
import { changed } from './written-answers.js';

type Key = string | undefined;

/** Whether an account may enter, and what leaves because somebody says so. Exits are never stopped by any of it. */
@ApiTags('trading')
@Controller('api/v1')
export class TradingController {
  constructor(@Inject(CommandBus) private readonly commands: CommandBus) {}

  @Post('accounts/:accountId/halt')
  @HttpCode(200)
  @ApiSteering(tradingBody)
  halt(
    @Param('accountId') accountId: string,
    @Body() body: unknown,
    @Headers('idempotency-key') key: Key,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.steer({ kind: 'HaltTrading', trading: 'halted', accountId, body, key }, reply);
  }

  @Post('accounts/:accountId/resume')
  @HttpCode(200)
  @ApiSteering(tradingBody)
  resume(
    @Param('accountId') accountId: string,
    @Body() body: unknown,
    @Headers('idempotency-key') key: Key,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.steer({ kind: 'ResumeTrading', trading: 'open', accountId, body, key }, reply);
  }

  @Post('accounts/:accountId/kill')
  @HttpCode(200)
  @ApiSteering(tradingBody)
  kill(
    @Param('accountId') accountId: string,
    @Body() body: unknown,
    @Headers('idempotency-key') key: Key,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.steer({ kind: 'PullKillSwitch', trading: 'killed', accountId, body, key }, reply);
  }

  @Post('accounts/:accountId/cancel-entries')
  @HttpCode(200)
  @ApiSteering(cancelEntriesBody)
  async cancelEntries(
    @Param('accountId') accountId: string,
    @Body() body: unknown,
    @Headers('idempotency-key') key: Key,
  ) {
    if (!isPossibleId(accountId)) throw notFound('account', 'accountId', printable(accountId));
    const wanted = parseRequest(cancelEntriesBody, body);
    const head = commandHead(key);
    const command = { kind: 'CancelEntries', ...head, accountId, ...wanted } as const;
    const outcome = accepted(await this.commands.execute(new AskEngine(command)));
    return { accountId, asOfPosition: outcome.position };
  }

  @Post('positions/:positionId/close')
  @HttpCode(200)
  @ApiTransition()
  async close(@Param('positionId') positionId: string, @Headers('idempotency-key') key: Key) {
    if (!isPossibleId(positionId)) throw notFound('position', 'positionId', printable(positionId));
    const head = commandHead(key);
    const command = { kind: 'ClosePosition', ...head, positionId } as const;
    const outcome = accepted(await this.commands.execute(new AskEngine(command)));
    return { positionId, status: 'leaving', asOfPosition: outcome.position };
  }

  private async steer(
    asked: {
      readonly kind: SteerTrading['kind'];
      readonly trading: string;
      readonly accountId: string;
      readonly body: unknown;
      readonly key: Key;
    },
    reply: FastifyReply,
  ) {
    const { kind, trading, accountId } = asked;
    if (!isPossibleId(accountId)) throw notFound('account', 'accountId', printable(accountId));
    const { reason } = parseRequest(tradingBody, asked.body);
    const head = commandHead(asked.key);
    const command = { kind, ...head, accountId, reason };
    const outcome = accepted(await this.commands.execute(new AskEngine(command)));
    return { accountId: outcome.id, trading, ...changed(reply, outcome) };
  }
}
