import { Inject } from '@nestjs/common';
import { Args, Info, Query, Resolver } from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import {
  AccountEquityPageView,
  AuditEntryPageView,
  ConversionRatePageView,
  CoveragePageView,
  DecisionLatencyPageView,
  FeedHealthPageView,
  FillPageView,
  ProtectionPageView,
  TradePageView,
} from '../nouns/page-views.js';
import type { ReadModels } from '../read-models.port.js';
import {
  auditQuery,
  coverageQuery,
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
  fills(@Args() args: FillArgs, @Info() info: GraphQLResolveInfo) {
    return readDatedPage(this.reads, 'fills', fillsQuery, { args, info });
  }

  @Query(() => TradePageView)
  trades(@Args() args: PositionArgs, @Info() info: GraphQLResolveInfo) {
    return readDatedPage(this.reads, 'trades', tradesQuery, { args, info });
  }

  @Query(() => AccountEquityPageView)
  equity(@Args() args: EquityArgs, @Info() info: GraphQLResolveInfo) {
    return readDatedPage(this.reads, 'account_equity', equityQuery, { args, info });
  }

  @Query(() => ConversionRatePageView)
  rates(@Args() args: RateArgs, @Info() info: GraphQLResolveInfo) {
    return readDatedPage(this.reads, 'conversion_rates', ratesQuery, { args, info });
  }

  @Query(() => CoveragePageView)
  coverage(@Args() args: ProtectionArgs, @Info() info: GraphQLResolveInfo) {
    return readDatedPage(this.reads, 'coverage', coverageQuery, { args, info });
  }

  @Query(() => ProtectionPageView)
  protection(@Args() args: ProtectionArgs, @Info() info: GraphQLResolveInfo) {
    return readDatedPage(this.reads, 'protection', protectionQuery, { args, info });
  }

  @Query(() => DecisionLatencyPageView)
  latency(@Args() args: LatencyArgs, @Info() info: GraphQLResolveInfo) {
    return readDatedPage(this.reads, 'decision_latency', latencyQuery, { args, info });
  }

  @Query(() => FeedHealthPageView)
  feedHealth(@Args() args: FeedArgs, @Info() info: GraphQLResolveInfo) {
    return readDatedPage(this.reads, 'feed_health', feedHealthQuery, { args, info });
  }

  @Query(() => AuditEntryPageView)
  audit(@Args() args: AuditArgs, @Info() info: GraphQLResolveInfo) {
    return readDatedPage(this.reads, 'audit_trail', auditQuery, { args, info });
  }
}
