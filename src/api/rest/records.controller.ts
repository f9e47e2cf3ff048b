import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  AuditEntryView,
  DecisionLatencyView,
  FeedHealthView,
  FillView,
  ProtectionView,
  TradeView,
} from '../nouns/ledger-views.js';
import type { ReadModels } from '../read-models.port.js';
import { READ_MODELS } from '../tokens.js';
import { ApiList } from './openapi.js';
import { readPage } from './reading.js';
import {
  auditQuery,
  feedHealthQuery,
  fillsQuery,
  latencyQuery,
  protectionQuery,
  tradesQuery,
} from './request-queries.parse.js';

/** What happened, as the read models keep it: nothing here changes anything. */
@ApiTags('records')
@Controller('api/v1')
export class RecordsController {
  constructor(@Inject(READ_MODELS) private readonly reads: ReadModels) {}

  @Get('fills')
  @ApiList(FillView, fillsQuery)
  fills(@Query() query: unknown) {
    return readPage(this.reads, fillsQuery, query, (filters, page) =>
      this.reads.list('fills', filters, page),
    );
  }

  @Get('trades')
  @ApiList(TradeView, tradesQuery)
  trades(@Query() query: unknown) {
    return readPage(this.reads, tradesQuery, query, (filters, page) =>
      this.reads.list('trades', filters, page),
    );
  }

  @Get('protection')
  @ApiList(ProtectionView, protectionQuery)
  protection(@Query() query: unknown) {
    return readPage(this.reads, protectionQuery, query, (filters, page) =>
      this.reads.list('protection', filters, page),
    );
  }

  @Get('latency')
  @ApiList(DecisionLatencyView, latencyQuery)
  latency(@Query() query: unknown) {
    return readPage(this.reads, latencyQuery, query, (filters, page) =>
      this.reads.list('decision_latency', filters, page),
    );
  }

  @Get('feeds/health')
  @ApiList(FeedHealthView, feedHealthQuery)
  feedHealth(@Query() query: unknown) {
    return readPage(this.reads, feedHealthQuery, query, (filters, page) =>
      this.reads.list('feed_health', filters, page),
    );
  }

  @Get('audit')
  @ApiList(AuditEntryView, auditQuery)
  audit(@Query() query: unknown) {
    return readPage(this.reads, auditQuery, query, (filters, page) =>
      this.reads.list('audit_trail', filters, page),
    );
  }
}
