import type { Type } from '@nestjs/common';
import { Field, ObjectType } from '@nestjs/graphql';
import { StopView } from './stop-view.js';
import { StopStepView } from './stop-step-view.js';
import { OrderView } from './order-view.js';
import { PositionView } from './position-view.js';
import { PnlView } from './pnl-view.js';
import { InstrumentView } from './instrument-view.js';
import { AccountView } from './account-view.js';
import { CoverageView } from './coverage-view.js';
import {
  AccountEquityView,
  AuditEntryView,
  ConversionRateView,
  DecisionLatencyView,
  FeedHealthView,
  FillView,
  ProtectionView,
  TradeView,
} from './ledger-views.js';

interface GraphqlEdge<Item> {
  readonly cursor: string;
  readonly node: Item;
}

interface GraphqlPage<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
  readonly asOfPosition: string;
}

interface GraphqlConnection<Item> extends GraphqlPage<Item> {
  readonly edges: readonly GraphqlEdge<Item>[];
  readonly pageInfo: PageInfo;
}

/** As the Relay specification has it; lists are read forwards. */
@ObjectType()
export class PageInfo {
  @Field(() => Boolean)
  readonly hasNextPage!: boolean;
  @Field(() => Boolean)
  readonly hasPreviousPage!: boolean;
  @Field(() => String, { nullable: true })
  readonly startCursor!: string | null;
  @Field(() => String, { nullable: true })
  readonly endCursor!: string | null;
}

/** What is open at a moment: its first page, which nobody goes on from row by row. */
function plainPageOf<Item>(name: string, item: () => Type<Item>): Type<GraphqlPage<Item>> {
  @ObjectType(`${name}Page`)
  class PlainPageView implements GraphqlPage<Item> {
    @Field(() => [item()])
    readonly items!: readonly Item[];
    @Field(() => String, { nullable: true })
    readonly nextCursor!: string | null;
    @Field(() => String)
    readonly asOfPosition!: string;
  }
  return PlainPageView;
}

function pageOf<Item>(name: string, item: () => Type<Item>): Type<GraphqlConnection<Item>> {
  @ObjectType(`${name}Edge`)
  class EdgeView implements GraphqlEdge<Item> {
    @Field(() => String, { description: 'Hand it back as `after` to get what follows.' })
    readonly cursor!: string;
    @Field(item)
    readonly node!: Item;
  }

  @ObjectType(`${name}Connection`)
  class PageView extends plainPageOf(name, item) implements GraphqlConnection<Item> {
    @Field(() => [EdgeView])
    readonly edges!: readonly EdgeView[];
    @Field(() => PageInfo)
    readonly pageInfo!: PageInfo;
  }
  return PageView;
}

export const StopPageView = pageOf('Stop', () => StopView);
export const StopStepPageView = pageOf('StopStep', () => StopStepView);
export const OrderPageView = pageOf('Order', () => OrderView);
export const PositionPageView = pageOf('Position', () => PositionView);
export const PnlPageView = pageOf('Pnl', () => PnlView);
export const InstrumentPageView = pageOf('Instrument', () => InstrumentView);
export const AccountPageView = pageOf('Account', () => AccountView);
export const FillPageView = pageOf('FillRecord', () => FillView);
export const TradePageView = pageOf('Trade', () => TradeView);
export const AccountEquityPageView = pageOf('AccountEquity', () => AccountEquityView);
export const ConversionRatePageView = pageOf('ConversionRate', () => ConversionRateView);
export const CoveragePageView = pageOf('Coverage', () => CoverageView);
export const ProtectionPageView = pageOf('Protection', () => ProtectionView);
export const DecisionLatencyPageView = pageOf('DecisionLatency', () => DecisionLatencyView);
export const FeedHealthPageView = pageOf('FeedHealth', () => FeedHealthView);
export const AuditEntryPageView = pageOf('AuditEntry', () => AuditEntryView);

export const OpenStopsView = plainPageOf('OpenStop', () => StopView);
export const OpenOrdersView = plainPageOf('OpenOrder', () => OrderView);
export const OpenPositionsView = plainPageOf('OpenPosition', () => PositionView);
