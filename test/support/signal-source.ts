import type { SignalSource } from '../../src/application/ports/signal-source.port.js';

export const A_SIGNAL_SOURCE: SignalSource = {
  id: 'chart',
  accountId: 'demo',
  secret: 'a-secret-of-a-chart',
  maxAgeMs: 30_000,
  fields: { action: 'alert', symbol: 'ticker', time: 'time', quantity: 'qty', price: 'limit' },
  actions: { buy: 'buy', sell: 'sell', exit: 'close', flat: 'cancelEntries' },
  instruments: { LTCUSDT: 'BINANCE:LTCUSDT' },
  quantity: '2',
  plan: { trail: { percent: '2' } },
};
