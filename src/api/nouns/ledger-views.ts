import type { FillRow } from '../../../projections/fills/fills.projection.js';
import type { TradeRow } from '../../../projections/trades/trades.projection.js';
import type { AccountEquityRow } from '../../../projections/account-equity/account-equity.projection.js';
import type { ConversionRateRow } from '../../../projections/conversion-rates/conversion-rates.projection.js';
import type { ProtectionRow } from '../../../projections/protection/protection.projection.js';
import type { DecisionLatencyRow } from '../../../projections/decision-latency/decision-latency.projection.js';
import type { FeedHealthRow } from '../../../projections/feed-health/feed-health.projection.js';
import type { AuditTrailRow } from '../../../projections/audit-trail/audit-trail.projection.js';
import { rowView } from './row-view.js';

// What is shown as it stands in its read model, column by column.

export const FillView = rowView<FillRow>('FillRecord', {
  fillId: 'text',
  orderId: 'text',
  venueTradeId: 'text',
  stopId: 'text?',
  positionId: 'text',
  accountId: 'text',
  instrumentId: 'text',
  mode: 'text',
  side: 'text?',
  quantity: 'text',
  price: 'text',
  feeAmount: 'text',
  feeCurrency: 'text',
  liquidity: 'text?',
  realisedPnl: 'text?',
  pnlCurrency: 'text?',
  filledAt: 'text',
});

export const TradeView = rowView<TradeRow>('Trade', {
  positionId: 'text',
  accountId: 'text',
  instrumentId: 'text',
  mode: 'text',
  side: 'text',
  status: 'text',
  quantity: 'text',
  entryPrice: 'text',
  exitQuantity: 'text',
  exitValue: 'text',
  realised: 'text',
  currency: 'text',
  fees: 'json',
  net: 'text',
  initialStop: 'text?',
  initialRisk: 'text?',
  rMultiple: 'text?',
  bestPrice: 'text?',
  worstPrice: 'text?',
  maxFavourable: 'text?',
  maxAdverse: 'text?',
  pricesSeen: 'json',
  closedByStop: 'text?',
  closedBy: 'text?',
  slippage: 'text',
  expected: 'json',
  contract: 'json?',
  openedAt: 'text',
  closedAt: 'text?',
  updatedAt: 'text',
});

export const AccountEquityView = rowView<AccountEquityRow>('AccountEquity', {
  equityId: 'text',
  accountId: 'text',
  currency: 'text',
  span: 'text',
  day: 'text?',
  deposits: 'text',
  withdrawals: 'text',
  realised: 'text',
  fees: 'text',
  funding: 'text',
  dividends: 'text',
  balance: 'text',
  exposure: 'text',
  exposureMax: 'text',
  updatedAt: 'text',
});

export const ConversionRateView = rowView<ConversionRateRow>('ConversionRate', {
  rateId: 'text',
  accountId: 'text',
  currency: 'text',
  inCurrency: 'text',
  rate: 'text',
  source: 'text',
  statedAt: 'text',
});

export const ProtectionView = rowView<ProtectionRow>('Protection', {
  positionId: 'text',
  accountId: 'text',
  instrumentId: 'text',
  mode: 'text',
  side: 'text',
  openQuantity: 'text',
  guardedBy: 'json',
  withoutLevel: 'json',
  asleep: 'json',
  exiting: 'json',
  coveredQuantity: 'text',
  uncoveredQuantity: 'text',
  uncoveredSince: 'text?',
  uncoveredQuantitySeconds: 'text',
  uncoveredMsMax: 'figure',
  updatedAt: 'text',
});

export const DecisionLatencyView = rowView<DecisionLatencyRow>('DecisionLatency', {
  orderId: 'text',
  stopId: 'text',
  accountId: 'text',
  instrumentId: 'text',
  branch: 'text',
  venueTime: 'text?',
  receivedAt: 'text?',
  decidedAt: 'text',
  durableAt: 'text',
  ackedAt: 'text?',
  filledAt: 'text?',
  venueToReceivedMs: 'figure?',
  receivedToDecidedMs: 'figure?',
  decidedToDurableMs: 'figure',
  durableToAckedMs: 'figure?',
  durableToFilledMs: 'figure?',
});

export const FeedHealthView = rowView<FeedHealthRow>('FeedHealth', {
  feed: 'text',
  url: 'text?',
  connected: 'flag',
  recorded: 'text?',
  connects: 'count',
  losses: 'count',
  upMs: 'figure',
  downMs: 'figure',
  uptimeShare: 'text?',
  gapMs: 'figure',
  gaps: 'json',
  lastLossReason: 'text?',
  stales: 'count',
  silentMs: 'figure',
  silences: 'json',
  failedOver: 'count',
  failOvers: 'json',
  tookOver: 'count',
  refused: 'json',
  connectedAt: 'text?',
  lostAt: 'text?',
  epoch: 'count',
  updatedAt: 'text',
});

export const AuditEntryView = rowView<AuditTrailRow>('AuditEntry', {
  auditId: 'text',
  streamId: 'text',
  revision: 'count',
  type: 'text',
  actor: 'text',
  commandId: 'text?',
  correlationId: 'text',
  causationId: 'text',
  build: 'text',
  accountId: 'text?',
  instrumentId: 'text?',
  at: 'text',
  recordedAt: 'text',
});
