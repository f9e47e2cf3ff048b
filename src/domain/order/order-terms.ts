import type { DecimalText } from '../kernel/units.js';

/** `day` ends with the venue's session. */
export type TimeInForce = 'gtc' | 'ioc' | 'fok' | 'day';

/** What an order asks of the market. */
export type OrderTerms =
  | { readonly type: 'market' }
  | {
      readonly type: 'limit';
      readonly limitPrice: DecimalText;
      readonly timeInForce: TimeInForce;
    }
  | {
      /** Rests until `stopPrice` trades, then becomes a market order, or a limit one with `limitPrice`. */
      readonly type: 'stop';
      readonly stopPrice: DecimalText;
      readonly limitPrice: DecimalText | undefined;
      readonly timeInForce: TimeInForce;
    };

/** The terms of a ticket, or undefined when it lacks the price that its type needs. */
export function termsOf(ticket: {
  readonly type: OrderTerms['type'];
  readonly limitPrice?: DecimalText | undefined;
  readonly stopPrice?: DecimalText | undefined;
  readonly timeInForce?: TimeInForce | undefined;
}): OrderTerms | undefined {
  const { type, limitPrice, stopPrice, timeInForce = 'gtc' } = ticket;
  switch (type) {
    case 'market':
      return { type };
    case 'limit':
      return limitPrice === undefined ? undefined : { type, limitPrice, timeInForce };
    case 'stop':
      return stopPrice === undefined ? undefined : { type, stopPrice, limitPrice, timeInForce };
  }
}
