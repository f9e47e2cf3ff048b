import { conversionRateStated, d } from '../../test/support/event-builders.js';
import { rowOf } from '../../test/support/folding.js';
import { conversionRates } from './conversion-rates.projection.js';

it('keeps the newest rate with its source', () => {
  const newer = conversionRateStated({ rate: d('650'), source: 'by hand' });
  expect(rowOf(conversionRates, [conversionRateStated(), newer])).toStrictEqual({
    rateId: 'demo|BNB|USDT',
    accountId: 'demo',
    currency: 'BNB',
    inCurrency: 'USDT',
    rate: '650',
    source: 'by hand',
    statedAt: '2025-06-21T21:31:00.000Z',
  });
});
