import type { KnownOrder } from '../domain/order/order-state.js';
import { insuranceFaults } from './insurance-sight.js';
import type { VenueBroker, VenueOrder } from './ports/broker.port.js';

/** An order that may be live, as we asked for it and as the venue has it. */
export interface ProbedOrder {
  readonly orderId: string;
  readonly stopId: string | null;
  readonly asked: string;
  readonly atVenue: string;
  /** What is not as asked; missing: nothing, as far as the venue tells. */
  readonly fault?: string;
}

export interface BrokerProbe {
  readonly orders: readonly ProbedOrder[];
  /** Why the list of open orders could not be read: nothing can be compared, and strange orders are not seen. */
  readonly unread?: string;
  /** Open at the venue, and none of these. */
  readonly strange: readonly string[];
  /** What the venue holds, or why that cannot be told. */
  readonly positions: readonly string[] | { readonly unknown: string };
}

/** A question changes nothing: one that was not answered is put again. */
const ASKED_AGAIN_MAX = 4;

type Asked = Pick<VenueBroker, 'openOrders' | 'positions' | 'lookUpByClientOrderId'>;

/** Asks a broker what it really has of our orders. Changes nothing there. */
export async function probeBroker(
  unsettled: readonly KnownOrder[],
  broker: Asked,
): Promise<BrokerProbe> {
  let open = await broker.openOrders();
  for (let more = ASKED_AGAIN_MAX; more > 0 && open.kind === 'unknown'; more -= 1) {
    open = await broker.openOrders();
  }
  const shown = open.kind === 'known' ? open.orders : [];
  const faults = insuranceFaults(
    unsettled.filter(({ insures }) => insures),
    shown,
  );
  const orders: ProbedOrder[] = [];
  for (const order of unsettled) {
    const { orderId, stopId } = order;
    const found = shown.find((one) => one.orderId === orderId);
    const fault = faults.get(orderId);
    const atVenue = found ? textOf(found) : await lookedUp(broker, orderId);
    orders.push({ orderId, stopId, asked: textOf(order), atVenue, ...(fault && { fault }) });
  }
  const ours = new Set(unsettled.map(({ orderId }) => orderId));
  const strange = shown
    .filter(({ orderId }) => orderId === undefined || !ours.has(orderId))
    .map((order) => `${order.instrumentId} ${textOf(order)} (venue order ${order.venueOrderId})`);
  const positions = await heldBy(broker);
  const unread = open.kind === 'unknown' ? open.cause : undefined;
  return { orders, ...(unread !== undefined && { unread }), strange, positions };
}

async function lookedUp(broker: Asked, orderId: string): Promise<string> {
  const found = await broker.lookUpByClientOrderId(orderId);
  switch (found.kind) {
    case 'found':
      return `${found.status}, ${found.fills.length} fills`;
    case 'absent':
      return 'absent: the venue has no such order';
    case 'unknown':
      return `unknown: ${found.cause}`;
  }
}

async function heldBy(broker: Asked): Promise<BrokerProbe['positions']> {
  const held = await broker.positions();
  if (held.kind === 'unknown') return { unknown: held.cause };
  return held.positions.map(
    ({ instrumentId, book, quantity }) => `${instrumentId} ${book} ${quantity}`,
  );
}

function textOf(
  order: Pick<VenueOrder, 'side' | 'quantity' | 'type'> & {
    readonly stopPrice?: string | undefined;
    readonly limitPrice?: string | undefined;
    readonly targetPrice?: string | undefined;
    readonly reduceOnly?: boolean | undefined;
  },
): string {
  const { side, quantity, type, stopPrice, limitPrice, targetPrice, reduceOnly } = order;
  return [
    `${side} ${quantity} ${type}`,
    ...(stopPrice === undefined ? [] : [`at ${stopPrice}`]),
    ...(limitPrice === undefined ? [] : [`limit ${limitPrice}`]),
    ...(targetPrice === undefined ? [] : [`target ${targetPrice}`]),
    ...(reduceOnly ? ['reduce-only'] : []),
  ].join(' ');
}
