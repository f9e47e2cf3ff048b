import type {
  AccountId,
  AccountMode,
  DecimalText,
  InstrumentId,
  PositionId,
  PositionSide,
  StopId,
} from '../src/domain/kernel/units.js';
import type { AccountEquityRow } from './account-equity/account-equity.projection.js';
import type { AccountRow } from './accounts/accounts.projection.js';
import type { AuditTrailRow } from './audit-trail/audit-trail.projection.js';
import type { ConversionRateRow } from './conversion-rates/conversion-rates.projection.js';
import type { DecisionLatencyRow } from './decision-latency/decision-latency.projection.js';
import type { FeedHealthRow } from './feed-health/feed-health.projection.js';
import type { FillRow } from './fills/fills.projection.js';
import type { InstrumentRow } from './instruments/instruments.projection.js';
import type { OpenStopRow } from './open-stops/open-stops.projection.js';
import type { OrderRow } from './orders/orders.projection.js';
import type { PnlRow } from './pnl/pnl.projection.js';
import type { PositionRow } from './positions/positions.projection.js';
import type { ProtectionRow } from './protection/protection.projection.js';
import type { TradeRow } from './trades/trades.projection.js';

/** A line of the P&L with how its account counts. */
export interface PnlLine extends PnlRow {
  readonly costBasis: 'fifo' | 'average';
}

/** An open position and what guards it. */
export interface CoverageRow {
  readonly positionId: PositionId;
  readonly accountId: AccountId;
  readonly instrumentId: InstrumentId;
  readonly mode: AccountMode;
  readonly side: PositionSide;
  readonly quantity: DecimalText;
  /** By armed stops. */
  readonly coveredQuantity: DecimalText;
  /** Under way out: triggered stops and their orders. */
  readonly exitingQuantity: DecimalText;
  /** Neither covered nor exiting: unprotected. */
  readonly uncoveredQuantity: DecimalText;
  readonly stopIds: readonly StopId[];
}

/** Rows of every list that can be read, by the name of the list. */
export interface RowByList {
  readonly stops: OpenStopRow;
  readonly orders: OrderRow;
  readonly positions: PositionRow;
  readonly coverage: CoverageRow;
  readonly pnl: PnlLine;
  readonly instruments: InstrumentRow;
  readonly accounts: AccountRow;
  readonly fills: FillRow;
  readonly trades: TradeRow;
  readonly account_equity: AccountEquityRow;
  readonly conversion_rates: ConversionRateRow;
  readonly protection: ProtectionRow;
  readonly decision_latency: DecisionLatencyRow;
  readonly feed_health: FeedHealthRow;
  readonly audit_trail: AuditTrailRow;
}

export type ListName = keyof RowByList;
