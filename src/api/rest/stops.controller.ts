import {
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  Inject,
  Param,
  Patch,
  Post,
  Query,
  Res,
} from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { AskEngine } from '../engine-command.handler.js';
import { accepted, commandHead } from '../engine-outcomes.js';
import { StopStepView } from '../nouns/stop-step-view.js';
import { StopView } from '../nouns/stop-view.js';
import { notFound, revisionRequired } from '../problem.js';
import type { ReadModels } from '../read-models.port.js';
import { READ_MODELS } from '../tokens.js';
import { answerList } from './list-answers.js';
import { ApiAmendment, ApiComparedTransition, ApiList, ApiListOf, ApiOne } from './openapi.js';
import { printable, readOne, readTimeline, shownOne, shownPage } from './reading.js';
import { stopAmendment } from './request-bodies.parse.js';
import { parseRequest } from './request-problems.parse.js';
import {
  isPossibleId,
  oneQuery,
  parseIfMatch,
  stopsQuery,
  timelineQuery,
} from './request-queries.parse.js';
import { changed, etag } from './written-answers.js';

type SentHeaders = Record<string, string | undefined>;

@ApiTags('stops')
@Controller('api/v1/stops')
export class StopsController {
  constructor(
    @Inject(CommandBus) private readonly commands: CommandBus,
    @Inject(READ_MODELS) private readonly reads: ReadModels,
  ) {}

  @Patch(':stopId')
  @ApiAmendment(stopAmendment)
  async amend(
    @Param('stopId') stopId: string,
    @Body() body: unknown,
    @Headers() headers: Record<string, string | undefined>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    if (!isPossibleId(stopId)) throw notFound('stop', 'stopId', printable(stopId));
    const seen = headers['if-match'];
    if (seen === undefined) throw revisionRequired('If-Match');
    const expectedRevision = parseIfMatch(seen);
    const { plan } = parseRequest(stopAmendment, body);
    const head = commandHead(headers['idempotency-key']);
    const outcome = accepted(
      await this.commands.execute(
        new AskEngine({ kind: 'AmendStop', ...head, stopId, plan, expectedRevision }),
      ),
    );
    return { stopId: outcome.id, ...changed(reply, outcome) };
  }

  @Delete(':stopId')
  @ApiComparedTransition()
  async cancel(
    @Param('stopId') stopId: string,
    @Headers() headers: Record<string, string | undefined>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    if (!isPossibleId(stopId)) throw notFound('stop', 'stopId', printable(stopId));
    const seen = headers['if-match'];
    const expected = seen === undefined ? {} : { expectedRevision: parseIfMatch(seen) };
    const head = commandHead(headers['idempotency-key']);
    const outcome = accepted(
      await this.commands.execute(
        new AskEngine({ kind: 'CancelStop', ...head, stopId, ...expected }),
      ),
    );
    return { stopId: outcome.id, status: 'cancelled', ...changed(reply, outcome) };
  }

  @Post(':stopId/suspend')
  @HttpCode(200)
  @ApiComparedTransition()
  suspend(
    @Param('stopId') stopId: string,
    @Headers() headers: SentHeaders,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.turn({ kind: 'SuspendStop', status: 'suspended', stopId }, headers, reply);
  }

  @Post(':stopId/resume')
  @HttpCode(200)
  @ApiComparedTransition()
  resume(
    @Param('stopId') stopId: string,
    @Headers() headers: SentHeaders,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.turn({ kind: 'ResumeStop', status: 'armed', stopId }, headers, reply);
  }

  private async turn(
    wanted: { kind: 'SuspendStop' | 'ResumeStop'; status: string; stopId: string },
    headers: SentHeaders,
    reply: FastifyReply,
  ) {
    const { kind, status, stopId } = wanted;
    if (!isPossibleId(stopId)) throw notFound('stop', 'stopId', printable(stopId));
    const seen = headers['if-match'];
    const expected = seen === undefined ? {} : { expectedRevision: parseIfMatch(seen) };
    const head = commandHead(headers['idempotency-key']);
    const outcome = accepted(
      await this.commands.execute(new AskEngine({ kind, ...head, stopId, ...expected })),
    );
    return { stopId: outcome.id, status, ...changed(reply, outcome) };
  }

  @Get()
  @ApiList(StopView, stopsQuery)
  list(@Query() query: unknown, @Res({ passthrough: true }) reply: FastifyReply) {
    const asked = { list: 'stops', schema: stopsQuery, view: StopView, query } as const;
    return answerList({ reads: this.reads, reply }, asked);
  }

  @Get(':stopId')
  @ApiOne(StopView, oneQuery)
  async one(
    @Param('stopId') id: string,
    @Query() query: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const stop = await readOne(this.reads, { noun: 'stop', field: 'stopId', id, query }, (stopId) =>
      this.reads.stop(stopId),
    );
    void reply.header('etag', etag(stop.revision, parseRequest(oneQuery, query).fields));
    return shownOne(StopView, query, stop);
  }

  @Get(':stopId/events')
  @ApiListOf(StopStepView, timelineQuery)
  async events(@Param('stopId') stopId: string, @Query() query: unknown) {
    const steps = await readTimeline(this.reads, stopId, query);
    return shownPage(StopStepView, timelineQuery, query, steps);
  }
}
