import { compare, decimal } from '../../domain/kernel/decimal.js';
import type { DecimalText } from '../../domain/kernel/units.js';
import type { OrderRow } from './openalgo.messages.js';
import type { KnownSending } from './openalgo.book.js';
import { timeOf, wireTerms } from './openalgo.parse.js';

// The venue's clock may be behind ours, and tells whole seconds.
const CLOCKS_APART_MS = 60_000;

/** Order book and position book at one moment. */
export interface Sight {
  readonly orders: readonly OrderRow[];
  /** Net position in the instrument of the order. */
  readonly position: DecimalText;
}

export type Finding =
  | { readonly kind: 'found'; readonly row: OrderRow }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unsure'; readonly why: string };

/**
 * Rows that may be the order: they look like it, were not there before it was sent, and are nobody else's.
 */
export function candidates(
  entry: KnownSending,
  orders: readonly OrderRow[],
  isTaken: (venueOrderId: string) => boolean,
): OrderRow[] {
  const { ticket, baseline } = entry;
  const { pricetype, price, trigger_price } = wireTerms(ticket.terms);
  const before = new Set(baseline.orderIds);
  return orders.filter(
    (row) =>
      !before.has(row.orderid) &&
      !isTaken(row.orderid) &&
      `${row.exchange}:${row.symbol}` === ticket.instrumentId &&
      row.action === (ticket.side === 'buy' ? 'BUY' : 'SELL') &&
      isOfSize(row, entry) &&
      row.pricetype === pricetype &&
      // What a market order shows as its price is what it traded at.
      (ticket.terms.type === 'market' || pricetype === 'SL-M' || isSame(row.price, price)) &&
      (ticket.terms.type !== 'stop' || isSame(row.trigger_price, trigger_price)),
  );
}

/** Nobody told how far another engine's guard cut an exit down, nor what the venue had shown before. */
function isOfSize(row: OrderRow, { ticket, byOther, sentAtMs }: KnownSending): boolean {
  if (!byOther) return isSame(row.quantity, ticket.quantity);
  const isSince = timeOf(row.timestamp, Infinity) >= sentAtMs - CLOCKS_APART_MS;
  return isSince && compare(decimal(row.quantity), decimal(ticket.quantity)) <= 0;
}

/** What two sights, one after the other, say together. Only where both agree is anything known. */
export function judgeSights(
  entry: KnownSending,
  sights: readonly [Sight, Sight],
  isTaken: (venueOrderId: string) => boolean,
): Finding {
  const [first, second] = sights.map(({ orders }) => candidates(entry, orders, isTaken));
  const ids = (rows: readonly OrderRow[] = []) =>
    rows
      .map(({ orderid }) => orderid)
      .sort()
      .join();
  if (ids(first) !== ids(second)) return { kind: 'unsure', why: 'the order book is changing' };
  const [row, another] = second ?? [];
  if (another) return { kind: 'unsure', why: `several orders look like it: ${ids(second)}` };
  if (row) return { kind: 'found', row };
  const { position } = entry.baseline;
  const positions = sights.map((sight) => sight.position);
  const isStill = position !== undefined && positions.every((one) => isSame(one, position));
  if (isStill) return { kind: 'absent' };
  const was = position ?? 'unread';
  return {
    kind: 'unsure',
    why: `no such order, but the position went from ${was} to ${positions.join(', ')}`,
  };
}

function isSame(a: string, b: string): boolean {
  return compare(decimal(a), decimal(b)) === 0;
}
