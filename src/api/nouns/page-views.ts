import type { Type } from '@nestjs/common';
import { Field, ObjectType } from '@nestjs/graphql';
import { StopView } from './stop-view.js';
import { StopStepView } from './stop-step-view.js';
import { OrderView } from './order-view.js';
import { PositionView } from './position-view.js';
import { PnlView } from './pnl-view.js';
import { InstrumentView } from './instrument-view.js';
import { AccountView } from './account-view.js';
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

interface GraphqlPage<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
  readonly asOfPosition: string;
}

function pageOf<Item>(name: string, item: () => Type<Item>): Type<GraphqlPage<Item>> {
  @ObjectType(name)
  class PageView implements GraphqlPage<Item> {
    @Field(() => [item()])
    readonly items!: readonly Item[];
    @Field(() => String, { nullable: true })
    readonly nextCursor!: string | null;
    @Field(() => String)
    readonly asOfPosition!: string;
  }
  return PageView;
}

export const StopPageView = pageOf('StopPage', () => StopView);
export const StopStepPageView = pageOf('StopStepPage', () => StopStepView);
export const OrderPageView = pageOf('OrderPage', () => OrderView);
export const PositionPageView = pageOf('PositionPage', () => PositionView);
export const PnlPageView = pageOf('PnlPage', () => PnlView);
export const InstrumentPageView = pageOf('InstrumentPage', () => InstrumentView);
export const AccountPageView = pageOf('AccountPage', () => AccountView);
export const FillPageView = pageOf('FillRecordPage', () => FillView);
export const TradePageView = pageOf('TradePage', () => TradeView);
export const AccountEquityPageView = pageOf('AccountEquityPage', () => AccountEquityView);
export const ConversionRatePageView = pageOf('ConversionRatePage', () => ConversionRateView);
export const ProtectionPageView = pageOf('ProtectionPage', () => ProtectionView);
export const DecisionLatencyPageView = pageOf('DecisionLatencyPage', () => DecisionLatencyView);
export const FeedHealthPageView = pageOf('FeedHealthPage', () => FeedHealthView);
export const AuditEntryPageView = pageOf('AuditEntryPage', () => AuditEntryView);
