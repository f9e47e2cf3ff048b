import { accountEquity } from './account-equity/account-equity.projection.js';
import { accounts } from './accounts/accounts.projection.js';
import { auditTrail } from './audit-trail/audit-trail.projection.js';
import { conversionRates } from './conversion-rates/conversion-rates.projection.js';
import { decisionLatency } from './decision-latency/decision-latency.projection.js';
import { feedHealth } from './feed-health/feed-health.projection.js';
import { fills } from './fills/fills.projection.js';
import { instruments } from './instruments/instruments.projection.js';
import { openStops } from './open-stops/open-stops.projection.js';
import { orders } from './orders/orders.projection.js';
import { pnl } from './pnl/pnl.projection.js';
import { positions } from './positions/positions.projection.js';
import type { AnyProjection } from './projection.js';
import { protection } from './protection/protection.projection.js';
import { stopTimeline } from './stop-timeline/stop-timeline.projection.js';
import { trades } from './trades/trades.projection.js';

/** Every read model there is. Folder names are the projections' names in kebab case. */
export const READ_MODELS: readonly AnyProjection[] = [
  instruments,
  accounts,
  positions,
  openStops,
  stopTimeline,
  orders,
  pnl,
  fills,
  trades,
  accountEquity,
  conversionRates,
  protection,
  decisionLatency,
  feedHealth,
  auditTrail,
] as unknown as readonly AnyProjection[];

/** A fact touches several rows of these, or rows that look at each other: nobody can fold a part of their rows alone. */
export const FOLDED_WHOLE: ReadonlySet<string> = new Set(
  [pnl, accountEquity, feedHealth].map(({ name }) => name),
);
