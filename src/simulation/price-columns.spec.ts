import { isMarkFeed } from '../engine/price-source.js';
import { PRICE_KIND, PriceColumns } from './price-columns.js';

describe('prices as columns', () => {
  it('keep every row when they have to grow, also for who has the memory only', () => {
    const columns = new PriceColumns();
    const rows = 40_000;
    for (let row = 0; row < rows; row += 1) columns.add(PRICE_KIND.trade, row, 2 * row, 2 * row);
    const shared = new PriceColumns(columns.memory);
    expect(shared.count).toBe(rows);
    for (const row of [0, 16_383, 16_384, rows - 1]) {
      expect(shared.tick(row, 'A:B')).toMatchObject({
        ...{ kind: 'trade', instrumentId: 'A:B', priceUnits: 2 * row },
        ...{ tradeId: String(row), receivedAtMs: row, verdict: 'good' },
      });
    }
  });

  it('show books and marks as the engine knows them', () => {
    const columns = new PriceColumns();
    columns.add(PRICE_KIND.quote, 5, 10, 12);
    columns.add(PRICE_KIND.mark, 5, 11, 11);
    const [book, mark] = [columns.tick(0, 'A:B'), columns.tick(1, 'A:B')];
    expect(book).toMatchObject({ kind: 'quote', bidUnits: 10, askUnits: 12 });
    expect([isMarkFeed(book.feed), isMarkFeed(mark.feed)]).toStrictEqual([false, true]);
  });

  it('never let time run backwards', () => {
    const columns = new PriceColumns();
    columns.add(PRICE_KIND.trade, 9, 1, 1);
    columns.add(PRICE_KIND.trade, 4, 1, 1);
    expect([...columns.atMs.subarray(0, 2)]).toStrictEqual([9, 9]);
  });
});
