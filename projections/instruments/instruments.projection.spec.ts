import { T0, d, instrumentDefined } from '../../test/support/event-builders.js';
import { rowOf } from '../../test/support/folding.js';
import { instruments } from './instruments.projection.js';

it('shows the newest definition, and when the first one was made', () => {
  const finer = instrumentDefined({
    instrumentVersion: 2,
    priceTick: d('0.001'),
    feeds: ['main', 'spare'],
    at: T0 + 1000,
  });
  expect(rowOf(instruments, [instrumentDefined(), finer])).toStrictEqual({
    instrumentId: 'BINANCE:LTCUSDT',
    instrumentVersion: 2,
    venue: 'BINANCE',
    symbol: 'LTCUSDT',
    priceTick: '0.001',
    quantityStep: '0.001',
    quoteCurrency: 'USDT',
    contract: null,
    feeds: ['main', 'spare'],
    revision: 1,
    definedAt: '2025-06-21T21:31:00.000Z',
    updatedAt: '2025-06-21T21:31:01.000Z',
  });
});
