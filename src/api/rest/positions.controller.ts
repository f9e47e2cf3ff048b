import { Body, Controller, Get, Headers, Inject, Param, Post, Query, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { AskEngine } from '../engine-command.handler.js';
import { accepted, commandHead } from '../engine-outcomes.js';
import { CoverageView } from '../nouns/coverage-view.js';
import { PositionView } from '../nouns/position-view.js';
import type { ReadModels } from '../read-models.port.js';
import { READ_MODELS } from '../tokens.js';
import { ulid } from '../ulid.js';
import { answerList } from './list-answers.js';
import { ApiCreation, ApiList, ApiOne } from './openapi.js';
import { readOne, shownOne } from './reading.js';
import { positionBody } from './request-bodies.parse.js';
import { parseRequest } from './request-problems.parse.js';
import { coverageQuery, oneQuery, positionsQuery } from './request-queries.parse.js';
import { created } from './written-answers.js';

@ApiTags('positions')
@Controller('api/v1')
export class PositionsController {
  constructor(
    @Inject(CommandBus) private readonly commands: CommandBus,
    @Inject(READ_MODELS) private readonly reads: ReadModels,
  ) {}

  @Post('positions')
  @ApiCreation(positionBody)
  async open(
    @Body() body: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const wanted = parseRequest(positionBody, body);
    const head = commandHead(key);
    const outcome = accepted(
      await this.commands.execute(
        new AskEngine({ kind: 'OpenPosition', ...head, positionId: ulid(), ...wanted }),
      ),
    );
    return {
      positionId: outcome.id,
      accountId: wanted.accountId,
      instrumentId: wanted.instrumentId,
      status: 'open',
      ...created(reply, 'positions', outcome),
    };
  }

  @Get('positions')
  @ApiList(PositionView, positionsQuery)
  list(@Query() query: unknown, @Res({ passthrough: true }) reply: FastifyReply) {
    const asked = { list: 'positions', schema: positionsQuery, view: PositionView, query } as const;
    return answerList({ reads: this.reads, reply }, asked);
  }

  @Get('positions/:positionId')
  @ApiOne(PositionView, oneQuery)
  async one(@Param('positionId') id: string, @Query() query: unknown) {
    const row = await readOne(
      this.reads,
      { noun: 'position', field: 'positionId', id, query },
      (positionId) => this.reads.position(positionId),
    );
    return shownOne(PositionView, query, row);
  }

  @Get('coverage')
  @ApiList(CoverageView, coverageQuery)
  coverage(@Query() query: unknown, @Res({ passthrough: true }) reply: FastifyReply) {
    const asked = { list: 'coverage', schema: coverageQuery, view: CoverageView, query } as const;
    return answerList({ reads: this.reads, reply }, asked);
  }
}
