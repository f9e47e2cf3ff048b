import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { EngineGateway } from '../../application/ports/engine-gateway.port.js';
import { PnlView } from '../nouns/pnl-view.js';
import { PnlTotalsView } from '../nouns/pnl-totals-view.js';
import { pnlTotals } from '../pnl-totals.js';
import { priced } from '../pricing.js';
import type { ReadModels } from '../read-models.port.js';
import { settle } from '../read-your-writes.js';
import { ENGINE_GATEWAY, READ_MODELS } from '../tokens.js';
import { ApiList, ApiWanted } from './openapi.js';
import { readPage } from './reading.js';
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
  async list(@Query() query: unknown) {
    const page = await readPage(this.reads, pnlQuery, query, (filters, request) =>
      this.reads.pnl(filters, request),
    );
    const view = await this.gateway.view();
    return { ...page, items: page.items.map((line) => priced(line, view)) };
  }

  /** Everything of an account added up by currency and, where a rate is stated, in one. */
  @Get('totals')
  @ApiWanted(pnlTotalsQuery)
  @ApiOkResponse({ type: PnlTotalsView })
  async totals(@Query() query: unknown): Promise<PnlTotalsView> {
    const { accountId, in: inCurrency, waitFor } = parseRequest(pnlTotalsQuery, query);
    await settle(this.reads, waitFor);
    return pnlTotals({ reads: this.reads, gateway: this.gateway }, accountId, inCurrency);
  }
}
