import { decimal, formatDecimal, isPositive, subtract } from '../domain/kernel/decimal.js';
import type { DecimalText, OrderId } from '../domain/kernel/units.js';
import type { Fact } from '../domain/facts.js';
import { isExit } from '../domain/order/order-state.js';
import type { OrderFilled } from '../domain/order/order.events.js';
import { bookedAt } from './booked-fill.js';
import type { Registry } from './registry.js';

/** What an exit of ours has taken beyond its position. */
export interface Oversold {
  readonly orderId: OrderId;
  readonly venueTradeId: string;
  readonly quantity: DecimalText;
  readonly price: DecimalText;
}

/** What of a fill was not open any more when it came; undefined where all of it was, or where that is not known. */
export function oversoldBy(registry: Registry, fact: Fact): Oversold | undefined {
  switch (fact.type) {
    case 'OrderFilled':
    case 'OrderPartiallyFilled':
      return uncounted(registry, fact.data);
    case 'PositionClosed': {
      const { orderId, venueTradeId, quantity, price } = fact.data;
      const fills = registry.orders.get(orderId)?.fills ?? [];
      const filled = fills.find((fill) => fill.venueTradeId === venueTradeId)?.quantity ?? quantity;
      const beyond = subtract(decimal(filled), decimal(quantity));
      if (!isPositive(beyond)) return undefined;
      return { orderId, venueTradeId, quantity: formatDecimal(beyond), price };
    }
    default:
      return undefined;
  }
}

/** A fill of which its position has nothing, neither by itself nor by the venue's book. */
function uncounted(registry: Registry, fill: OrderFilled['data']): Oversold | undefined {
  const { orderId, venueTradeId, quantity, price } = fill;
  const order = registry.orders.get(orderId);
  if (!order || !isExit(order)) return undefined;
  const position = registry.positions.get(order.stamp.positionId);
  if (!position || position.venueTradeIds.has(venueTradeId)) return undefined;
  if (bookedAt(registry, position, fill) !== undefined) return undefined;
  return { orderId, venueTradeId, quantity, price };
}
