import {
  Body,
  Controller,
  Get,
  Headers,
  HttpCode,
  Inject,
  Param,
  Post,
  Query,
  Res,
} from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { InstrumentRow } from '../../../projections/instruments/instruments.projection.js';
import type { EngineGateway } from '../../application/ports/engine-gateway.port.js';
import { AskEngine } from '../engine-command.handler.js';
import { accepted, commandHead } from '../engine-outcomes.js';
import { lastPriceView } from '../nouns/engine-figures.js';
import { InstrumentView } from '../nouns/instrument-view.js';
import { notFound } from '../problem.js';
import type { ReadModels } from '../read-models.port.js';
import { ENGINE_GATEWAY, READ_MODELS } from '../tokens.js';
import { ApiCreation, ApiList, ApiOne, ApiSteering } from './openapi.js';
import { answerList } from './list-answers.js';
import { printable, readOne, shownOne } from './reading.js';
import { instrumentBody, splitBody } from './request-bodies.parse.js';
import { parseRequest } from './request-problems.parse.js';
import { instrumentsQuery, isPossibleId, oneQuery } from './request-queries.parse.js';
import { changed, created } from './written-answers.js';

@ApiTags('instruments')
@Controller('api/v1')
export class InstrumentsController {
  constructor(
    @Inject(CommandBus) private readonly commands: CommandBus,
    @Inject(READ_MODELS) private readonly reads: ReadModels,
    @Inject(ENGINE_GATEWAY) private readonly gateway: EngineGateway,
  ) {}

  @Post('instruments')
  @ApiCreation(instrumentBody)
  async define(
    @Body() body: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const wanted = parseRequest(instrumentBody, body);
    const head = commandHead(key);
    const outcome = accepted(
      await this.commands.execute(new AskEngine({ kind: 'DefineInstrument', ...head, ...wanted })),
    );
    return { instrumentId: outcome.id, ...created(reply, 'instruments', outcome) };
  }

  @Post('instruments/:instrumentId/split')
  @HttpCode(200)
  @ApiSteering(splitBody)
  async split(
    @Param('instrumentId') instrumentId: string,
    @Body() body: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    if (!isPossibleId(instrumentId))
      throw notFound('instrument', 'instrumentId', printable(instrumentId));
    const wanted = parseRequest(splitBody, body);
    const head = commandHead(key);
    const command = { kind: 'SplitInstrument', ...head, instrumentId, ...wanted } as const;
    const outcome = accepted(await this.commands.execute(new AskEngine(command)));
    return { instrumentId: outcome.id, ...changed(reply, outcome) };
  }

  @Get('instruments')
  @ApiList(InstrumentView, instrumentsQuery)
  list(@Query() query: unknown, @Res({ passthrough: true }) reply: FastifyReply) {
    const present = async () => {
      const view = await this.gateway.view();
      return (row: InstrumentRow) => ({
        ...row,
        last: lastPriceView(view?.lastPrices[row.instrumentId]),
      });
    };
    const terms = { list: 'instruments', schema: instrumentsQuery, view: InstrumentView } as const;
    return answerList({ reads: this.reads, reply }, { ...terms, query, present });
  }

  @Get('instruments/:instrumentId')
  @ApiOne(InstrumentView, oneQuery)
  async one(@Param('instrumentId') id: string, @Query() query: unknown) {
    const row = await readOne(
      this.reads,
      { noun: 'instrument', field: 'instrumentId', id, query },
      (instrumentId) => this.reads.instrument(instrumentId),
    );
    const view = await this.gateway.view();
    const shown = { ...row, last: lastPriceView(view?.lastPrices[row.instrumentId]) };
    return shownOne(InstrumentView, query, shown);
  }
}
