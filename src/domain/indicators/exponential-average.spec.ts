import fc from 'fast-check';
import { NO_AVERAGE, withClose } from './exponential-average.js';
import { FINE, averageOf } from './fine-average.js';

/** Closes in cents: the worked example of ChartSchool (StockCharts), Intel in spring 2010. */
const CLOSES = [
  ...[2227, 2219, 2208, 2217, 2218, 2213, 2223, 2243, 2224, 2229, 2215, 2239, 2238, 2261, 2336],
  ...[2405, 2375, 2383, 2395, 2363, 2382, 2387, 2365, 2319, 2310, 2333, 2268, 2310, 2240, 2217],
];
/** The 10-day exponential average from the tenth day on, as published: to the cent. */
const PUBLISHED = [
  ...[2222, 2221, 2224, 2227, 2233, 2252, 2280, 2297, 2313, 2328, 2334, 2343, 2351, 2353, 2347],
  ...[2340, 2339, 2326, 2323, 2308, 2292],
];

function averages(closes: readonly number[], period: number): readonly (bigint | undefined)[] {
  let average = NO_AVERAGE;
  return closes.map((close) => {
    average = withClose(average, close, period);
    return averageOf(average, period);
  });
}

describe('the exponential average', () => {
  it('gives the published values of a worked example, whose prices are published to the cent', () => {
    const found = averages(CLOSES, 10);
    expect(found.slice(0, 9)).toStrictEqual(Array.from({ length: 9 }, () => undefined));
    const cents = found.slice(9).map((value) => Math.round(Number(value) / Number(FINE)));
    expect(cents).toStrictEqual(PUBLISHED);
  });

  it('of one bar is its close', () => {
    expect(averages([7, 9, -3], 1)).toStrictEqual([70_000n, 90_000n, -30_000n]);
  });

  it('rounds half up at its fourth digit, below zero too', () => {
    // Then (x (period - 1) + 2 close) / (period + 1): 3 and 2, then (2.5 + 0) / 3 and its negative.
    expect(averages([3, 2, 0], 2)).toStrictEqual([undefined, 25_000n, 8333n]);
    expect(averages([-3, -2, 0], 2)).toStrictEqual([undefined, -25_000n, -8333n]);
    const halves = averages([1, 0, 0, 0, 0], 3).slice(2);
    // A third, then the halves of what was there: 1666.5, 833.5, both up.
    expect(halves).toStrictEqual([3333n, 1667n, 834n]);
    expect(averages([-1, 0, 0, 0, 0], 3).slice(2)).toStrictEqual([-3333n, -1666n, -833n]);
  });

  it('stays as near to the exact fraction as rounding each bar allows, whatever the closes', () => {
    const closes = fc.array(fc.integer({ min: -900, max: 900 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(closes, fc.integer({ min: 1, max: 9 }), (shown, period) => {
        const found = averages(shown, period).at(-1);
        if (shown.length < period) {
          expect(found).toBeUndefined();
          return;
        }
        // The mean as a fraction over period, then one factor of (period + 1) for every further close.
        const rest = shown.slice(period);
        const [count, next] = [BigInt(period), BigInt(period) + 1n];
        let exact = shown.slice(0, period).reduce((sum, close) => sum + BigInt(close), 0n);
        let divisor = count;
        for (const close of rest) {
          exact = exact * (count - 1n) + 2n * BigInt(close) * divisor;
          divisor *= next;
        }
        const off = (found ?? 0n) * divisor - exact * FINE;
        // Half a digit a bar, of which (period - 1) / (period + 1) stay at the next: (period + 1) / 4 digits in all.
        expect(4n * (off < 0n ? -off : off) <= divisor * next).toBe(true);
      }),
    );
  });
});
