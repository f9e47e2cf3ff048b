import type { OrderTicket } from '../../src/application/ports/broker.port.js';
import type { DecimalText } from '../../src/domain/kernel/units.js';

export const ORDER_ID = '01JY8T3F5MZ0Q4X7Z9V2K6B1-1-1';
export const RELIANCE = 'NSE:RELIANCE';

export function sell(
  over: Partial<{ orderId: string; quantity: string; reduceOnly: boolean }> = {},
): OrderTicket {
  const { orderId = ORDER_ID, quantity = '10', reduceOnly = false } = over;
  const head = { orderId, accountId: 'demo', instrumentId: RELIANCE, side: 'sell' } as const;
  return { ...head, quantity: quantity as DecimalText, reduceOnly, type: 'market' };
}
