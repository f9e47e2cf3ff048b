import { Inject } from '@nestjs/common';
import { Args, Query, Resolver } from '@nestjs/graphql';
import {
  AccountEquityPageView,
  AuditEntryPageView,
  ConversionRatePageView,
  DecisionLatencyPageView,
  FeedHealthPageView,
  FillPageView,
  ProtectionPageView,
  TradePageView,
} from '../nouns/page-views.js';
import type { ReadModels } from '../read-models.port.js';
import {
  auditQuery,
  equityQuery,
  feedHealthQuery,
  fillsQuery,
  latencyQuery,
  protectionQuery,
  ratesQuery,
  tradesQuery,
} from '../rest/request-queries.parse.js';
import { READ_MODELS } from '../tokens.js';
import { readDatedPage } from './dated-pages.js';
import {
  AuditArgs,
  EquityArgs,
  FeedArgs,
  FillArgs,
  LatencyArgs,
  PositionArgs,
  ProtectionArgs,
  RateArgs,
} from './list-args.js';

@Resolver()
export class RecordsResolver {
  constructor(@Inject(READ_MODELS) private readonly reads: ReadModels) {}

  @Query(() => FillPageView)
  fills(@Args() args: FillArgs) {
    return readDatedPage(this.reads, 'fills', fillsQuery, args);
  }

  @Query(() => TradePageView)
  trades(@Args() args: PositionArgs) {
    return readDatedPage(this.reads, 'trades', tradesQuery, args);
  }

  @Query(() => AccountEquityPageView)
  equity(@Args() args: EquityArgs) {
    return readDatedPage(this.reads, 'account_equity', equityQuery, args);
  }

  @Query(() => ConversionRatePageView)
  rates(@Args() args: RateArgs) {
    return readDatedPage(this.reads, 'conversion_rates', ratesQuery, args);
  }

  @Query(() => ProtectionPageView)
  protection(@Args() args: ProtectionArgs) {
    return readDatedPage(this.reads, 'protection', protectionQuery, args);
  }

  @Query(() => DecisionLatencyPageView)
  latency(@Args() args: LatencyArgs) {
    return readDatedPage(this.reads, 'decision_latency', latencyQuery, args);
  }

  @Query(() => FeedHealthPageView)
  feedHealth(@Args() args: FeedArgs) {
    return readDatedPage(this.reads, 'feed_health', feedHealthQuery, args);
  }

  @Query(() => AuditEntryPageView)
  audit(@Args() args: AuditArgs) {
    return readDatedPage(this.reads, 'audit_trail', auditQuery, args);
  }
}
