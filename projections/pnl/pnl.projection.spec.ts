import { d, positionClosed, positionReduced } from '../../test/support/event-builders.js';
import { folding, rowOf } from '../../test/support/folding.js';
import { pnl } from './pnl.projection.js';

const part = positionReduced({ realisedPnl: d('-7'), feeAmount: d('0.3') });
const rest = positionClosed({ realisedPnl: d('10.5'), feeAmount: d('0.5') });

describe('the P&L', () => {
  it('adds up what was realised and takes the fees off', () => {
    expect(rowOf(pnl, [part, rest])).toStrictEqual({
      pnlId: 'demo|BINANCE:LTCUSDT|USDT',
      accountId: 'demo',
      instrumentId: 'BINANCE:LTCUSDT',
      currency: 'USDT',
      gross: '3.5', // -7 + 10.5
      fees: '0.8',
      net: '2.7',
      exits: 2,
      closedTrades: 1,
      updatedAt: '2025-06-21T21:31:00.000Z',
    });
  });

  it('keeps a fee in another currency in a row of its own: nothing is converted', () => {
    const inBnb = positionClosed({
      realisedPnl: d('10.5'),
      feeAmount: d('0.001'),
      feeCurrency: 'BNB',
    });
    expect(folding(pnl, [part, inBnb])).toMatchObject([
      { currency: 'USDT', gross: '3.5', fees: '0.3', net: '3.2', exits: 2, closedTrades: 1 },
      { currency: 'BNB', gross: '0', fees: '0.001', net: '-0.001', exits: 0, closedTrades: 0 },
    ]);
  });

  it('keeps accounts and instruments apart', () => {
    const rows = folding(pnl, [
      rest,
      positionClosed({ accountId: 'other' }),
      positionClosed({ instrumentId: 'BINANCE:BTCUSDT' }),
    ]);
    expect(rows.map(({ pnlId }) => pnlId)).toStrictEqual([
      'demo|BINANCE:LTCUSDT|USDT',
      'other|BINANCE:LTCUSDT|USDT',
      'demo|BINANCE:BTCUSDT|USDT',
    ]);
  });
});
