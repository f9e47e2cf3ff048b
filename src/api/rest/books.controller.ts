import { Body, Controller, Get, Headers, Inject, Param, Post, Query, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { AccountingCommand } from '../../engine/accounting-commands.js';
import { AskEngine } from '../engine-command.handler.js';
import { accepted, commandHead } from '../engine-outcomes.js';
import { AccountEquityView, ConversionRateView } from '../nouns/ledger-views.js';
import { notFound } from '../problem.js';
import type { ReadModels } from '../read-models.port.js';
import { READ_MODELS } from '../tokens.js';
import { answerList } from './list-answers.js';
import { ApiCreation, ApiList } from './openapi.js';
import { printable } from './reading.js';
import { cashBody, costBasisBody, rateBody } from './request-bodies.parse.js';
import { parseRequest } from './request-problems.parse.js';
import { equityQuery, isPossibleId, ratesQuery } from './request-queries.parse.js';
import { created } from './written-answers.js';

type Sent<Command> = Command extends unknown
  ? Omit<Command, 'accountId' | 'commandId' | 'actor' | 'requestHash'>
  : never;

/** The books of an account: cash that moved without a trade, how P&L is counted, rates of conversion. */
@ApiTags('accounts')
@Controller('api/v1')
export class BooksController {
  constructor(
    @Inject(CommandBus) private readonly commands: CommandBus,
    @Inject(READ_MODELS) private readonly reads: ReadModels,
  ) {}

  @Post('accounts/:accountId/cash')
  @ApiCreation(cashBody)
  moveCash(
    @Param('accountId') accountId: string,
    @Body() body: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { kind: cashKind, bookedAt, ...entry } = parseRequest(cashBody, body);
    const bookedAtMs = bookedAt === undefined ? {} : { bookedAtMs: bookedAt };
    const command = { kind: 'MoveCash', cashKind, ...entry, ...bookedAtMs } as const;
    return this.written({ accountId, key, reply }, command);
  }

  @Post('accounts/:accountId/cost-basis')
  @ApiCreation(costBasisBody)
  chooseCostBasis(
    @Param('accountId') accountId: string,
    @Body() body: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const command = { kind: 'ChooseCostBasis', ...parseRequest(costBasisBody, body) } as const;
    return this.written({ accountId, key, reply }, command);
  }

  @Post('accounts/:accountId/rates')
  @ApiCreation(rateBody)
  stateRate(
    @Param('accountId') accountId: string,
    @Body() body: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const command = { kind: 'StateConversionRate', ...parseRequest(rateBody, body) } as const;
    return this.written({ accountId, key, reply }, command);
  }

  @Get('rates')
  @ApiList(ConversionRateView, ratesQuery)
  rates(@Query() query: unknown, @Res({ passthrough: true }) reply: FastifyReply) {
    const asked = {
      list: 'conversion_rates',
      schema: ratesQuery,
      view: ConversionRateView,
      query,
    } as const;
    return answerList({ reads: this.reads, reply }, asked);
  }

  @Get('equity')
  @ApiList(AccountEquityView, equityQuery)
  equity(@Query() query: unknown, @Res({ passthrough: true }) reply: FastifyReply) {
    const asked = {
      list: 'account_equity',
      schema: equityQuery,
      view: AccountEquityView,
      query,
    } as const;
    return answerList({ reads: this.reads, reply }, asked);
  }

  private async written(
    to: {
      readonly accountId: string;
      readonly key: string | undefined;
      readonly reply: FastifyReply;
    },
    command: Sent<AccountingCommand>,
  ) {
    const { accountId, key, reply } = to;
    if (!isPossibleId(accountId)) throw notFound('account', 'accountId', printable(accountId));
    const head = commandHead(key);
    const outcome = accepted(
      await this.commands.execute(new AskEngine({ ...command, ...head, accountId })),
    );
    return { accountId, ...created(reply, 'accounts', outcome) };
  }
}
