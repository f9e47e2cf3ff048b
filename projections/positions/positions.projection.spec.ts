import {
  T0,
  d,
  positionClosed,
  positionOpened,
  positionReduced,
} from '../../test/support/event-builders.js';
import { rowOf } from '../../test/support/folding.js';
import { positions } from './positions.projection.js';

const part = positionReduced({ quantity: d('4'), remainingQuantity: d('6'), realisedPnl: d('-7') });

describe('the positions', () => {
  it('show one that was declared', () => {
    expect(rowOf(positions, [positionOpened()])).toStrictEqual({
      positionId: 'P1',
      accountId: 'demo',
      instrumentId: 'BINANCE:LTCUSDT',
      mode: 'paper',
      origin: 'declared',
      side: 'long',
      status: 'open',
      quantity: '10',
      openedQuantity: '10',
      entryPrice: '83.29',
      quoteCurrency: 'USDT',
      realisedPnl: '0',
      exits: 0,
      lastExitPrice: null,
      revision: 0,
      openedAt: '2025-06-21T21:31:00.000Z',
      closedAt: null,
      updatedAt: '2025-06-21T21:31:00.000Z',
    });
  });

  it('show what is left after an exit of a part', () => {
    expect(rowOf(positions, [positionOpened(), part])).toMatchObject({
      status: 'open',
      quantity: '6',
      openedQuantity: '10',
      realisedPnl: '-7',
      exits: 1,
      lastExitPrice: '81.54',
      closedAt: null,
    });
  });

  it('add up what every exit realised', () => {
    const rest = positionClosed({ quantity: d('6'), realisedPnl: d('-10.5'), at: T0 + 1000 });
    expect(rowOf(positions, [positionOpened(), part, rest])).toMatchObject({
      status: 'closed',
      quantity: '0',
      realisedPnl: '-17.5', // -7 - 10.5
      exits: 2,
      revision: 2,
      closedAt: '2025-06-21T21:31:01.000Z',
    });
  });

  it('take an exit of a position that was never opened for a bug', () => {
    expect(() => rowOf(positions, [part])).toThrow('a position is opened before anything else');
  });
});
