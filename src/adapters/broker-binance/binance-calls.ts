import type { DecimalText } from '../../domain/kernel/units.js';
import type { OrderTerms, TimeInForce } from '../../domain/order/order-terms.js';
import type { OrderTicket } from '../../application/ports/broker.port.js';
import type { BinanceCall, BinanceMarketName } from './binance.messages.js';
import { targetLegOf } from './order-list.js';

/** An order as it leaves: its quantity on the lot, its terms checked. */
export interface BinanceOrder {
  readonly orderId: string;
  readonly symbol: string;
  readonly side: OrderTicket['side'];
  readonly quantity: string;
  readonly terms: OrderTerms;
  readonly reduceOnly: boolean;
  /** Of a stop-limit order that sells: the limit order that rests with it. */
  readonly targetPrice?: DecimalText | undefined;
}

type Params = Readonly<Record<string, string>>;

/** How each question is put to a market. Prices and quantities go through as the text that they are. */
export interface BinanceCalls {
  time(): BinanceCall;
  exchangeInfo(symbol: string): BinanceCall;
  place(order: BinanceOrder): BinanceCall;
  order(symbol: string, clientOrderId: string): BinanceCall;
  orderByVenueId(symbol: string, orderId: string): BinanceCall;
  cancel(symbol: string, clientOrderId: string): BinanceCall;
  openOrders(): BinanceCall;
  ordersSince(symbol: string, startTime: number): BinanceCall;
  trades(symbol: string, asked: Params): BinanceCall;
  /** Balances of spot, positions of USDⓈ-M. */
  holdings(): BinanceCall;
  /** Where the venue says whose account it is. */
  owner(): BinanceCall;
}

// There is no order of the day: a venue that never closes has none.
const TIME_IN_FORCE: Readonly<Record<TimeInForce, string>> = {
  gtc: 'GTC',
  day: 'GTC',
  ioc: 'IOC',
  fok: 'FOK',
};

const call = (
  section: BinanceCall['section'],
  method: BinanceCall['method'],
  path: string,
  params: Params = {},
): BinanceCall => ({ section, method, path, params });

function sideWord(side: OrderTicket['side']): string {
  return side === 'buy' ? 'BUY' : 'SELL';
}

function spotTerms(terms: OrderTerms): Params {
  switch (terms.type) {
    case 'market':
      return { type: 'MARKET' };
    case 'limit':
      return {
        type: 'LIMIT',
        price: terms.limitPrice,
        timeInForce: TIME_IN_FORCE[terms.timeInForce],
      };
    case 'stop':
      return terms.limitPrice === undefined
        ? { type: 'STOP_LOSS', stopPrice: terms.stopPrice }
        : {
            type: 'STOP_LOSS_LIMIT',
            stopPrice: terms.stopPrice,
            price: terms.limitPrice,
            timeInForce: TIME_IN_FORCE[terms.timeInForce],
          };
  }
}

function spotOrder({ orderId, symbol, side, quantity, terms }: BinanceOrder): BinanceCall {
  return call('private', 'POST', 'order', {
    symbol,
    side: sideWord(side),
    quantity,
    newClientOrderId: orderId,
    newOrderRespType: 'ACK',
    ...spotTerms(terms),
  });
}

/** A stop and a target that rest as one: the stop below the market, the target above. */
function spotList(
  { orderId, symbol, side, quantity }: BinanceOrder,
  prices: { readonly stop: string; readonly limit: string; readonly target: string },
): BinanceCall {
  return call('private', 'POST', 'orderList/oco', {
    symbol,
    side: sideWord(side),
    quantity,
    aboveType: 'LIMIT_MAKER',
    abovePrice: prices.target,
    aboveClientOrderId: targetLegOf(orderId),
    belowType: 'STOP_LOSS_LIMIT',
    belowStopPrice: prices.stop,
    belowPrice: prices.limit,
    belowTimeInForce: 'GTC',
    belowClientOrderId: orderId,
    newOrderRespType: 'ACK',
  });
}

export const SPOT_CALLS: BinanceCalls = {
  time: () => call('public', 'GET', 'time'),
  exchangeInfo: (symbol) => call('public', 'GET', 'exchangeInfo', { symbol }),
  place: (order) => {
    const { terms, targetPrice: target } = order;
    return terms.type === 'stop' && terms.limitPrice !== undefined && target !== undefined
      ? spotList(order, { stop: terms.stopPrice, limit: terms.limitPrice, target })
      : spotOrder(order);
  },
  order: (symbol, origClientOrderId) =>
    call('private', 'GET', 'order', { symbol, origClientOrderId }),
  orderByVenueId: (symbol, orderId) => call('private', 'GET', 'order', { symbol, orderId }),
  cancel: (symbol, origClientOrderId) =>
    call('private', 'DELETE', 'order', { symbol, origClientOrderId }),
  openOrders: () => call('private', 'GET', 'openOrders'),
  ordersSince: (symbol, startTime) =>
    call('private', 'GET', 'allOrders', { symbol, startTime: String(startTime), limit: '1000' }),
  trades: (symbol, asked) =>
    call('private', 'GET', 'myTrades', { symbol, limit: '1000', ...asked }),
  holdings: () => call('private', 'GET', 'account', { omitZeroBalances: 'true' }),
  owner: () => call('private', 'GET', 'account', { omitZeroBalances: 'true' }),
};

function usdmOrder(order: BinanceOrder): Params {
  const { symbol, side, quantity, reduceOnly } = order;
  return {
    symbol,
    side: sideWord(side),
    quantity,
    ...(reduceOnly && { reduceOnly: 'true' }),
  };
}

export const USDM_CALLS: BinanceCalls = {
  time: () => call('fapiPublic', 'GET', 'time'),
  exchangeInfo: () => call('fapiPublic', 'GET', 'exchangeInfo'),
  place: (order) => {
    const { orderId, terms } = order;
    if (terms.type !== 'stop') {
      return call('fapiPrivate', 'POST', 'order', {
        ...usdmOrder(order),
        ...spotTerms(terms),
        newClientOrderId: orderId,
      });
    }
    // Conditional orders moved to a service of their own in December 2025; `order` refuses them with -4120.
    return call('fapiPrivate', 'POST', 'algoOrder', {
      ...usdmOrder(order),
      algoType: 'CONDITIONAL',
      type: terms.limitPrice === undefined ? 'STOP_MARKET' : 'STOP',
      triggerPrice: terms.stopPrice,
      workingType: 'CONTRACT_PRICE',
      clientAlgoId: orderId,
      ...(terms.limitPrice !== undefined && {
        price: terms.limitPrice,
        timeInForce: TIME_IN_FORCE[terms.timeInForce],
      }),
    });
  },
  order: (symbol, origClientOrderId) =>
    call('fapiPrivate', 'GET', 'order', { symbol, origClientOrderId }),
  orderByVenueId: (symbol, orderId) => call('fapiPrivate', 'GET', 'order', { symbol, orderId }),
  cancel: (symbol, origClientOrderId) =>
    call('fapiPrivate', 'DELETE', 'order', { symbol, origClientOrderId }),
  openOrders: () => call('fapiPrivate', 'GET', 'openOrders'),
  ordersSince: (symbol, startTime) =>
    call('fapiPrivate', 'GET', 'allOrders', {
      symbol,
      startTime: String(startTime),
      limit: '1000',
    }),
  trades: (symbol, asked) =>
    call('fapiPrivate', 'GET', 'userTrades', { symbol, limit: '1000', ...asked }),
  holdings: () => call('fapiPrivateV3', 'GET', 'positionRisk'),
  owner: () => call('fapiPrivateV3', 'GET', 'balance'),
};

/** What USDⓈ-M alone has: conditional orders apart from the others, and a key for the stream of the account. */
export const USDM_EXTRA = {
  algoOrder: (clientAlgoId: string) => call('fapiPrivate', 'GET', 'algoOrder', { clientAlgoId }),
  cancelAlgo: (clientAlgoId: string) =>
    call('fapiPrivate', 'DELETE', 'algoOrder', { clientAlgoId }),
  openAlgos: () => call('fapiPrivate', 'GET', 'openAlgoOrders'),
  listenKey: (method: 'POST' | 'PUT') => call('fapiPrivate', method, 'listenKey'),
};

export function callsOf(market: BinanceMarketName): BinanceCalls {
  return market === 'spot' ? SPOT_CALLS : USDM_CALLS;
}
