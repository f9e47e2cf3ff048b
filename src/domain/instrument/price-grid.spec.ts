import fc from 'fast-check';
import { PRICE_UNITS_MAX, formatUnits, parsePriceUnits, priceGrid } from './price-grid.js';

describe('the price grid of an instrument', () => {
  it.each([
    ['0.01', 2, 1],
    ['0.010', 2, 1],
    ['0.05', 2, 5],
    ['0.25', 2, 25],
    ['1', 0, 1],
    ['100', 0, 100],
    ['0.00000001', 8, 1],
  ])('a tick of %s has %d digits and %d units', (tick, scale, tickUnits) => {
    expect(priceGrid(tick)).toStrictEqual({ scale, tickUnits });
  });
});

describe('a price as a venue writes it', () => {
  it.each([
    ['80', 2, 8000],
    ['80.5', 2, 8050],
    ['80.50', 2, 8050],
    ['61837.63000000', 2, 6183763],
    ['0.00001234', 8, 1234],
    ['0000080.5', 2, 8050],
    ['80', 0, 80],
    ['80.000', 0, 80],
    ['0000000000000000080.5', 2, 8050], // more than 15 digits: the slow way gives the same
    ['45035996.27', 2, 4503599627], // the largest price: 2^53 / 2 000 000 units
  ])('%s at %d digits is %d units', (text, scale, units) => {
    expect(parsePriceUnits(text, scale)).toBe(units);
  });

  it.each([
    ['a digit below the grid', '80.001', 2],
    ['a digit below a whole grid', '80.5', 0],
    ['a digit below the grid behind zeros', '80.0000000000000000001', 2],
    ['one unit more than the largest', '45035996.28', 2],
    ['far too large', '99999999999999999999', 2],
    ['longer than any price', '1'.repeat(1_000_000), 2],
    ['zero', '0.00', 2],
    ['a sign', '-80', 2],
    ['a plus', '+80', 2],
    ['an exponent', '8e1', 2],
    ['NaN', 'NaN', 2],
    ['Infinity', 'Infinity', 2],
    ['nothing', '', 2],
    ['a point alone', '.', 2],
    ['no digit before the point', '.5', 2],
    ['no digit behind the point', '80.', 2],
    ['two points', '8.0.5', 2],
    ['a comma', '80,5', 2],
    ['a blank', ' 80', 2],
    ['digits of another script', '٨٠', 2],
  ])('refuses %s', (_what, text, scale) => {
    expect(parsePriceUnits(text, scale)).toBeUndefined();
  });

  it('is read back as it was written', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: PRICE_UNITS_MAX }),
        fc.integer({ min: 0, max: 8 }),
        (units, scale) => {
          expect(parsePriceUnits(formatUnits(units, scale), scale)).toBe(units);
        },
      ),
    );
  });

  it('never becomes anything but a safe integer on the grid, whatever the text', () => {
    const nearly = fc.stringMatching(/^[-+0-9.eE ]{0,24}$/);
    fc.assert(
      fc.property(fc.oneof(nearly, fc.string()), fc.integer({ min: 0, max: 8 }), (text, scale) => {
        const units = parsePriceUnits(text, scale);
        if (units === undefined) return;
        expect(Number.isSafeInteger(units) && units > 0 && units <= PRICE_UNITS_MAX).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
