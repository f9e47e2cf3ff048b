import { orderFilled, positionClosed } from '../../test/support/event-builders.js';
import { rowOf } from '../../test/support/folding.js';
import { fills } from './fills.projection.js';

const WHOLE = {
  fillId: 'S1-1-1|V1',
  orderId: 'S1-1-1',
  venueTradeId: 'V1',
  stopId: 'S1',
  positionId: 'P1',
  accountId: 'demo',
  instrumentId: 'BINANCE:LTCUSDT',
  mode: 'paper',
  side: 'sell',
  quantity: '10',
  price: '81.54',
  feeAmount: '0.8154',
  feeCurrency: 'USDT',
  liquidity: 'taker',
  realisedPnl: '-17.5',
  pnlCurrency: 'USDT',
  filledAt: '2025-06-21T21:31:00.600Z',
};

describe('the fills', () => {
  it('show what the venue traded, and then what it came to', () => {
    expect(rowOf(fills, [orderFilled()])).toStrictEqual({
      ...WHOLE,
      side: null,
      realisedPnl: null,
      pnlCurrency: null,
    });
    expect(rowOf(fills, [orderFilled(), positionClosed()])).toStrictEqual(WHOLE);
  });

  it('come to the same when the position was quicker', () => {
    expect(rowOf(fills, [positionClosed(), orderFilled()])).toStrictEqual(WHOLE);
  });
});
