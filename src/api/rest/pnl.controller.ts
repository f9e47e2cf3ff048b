import { Controller, Get, Inject, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { PnlLine } from '../../../projections/row-by-list.js';
import type { EngineGateway } from '../../application/ports/engine-gateway.port.js';
import { PnlView } from '../nouns/pnl-view.js';
import { PnlTotalsView } from '../nouns/pnl-totals-view.js';
import { pnlTotals } from '../pnl-totals.js';
import { priced } from '../pricing.js';
import type { ReadModels } from '../read-models.port.js';
import { settle } from '../read-your-writes.js';
import { ENGINE_GATEWAY, READ_MODELS } from '../tokens.js';
import { answerList } from './list-answers.js';
import { ApiList, ApiWanted } from './openapi.js';

import { parseRequest } from './request-problems.parse.js';
import { pnlQuery, pnlTotalsQuery } from './request-queries.parse.js';

@ApiTags('pnl')
@Controller('api/v1/pnl')
export class PnlController {
  constructor(
    @Inject(READ_MODELS) private readonly reads: ReadModels,
    @Inject(ENGINE_GATEWAY) private readonly gateway: EngineGateway,
  ) {}

  @Get()
  @ApiList(PnlView, pnlQuery)
  list(@Query() query: unknown, @Res({ passthrough: true }) reply: FastifyReply) {
    const present = async () => {
      const view = await this.gateway.view();
      return (line: PnlLine) => priced(line, view);
    };
    const terms = { list: 'pnl', schema: pnlQuery, view: PnlView } as const;
    return answerList({ reads: this.reads, reply }, { ...terms, query, present });
  }

  /** Everything of an account added up by currency and, where a rate is stated, in one. */
  @Get('totals')
  @ApiWanted(PnlTotalsView, pnlTotalsQuery)
  async totals(@Query() query: unknown): Promise<PnlTotalsView> {
    const { accountId, in: inCurrency, waitFor } = parseRequest(pnlTotalsQuery, query);
    await settle(this.reads, waitFor);
    return pnlTotals({ reads: this.reads, gateway: this.gateway }, accountId, inCurrency);
  }
}
