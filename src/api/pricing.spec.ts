import { AN_ENGINE_VIEW } from '../../test/support/scripted-gateway.js';
import type { PnlLine } from '../../projections/row-by-list.js';
import type { LastPrice } from '../application/ports/engine-gateway.port.js';
import type { DecimalText } from '../domain/kernel/units.js';
import { priced } from './pricing.js';

const d = (text: string) => text as DecimalText;
const PRINT = AN_ENGINE_VIEW.lastPrices['BINANCE:LTCUSDT'] as LastPrice;
const QUOTE: LastPrice = { ...PRINT, price: d('81.535'), bid: d('81.53'), ask: d('81.54') };

/** 2 held long at 80 or, below zero, sold short at it. */
function held(quantity: string, flow: string): PnlLine {
  const book = [{ quantity: d(quantity), flow: d(flow) }];
  const none = d('0');
  return {
    ...{ pnlId: 'x', accountId: 'demo', instrumentId: 'BINANCE:LTCUSDT', currency: 'USDT' },
    ...{ span: 'all', startsOn: null, realisedFifo: d('12'), realisedAverage: d('11') },
    ...{ fees: d('1'), funding: none, dividends: none, exits: 0, closedTrades: 0 },
    ...{ openQuantity: d(quantity), updatedAt: '', costBasis: 'fifo' },
    holding: { fifo: book, average: book, contract: null },
  };
}

function valued(line: PnlLine, last: LastPrice) {
  const view = { ...AN_ENGINE_VIEW, lastPrices: { 'BINANCE:LTCUSDT': last } };
  const { unrealised, lastPrice, net } = priced(line, view);
  return { unrealised, lastPrice, net };
}

describe('what is held', () => {
  it('is worth its last print', () => {
    const known = { lastPrice: '81.54', net: '11' };
    expect(valued(held('2', '-160'), PRINT)).toStrictEqual({ ...known, unrealised: '3.08' });
    expect(valued(held('-2', '160'), PRINT)).toStrictEqual({ ...known, unrealised: '-3.08' });
  });

  it('is worth the side of the quote that it would leave at, where no print comes', () => {
    const known = { lastPrice: '81.535', net: '11' };
    expect(valued(held('2', '-160'), QUOTE)).toStrictEqual({ ...known, unrealised: '3.06' });
    expect(valued(held('-2', '160'), QUOTE)).toStrictEqual({ ...known, unrealised: '-3.08' });
  });

  it('has no value that is known while no price is', () => {
    const { unrealised, lastPrice } = priced(held('2', '-160'), undefined);
    expect([unrealised, lastPrice]).toStrictEqual([null, null]);
  });
});
