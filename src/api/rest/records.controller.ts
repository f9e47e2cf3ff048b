import { Controller, Get, Inject, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
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
import { answerList } from './list-answers.js';
import { ApiList } from './openapi.js';
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
  fills(@Query() query: unknown, @Res({ passthrough: true }) reply: FastifyReply) {
    const asked = { list: 'fills', schema: fillsQuery, view: FillView, query } as const;
    return answerList({ reads: this.reads, reply }, asked);
  }

  @Get('trades')
  @ApiList(TradeView, tradesQuery)
  trades(@Query() query: unknown, @Res({ passthrough: true }) reply: FastifyReply) {
    const asked = { list: 'trades', schema: tradesQuery, view: TradeView, query } as const;
    return answerList({ reads: this.reads, reply }, asked);
  }

  @Get('protection')
  @ApiList(ProtectionView, protectionQuery)
  protection(@Query() query: unknown, @Res({ passthrough: true }) reply: FastifyReply) {
    const asked = {
      list: 'protection',
      schema: protectionQuery,
      view: ProtectionView,
      query,
    } as const;
    return answerList({ reads: this.reads, reply }, asked);
  }

  @Get('latency')
  @ApiList(DecisionLatencyView, latencyQuery)
  latency(@Query() query: unknown, @Res({ passthrough: true }) reply: FastifyReply) {
    const asked = {
      list: 'decision_latency',
      schema: latencyQuery,
      view: DecisionLatencyView,
      query,
    } as const;
    return answerList({ reads: this.reads, reply }, asked);
  }

  @Get('feeds/health')
  @ApiList(FeedHealthView, feedHealthQuery)
  feedHealth(@Query() query: unknown, @Res({ passthrough: true }) reply: FastifyReply) {
    const asked = {
      list: 'feed_health',
      schema: feedHealthQuery,
      view: FeedHealthView,
      query,
    } as const;
    return answerList({ reads: this.reads, reply }, asked);
  }

  @Get('audit')
  @ApiList(AuditEntryView, auditQuery)
  audit(@Query() query: unknown, @Res({ passthrough: true }) reply: FastifyReply) {
    const asked = { list: 'audit_trail', schema: auditQuery, view: AuditEntryView, query } as const;
    return answerList({ reads: this.reads, reply }, asked);
  }
}
