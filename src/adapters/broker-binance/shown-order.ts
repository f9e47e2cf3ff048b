import type { VenueOrder } from '../../application/ports/broker.port.js';
import type { AlgoRow, OrderRow } from './binance.messages.js';
import { isTargetLeg, ownIdOf } from './order-list.js';

/** The legs of an order list as the one order of ours that they are; a target whose stop has ended as a limit order. */
export function shownOrders(rows: readonly OrderRow[], venue: string): VenueOrder[] {
  const targets = rows.filter(isTarget);
  const wholes = rows.filter((row) => !isTarget(row));
  const priceByList = new Map(targets.map(({ listId, price }) => [listId, price]));
  const stopLists = new Set(wholes.map(({ listId }) => listId));
  return [
    ...wholes.map((row) => ({
      ...shownOrder(row, venue),
      targetPrice: priceByList.get(row.listId),
    })),
    ...targets.filter(({ listId }) => !stopLists.has(listId)).map((row) => shownOrder(row, venue)),
  ];
}

function isTarget({ listId, clientOrderId }: OrderRow): boolean {
  return listId !== undefined && isTargetLeg(clientOrderId);
}

function shownOrder(row: OrderRow, venue: string): VenueOrder {
  const isStop = row.stopPrice !== '0';
  return {
    orderId: ownIdOf(row.clientOrderId),
    venueOrderId: row.orderId,
    instrumentId: `${venue}:${row.symbol}`,
    side: row.side === 'BUY' ? 'buy' : 'sell',
    quantity: row.origQty,
    filledQuantity: row.executedQty,
    type: isStop ? 'stop' : row.type === 'MARKET' ? 'market' : 'limit',
    limitPrice: row.price === '0' ? undefined : row.price,
    stopPrice: isStop ? row.stopPrice : undefined,
    reduceOnly: row.reduceOnly,
  };
}

export function shownAlgo(row: AlgoRow, venue: string): VenueOrder {
  return {
    orderId: row.clientAlgoId,
    venueOrderId: row.algoId,
    instrumentId: `${venue}:${row.symbol}`,
    side: row.side === 'BUY' ? 'buy' : 'sell',
    quantity: row.quantity,
    filledQuantity: undefined,
    type: 'stop',
    limitPrice: row.price === '0' ? undefined : row.price,
    stopPrice: row.triggerPrice,
    reduceOnly: row.reduceOnly,
  };
}
