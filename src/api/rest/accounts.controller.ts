import { Body, Controller, Get, Headers, Inject, Param, Post, Query, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { AskEngine } from '../engine-command.handler.js';
import { accepted, commandHead } from '../engine-outcomes.js';
import { AccountView } from '../nouns/account-view.js';
import type { ReadModels } from '../read-models.port.js';
import { READ_MODELS } from '../tokens.js';
import { answerList } from './list-answers.js';
import { ApiCreation, ApiList, ApiOne } from './openapi.js';
import { readOne, shownOne } from './reading.js';
import { accountBody } from './request-bodies.parse.js';
import { parseRequest } from './request-problems.parse.js';
import { accountsQuery, oneQuery } from './request-queries.parse.js';
import { created } from './written-answers.js';

@ApiTags('accounts')
@Controller('api/v1/accounts')
export class AccountsController {
  constructor(
    @Inject(CommandBus) private readonly commands: CommandBus,
    @Inject(READ_MODELS) private readonly reads: ReadModels,
  ) {}

  @Post()
  @ApiCreation(accountBody)
  async open(
    @Body() body: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const wanted = parseRequest(accountBody, body);
    const head = commandHead(key);
    const outcome = accepted(
      await this.commands.execute(new AskEngine({ kind: 'OpenAccount', ...head, ...wanted })),
    );
    return { accountId: outcome.id, ...created(reply, 'accounts', outcome) };
  }

  @Get()
  @ApiList(AccountView, accountsQuery)
  list(@Query() query: unknown, @Res({ passthrough: true }) reply: FastifyReply) {
    const asked = { list: 'accounts', schema: accountsQuery, view: AccountView, query } as const;
    return answerList({ reads: this.reads, reply }, asked);
  }

  @Get(':accountId')
  @ApiOne(AccountView, oneQuery)
  async one(@Param('accountId') id: string, @Query() query: unknown) {
    const row = await readOne(
      this.reads,
      { noun: 'account', field: 'accountId', id, query },
      (accountId) => this.reads.account(accountId),
    );
    return shownOne(AccountView, query, row);
  }
}
