import { decimal, formatDecimal } from './decimal.js';
import { ceilOnGrid, floorOnGrid, tickRule } from './price-bands.js';
import type { BandedGrid } from './price-bands.js';
import type { DecimalText } from './units.js';

const text = (value: string) => value as DecimalText;

const NSE: BandedGrid = {
  priceTick: text('0.01'),
  priceBands: [
    { from: text('250'), tick: text('0.05') },
    { from: text('1000'), tick: text('0.1') },
  ],
};

describe('a price on a grid that changes with the price', () => {
  it.each([
    ['249.99', '249.99', '249.99'],
    ['249.991', '249.99', '250'],
    ['250', '250', '250'],
    ['250.01', '250', '250.05'],
    ['999.99', '999.95', '1000'],
    ['1000.01', '1000', '1000.1'],
    ['0.004', '0', '0.01'],
  ])('%s lies between %s and %s', (price, below, above) => {
    expect(formatDecimal(floorOnGrid(NSE, decimal(price)))).toBe(below);
    expect(formatDecimal(ceilOnGrid(NSE, decimal(price)))).toBe(above);
  });

  it('is told by its band what it breaks', () => {
    expect(tickRule(NSE, decimal('3.001'))).toBe('must be a multiple of the price tick 0.01');
    expect(tickRule(NSE, decimal('999.99'))).toBe(
      'must be a multiple of 0.05, the price tick from 250 on',
    );
  });
});
