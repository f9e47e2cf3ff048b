const FILTERS: Readonly<Record<string, { base: string; tick: string; step: string; min: string }>> =
  {
    LTCUSDT: { base: 'LTC', tick: '0.01000000', step: '0.00100000', min: '0.00100000' },
    BTCUSDT: {
      base: 'BTC',
      tick: '0.00000001',
      step: '0.000000000000000001',
      min: '0.000000000000000001',
    },
  };
const MIN_NOTIONAL = '5.00000000';

export function baseAssetOf(symbol: string): string | undefined {
  return FILTERS[symbol]?.base;
}

/** What the venue says of its symbols. */
export function exchangeInfo(market: 'spot' | 'usdm') {
  const symbols = Object.entries(FILTERS).map(([symbol, { base, tick, step, min }]) => ({
    symbol,
    status: 'TRADING',
    baseAsset: base,
    quoteAsset: 'USDT',
    filters: [
      {
        filterType: 'PRICE_FILTER',
        minPrice: tick,
        maxPrice: '1000000.00000000',
        tickSize: tick,
      },
      { filterType: 'LOT_SIZE', minQty: min, maxQty: '90000.00000000', stepSize: step },
      { filterType: 'MARKET_LOT_SIZE', minQty: '0.00000000', maxQty: '5000.0', stepSize: '0.0' },
      market === 'spot'
        ? { filterType: 'NOTIONAL', minNotional: MIN_NOTIONAL, applyMinToMarket: true }
        : { filterType: 'MIN_NOTIONAL', notional: MIN_NOTIONAL },
    ],
  }));
  const weight = { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1 };
  return { rateLimits: [{ ...weight, limit: 6_000 }], symbols };
}
