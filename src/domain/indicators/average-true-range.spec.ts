import { PUBLISHED_BARS } from '../../../test/support/published-bars.js';
import fc from 'fast-check';
import { NO_RANGE, withBar } from './average-true-range.js';
import { FINE, averageOf } from './fine-average.js';

describe("Wilder's average true range", () => {
  it('gives the published values of a worked example, whose prices are published to the cent', () => {
    let range = NO_RANGE;
    const averages = PUBLISHED_BARS.map(([high, low, close]) => {
      range = withBar(range, { high, low, close }, 14);
      return averageOf(range, 14);
    });
    for (const [index, [, , , cents]] of PUBLISHED_BARS.entries()) {
      const average = averages[index];
      if (cents === undefined) expect(average).toBeUndefined();
      else expect(Math.abs(Number(average) - cents * 10_000)).toBeLessThanOrEqual(10_000);
    }
  });

  it('counts a gap from the close before, up and down', () => {
    const first = withBar(NO_RANGE, { high: 110, low: 100, close: 105 }, 1);
    expect(averageOf(first, 1)).toBe(100_000n);
    const up = withBar(first, { high: 125, low: 120, close: 121 }, 1);
    expect(averageOf(up, 1)).toBe(200_000n); // 125 - 105
    const down = withBar(up, { high: 90, low: 80, close: 85 }, 1);
    expect(averageOf(down, 1)).toBe(410_000n); // 121 - 80
  });

  it('rounds half up, at its fourth digit', () => {
    const bars = [1, 1, 0].map((range) => ({ high: range, low: 0, close: 0 }));
    const after = bars.reduce((range, bar) => withBar(range, bar, 3), NO_RANGE);
    expect(averageOf(after, 3)).toBe(6667n);
  });

  it('stays as near to the exact fraction as rounding each bar allows, whatever the bars', () => {
    const bar = fc
      .tuple(fc.nat(500), fc.nat(500), fc.nat(500))
      .map((prices) => prices.sort((a, b) => a - b))
      .map(([low, close, high]) => ({ low, close, high }));
    fc.assert(
      fc.property(fc.array(bar, { minLength: 1, maxLength: 40 }), fc.nat(6), (bars, more) => {
        const period = 1 + more;
        const ranges = bars.map(({ high, low }, place) => {
          const before = bars[place - 1]?.close ?? low;
          return Math.max(high - low, Math.abs(high - before), Math.abs(low - before));
        });
        // Wilder's average as one fraction over period^power.
        let [exact, power] = [0n, 1n];
        ranges.forEach((range, place) => {
          const count = BigInt(period);
          if (place >= period) power += 1n;
          const share = BigInt(range) * count ** (power - 1n);
          exact = place < period ? exact + share : exact * (count - 1n) + share;
        });
        const found = averageOf(
          bars.reduce((range, one) => withBar(range, one, period), NO_RANGE),
          period,
        );
        if (bars.length < period) {
          expect(found).toBeUndefined();
          return;
        }
        const divisor = BigInt(period) ** power;
        const off = (found ?? 0n) * divisor - exact * FINE;
        // Half a digit a bar, of which (period - 1) / period stay at the next: half a digit x period in all.
        expect(2n * (off < 0n ? -off : off) <= divisor * BigInt(period)).toBe(true);
      }),
    );
  });
});
