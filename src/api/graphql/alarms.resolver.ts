import { Inject } from '@nestjs/common';
import { Args, Query, Resolver } from '@nestjs/graphql';
import type { AlarmBoards } from '../../application/ports/alarm.port.js';
import { AlarmView, alarmViews } from '../nouns/alarm-view.js';
import { parseRequest } from '../rest/request-problems.parse.js';
import { alarmsQuery } from '../rest/request-queries.parse.js';
import { ALARM_BOARDS } from '../tokens.js';

@Resolver()
export class AlarmsResolver {
  constructor(@Inject(ALARM_BOARDS) private readonly boards: AlarmBoards) {}

  @Query(() => [AlarmView], { description: 'Not in the log, so without a position.' })
  async alarms(
    @Args('state', { type: () => String, nullable: true, description: 'active, over' })
    wanted: string | null,
  ) {
    const { state } = parseRequest(alarmsQuery, wanted == null ? {} : { state: wanted });
    return alarmViews(await this.boards.read(), state);
  }
}
