import {
  T0,
  cashMoved,
  d,
  positionClosed,
  positionOpened,
  positionReduced,
} from '../../test/support/event-builders.js';
import { folding } from '../../test/support/folding.js';
import { accountEquity } from './account-equity.projection.js';

const DAY_MS = 86_400_000;
const FACTS = [
  cashMoved({ entryId: 'E0', kind: 'deposit', amount: d('1000') }),
  positionOpened(),
  positionReduced({
    quantity: d('4'),
    remainingQuantity: d('6'),
    realisedPnl: d('-7'),
    feeAmount: d('0.3'),
  }),
  cashMoved({ at: T0 + DAY_MS }),
  positionClosed({
    quantity: d('6'),
    realisedPnl: d('10.5'),
    feeAmount: d('0.001'),
    feeCurrency: 'BNB',
    at: T0 + DAY_MS,
  }),
  cashMoved({ entryId: 'E2', kind: 'withdrawal', amount: d('-100'), at: T0 + DAY_MS }),
];

describe('the equity of an account', () => {
  it('is what came in and what was settled, by day and in all', () => {
    const rows = folding(accountEquity, FACTS).map((row) => [
      row.equityId,
      row.balance,
      row.exposure,
      row.exposureMax,
    ]);
    expect(rows).toStrictEqual([
      ['demo|USDT|all', '902.95', '0', '832.9'], // 1000 - 100 - 7 + 10.5 - 0.3 - 0.25
      ['demo|USDT|day|2025-06-21', '992.7', '499.74', '832.9'], // 1000 - 7 - 0.3
      ['demo|USDT|day|2025-06-22', '902.95', '0', '499.74'],
      ['demo|BNB|all', '-0.001', '0', '0'],
      ['demo|BNB|day|2025-06-22', '-0.001', '0', '0'],
    ]);
  });

  it('tells its parts', () => {
    const all = folding(accountEquity, FACTS).find((row) => row.equityId === 'demo|USDT|all');
    expect(all).toMatchObject({
      deposits: '1000',
      withdrawals: '100',
      realised: '3.5',
      fees: '0.3',
      funding: '-0.25',
      dividends: '0',
    });
  });

  it('exposes an inverse contract by its size in the quote currency', () => {
    const contract = {
      kind: 'inverse',
      multiplier: d('100'),
      baseCurrency: 'BTC',
      settlementCurrency: 'BTC',
    } as const;
    const inverse = { quoteCurrency: 'USD', quantity: d('3'), contract };
    const rows = folding(accountEquity, [
      positionOpened(inverse),
      positionClosed({
        ...inverse,
        realisedPnl: d('0.002'),
        feeCurrency: 'BTC',
        feeAmount: d('0.0001'),
      }),
    ]).filter((row) => row.span === 'all');
    expect(rows).toMatchObject([
      { currency: 'USD', exposure: '0', exposureMax: '300', balance: '0' },
      { currency: 'BTC', exposure: '0', balance: '0.0019' },
    ]);
  });
});
