import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { AlarmBoards } from '../../application/ports/alarm.port.js';
import { AlarmView, alarmViews } from '../nouns/alarm-view.js';
import type { ReadModels } from '../read-models.port.js';
import { ALARM_BOARDS, READ_MODELS } from '../tokens.js';
import { ApiList } from './openapi.js';
import { parseRequest } from './request-problems.parse.js';
import { alarmsQuery } from './request-queries.parse.js';

/** Alarms of all processes as their boards show them: also while the engine or the database is dead. */
@ApiTags('operations')
@Controller('api/v1')
export class AlarmsController {
  constructor(
    @Inject(ALARM_BOARDS) private readonly boards: AlarmBoards,
    @Inject(READ_MODELS) private readonly reads: ReadModels,
  ) {}

  @Get('alarms')
  @ApiList(AlarmView, alarmsQuery)
  async alarms(@Query() query: unknown) {
    const { state } = parseRequest(alarmsQuery, query);
    const position = await this.reads.lowestPosition().catch(() => -1n);
    return {
      items: alarmViews(await this.boards.read(), state),
      nextCursor: null,
      asOfPosition: position.toString(),
    };
  }
}
