import { isExit } from '../domain/order/order-state.js';
import type { KnownOrder } from '../domain/order/order-state.js';
import type { OrderTicket } from './ports/broker.port.js';

/** What a broker is asked for, of an order that is decided. Terms that it does not have are left out. */
export function ticketFor(
  { accountId, instrumentId }: Pick<OrderTicket, 'accountId' | 'instrumentId'>,
  order: Omit<OrderTicket, 'accountId' | 'instrumentId'>,
): OrderTicket {
  const { orderId, side, quantity, type, limitPrice, stopPrice, timeInForce } = order;
  const { targetPrice, reduceOnly, insures } = order;
  return {
    ...{ orderId, accountId, instrumentId, side, quantity, type },
    ...(limitPrice !== undefined && { limitPrice }),
    ...(stopPrice !== undefined && { stopPrice }),
    ...(targetPrice !== undefined && { targetPrice }),
    ...(timeInForce !== undefined && { timeInForce }),
    reduceOnly,
    ...(insures && { insures }),
  };
}

/** The same of an order as the log has it. */
export function ticketOf(order: KnownOrder): OrderTicket {
  return ticketFor(order.stamp, { ...order, reduceOnly: isExit(order) });
}
