import { join } from 'node:path';
import { playGrid } from '../support/recorded-grid.js';

const DIR = join('test', 'fixtures', 'ticks');

describe('a grid of plans over the first rows of a recording', () => {
  it.each([
    // All rows of all files are for recorded-grid.long.spec.ts.
    ['binance-usdm-btcusdt-20230405-0001.trades.csv.gz', 700],
    ['oanda-xauusd-20140502-1229.quotes.csv.gz', 1_000],
  ])('is decided by the engine as by the slow model: %s', (file, count) => {
    const { rows, fired } = playGrid(join(DIR, file), count);
    expect(rows).toBe(count);
    expect(fired).toBeGreaterThan(0);
  });
});
