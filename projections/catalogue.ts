import { accounts } from './accounts/accounts.projection.js';
import { instruments } from './instruments/instruments.projection.js';
import { openStops } from './open-stops/open-stops.projection.js';
import { orders } from './orders/orders.projection.js';
import { pnl } from './pnl/pnl.projection.js';
import { positions } from './positions/positions.projection.js';
import type { AnyProjection } from './projection.js';
import { stopTimeline } from './stop-timeline/stop-timeline.projection.js';

/** Every read model there is. Folder names are the projections' names in kebab case. */
export const READ_MODELS: readonly AnyProjection[] = [
  instruments,
  accounts,
  positions,
  openStops,
  stopTimeline,
  orders,
  pnl,
] as unknown as readonly AnyProjection[];
