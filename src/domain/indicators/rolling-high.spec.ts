import fc from 'fast-check';
import { NO_HIGH, highestOf, withValue } from './rolling-high.js';

function highs(values: readonly number[], period: number): readonly (number | undefined)[] {
  let high = NO_HIGH;
  return values.map((value) => {
    high = withValue(high, value, period);
    return highestOf(high, period);
  });
}

const lows = (values: readonly number[], period: number) =>
  highs(
    values.map((value) => -value),
    period,
  ).map((value) => value && -value);

describe('the highest of the newest values', () => {
  // Published by Tulip Indicators among its tests: worked out by hand there.
  it.each([
    [3, [1, 5, 7, 9, 2, 3, 4], [7, 9, 9, 9, 4]],
    [3, [1, 6, 4, 9, 2, 3, 4], [6, 9, 9, 9, 4]],
    [2, [5, 3, 4, 5, 2, 1], [5, 4, 5, 5, 2]],
  ])('gives the published values over %i', (period, values, published) => {
    expect(highs(values, period).slice(period - 1)).toStrictEqual(published);
  });

  it('gives the published lowest as well', () => {
    expect(lows([1, 5, 7, 9, 2, 3, 4], 3).slice(2)).toStrictEqual([1, 5, 2, 2, 2]);
  });

  it('is what looking at all of them gives, whatever the values', () => {
    const values = fc.array(fc.integer({ min: -6, max: 6 }), { maxLength: 40 });
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 8 }), (shown, period) => {
        const wanted = shown.map((_value, place) =>
          place + 1 < period ? undefined : Math.max(...shown.slice(place + 1 - period, place + 1)),
        );
        expect(highs(shown, period)).toStrictEqual(wanted);
      }),
    );
  });

  it('keeps no value that cannot be the highest any more', () => {
    const high = [9, 4, 6, 6, 5].reduce((before, value) => withValue(before, value, 4), NO_HIGH);
    expect(high).toStrictEqual({
      candidates: [
        { value: 6, age: 1 },
        { value: 5, age: 0 },
      ],
      count: 4,
    });
  });
});
