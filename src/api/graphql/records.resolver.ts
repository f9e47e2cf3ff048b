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
    return readDatedPage(this.reads, fillsQuery, args, (filters, page) =>
      this.reads.list('fills', filters, page),
    );
  }

  @Query(() => TradePageView)
  trades(@Args() args: PositionArgs) {
    return readDatedPage(this.reads, tradesQuery, args, (filters, page) =>
      this.reads.list('trades', filters, page),
    );
  }

  @Query(() => AccountEquityPageView)
  equity(@Args() args: EquityArgs) {
    return readDatedPage(this.reads, equityQuery, args, (filters, page) =>
      this.reads.list('account_equity', filters, page),
    );
  }

  @Query(() => ConversionRatePageView)
  rates(@Args() args: RateArgs) {
    return readDatedPage(this.reads, ratesQuery, args, (filters, page) =>
      this.reads.list('conversion_rates', filters, page),
    );
  }

  @Query(() => ProtectionPageView)
  protection(@Args() args: ProtectionArgs) {
    return readDatedPage(this.reads, protectionQuery, args, (filters, page) =>
      this.reads.list('protection', filters, page),
    );
  }

  @Query(() => DecisionLatencyPageView)
  latency(@Args() args: LatencyArgs) {
    return readDatedPage(this.reads, latencyQuery, args, (filters, page) =>
      this.reads.list('decision_latency', filters, page),
    );
  }

  @Query(() => FeedHealthPageView)
  feedHealth(@Args() args: FeedArgs) {
    return readDatedPage(this.reads, feedHealthQuery, args, (filters, page) =>
      this.reads.list('feed_health', filters, page),
    );
  }

  @Query(() => AuditEntryPageView)
  audit(@Args() args: AuditArgs) {
    return readDatedPage(this.reads, auditQuery, args, (filters, page) =>
      this.reads.list('audit_trail', filters, page),
    );
  }
}
