import type { VenueOrder } from '../../application/ports/broker.port.js';
import type { AlgoRow, OrderRow } from './binance.messages.js';

export function shownOrder(row: OrderRow, venue: string): VenueOrder {
  const isStop = row.stopPrice !== '0';
  return {
    orderId: row.clientOrderId,
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
