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
    priceBands: null,
    quantityStep: '0.001',
    quoteCurrency: 'USDT',
    contract: null,
    sessionEnd: null,
    tradingHours: null,
    feeds: ['main', 'spare'],
    revision: 1,
    definedAt: '2025-06-21T21:31:00.000Z',
    updatedAt: '2025-06-21T21:31:01.000Z',
  });
});

it('tells when it trades, and where its tick changes, for as long as the newest definition says so', () => {
  const tradingHours = {
    ...{ opens: '09:15+05:30', closes: '15:30+05:30' },
    ...{ days: [1, 2, 3, 4, 5], holidays: ['2026-01-26'] },
  };
  const priceBands = [{ from: d('250'), tick: d('0.05') }];
  const banded = instrumentDefined({
    ...{ priceTick: d('0.01'), priceBands, tradingHours, sessionEnd: '15:20+05:30' },
  });
  expect(rowOf(instruments, [banded])).toMatchObject({
    ...{ priceTick: '0.01', priceBands, tradingHours, sessionEnd: '15:20+05:30' },
  });
  expect(rowOf(instruments, [banded, instrumentDefined()])).toMatchObject({
    ...{ priceBands: null, tradingHours: null, sessionEnd: null },
  });
});
