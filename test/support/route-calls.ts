/** Names that account `demo` has, so that whoever may not see it would learn something. */
export const OF_DEMO: Readonly<Record<string, string>> = {
  stopId: 'S9',
  orderId: 'S0001-1-1',
  positionId: 'P9',
  accountId: 'demo',
  instrumentId: 'BINANCE:LTCUSDT',
  feed: 'main',
};
const A_REASON = { reason: 'for a test' };
/** A body that each route takes which needs one, by its path in the OpenAPI document. */
export const BODIES: Readonly<Record<string, unknown>> = {
  '/api/v1/orders': {
    accountId: 'demo',
    instrumentId: 'BINANCE:LTCUSDT',
    side: 'buy',
    quantity: '1',
    type: 'market',
  },
  '/api/v1/accounts/{accountId}/halt': A_REASON,
  '/api/v1/accounts/{accountId}/resume': A_REASON,
  '/api/v1/accounts/{accountId}/kill': A_REASON,
  '/api/v1/stops': { positionId: 'P9', plan: { stop: '70' } },
  '/api/v1/stops/batch': { stops: [{ positionId: 'P9', plan: { stop: '70' } }] },
  '/api/v1/stops/{stopId}': { plan: { stop: '70' } },
  '/api/v1/positions': {
    accountId: 'demo',
    instrumentId: 'BINANCE:LTCUSDT',
    side: 'long',
    quantity: '1',
    entryPrice: '80',
  },
  '/api/v1/instruments': {
    instrumentId: 'BINANCE:LTCUSDT',
    symbol: 'LTCUSDT',
    priceTick: '0.01',
    quantityStep: '0.001',
    quoteCurrency: 'USDT',
    feeds: ['main'],
  },
  '/api/v1/instruments/{instrumentId}/split': { ratio: { from: 1, to: 4 } },
  '/api/v1/accounts': { accountId: 'demo', broker: 'paper', mode: 'paper', currency: 'USDT' },
  '/api/v1/accounts/{accountId}/cash': {
    entryId: 'e',
    kind: 'deposit',
    amount: '1',
    currency: 'USDT',
  },
  '/api/v1/accounts/{accountId}/cost-basis': { costBasis: 'fifo' },
  '/api/v1/accounts/{accountId}/cancel-entries': {},
  '/api/v1/accounts/{accountId}/rates': {
    currency: 'BNB',
    inCurrency: 'USDT',
    rate: '1',
    source: 's',
  },
};
