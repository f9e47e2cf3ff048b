import type { OpenStopRow } from '../../../projections/open-stops/open-stops.projection.js';
import type { OrderRow } from '../../../projections/orders/orders.projection.js';
import type { PositionRow } from '../../../projections/positions/positions.projection.js';
import type { Page } from '../../application/ports/read-side.port.js';
import type { ReadModels } from '../read-models.port.js';
import { settle } from '../read-your-writes.js';

/** What is open, as the lists of the API say it: the first page of each, which `nextCursor` leads on from. */
export interface OpenState {
  /** Decisions up to here are in it; of those behind it some may be, too. */
  readonly asOfPosition: string;
  readonly stops: Page<OpenStopRow>;
  readonly orders: Page<OrderRow>;
  readonly positions: Page<PositionRow>;
  /** Whoever writes it out keeps the text here, without its first brace: it is the same for every reader. */
  text?: string;
}

const PAGE = { limit: 500 };
const OPEN_STOPS = ['armed', 'suspended', 'triggered'];
const OPEN_ORDERS = ['placed', 'acked', 'unknown', 'partially-filled'];

/** Reads what is open once the read models have come as far as the position. */
export async function openStateAt(
  reads: Pick<ReadModels, 'list' | 'waitFor'>,
  position: bigint,
  accountId?: readonly string[],
): Promise<OpenState> {
  if (position >= 0n) await settle(reads, position.toString());
  const whose = accountId ? { accountId } : {};
  const stops = await reads.list('stops', { ...whose, status: OPEN_STOPS }, PAGE);
  const orders = await reads.list('orders', { ...whose, status: OPEN_ORDERS }, PAGE);
  const positions = await reads.list('positions', { ...whose, status: 'open' }, PAGE);
  const lowest = [stops, orders, positions]
    .map(({ asOfPosition }) => BigInt(asOfPosition))
    .reduce((low, each) => (each < low ? each : low));
  return { asOfPosition: lowest.toString(), stops, orders, positions };
}
