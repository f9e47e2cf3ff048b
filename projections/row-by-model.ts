import type { AccountEquityRow } from './account-equity/account-equity.projection.js';
import type { AuditTrailRow } from './audit-trail/audit-trail.projection.js';
import type { ConversionRateRow } from './conversion-rates/conversion-rates.projection.js';
import type { DecisionLatencyRow } from './decision-latency/decision-latency.projection.js';
import type { FeedHealthRow } from './feed-health/feed-health.projection.js';
import type { FillRow } from './fills/fills.projection.js';
import type { ProtectionRow } from './protection/protection.projection.js';
import type { TradeRow } from './trades/trades.projection.js';

/** Rows of the read models that are read as they stand, by the name of the model. */
export interface RowByModel {
  readonly fills: FillRow;
  readonly trades: TradeRow;
  readonly account_equity: AccountEquityRow;
  readonly conversion_rates: ConversionRateRow;
  readonly protection: ProtectionRow;
  readonly decision_latency: DecisionLatencyRow;
  readonly feed_health: FeedHealthRow;
  readonly audit_trail: AuditTrailRow;
}

export type PlainModel = keyof RowByModel;
