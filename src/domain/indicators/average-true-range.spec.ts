import { NO_RANGE, averageOf, withBar } from './average-true-range.js';

/**
 * High, low and close in cents, and the 14-day average to the cent where there is one: the worked example of
 * ChartSchool (StockCharts), QQQ in spring 2010.
 */
const PUBLISHED: readonly (readonly [number, number, number, number?])[] = [
  [4870, 4779, 4816],
  [4872, 4814, 4861],
  [4890, 4839, 4875],
  [4887, 4837, 4863],
  [4882, 4824, 4874],
  [4905, 4864, 4903],
  [4920, 4894, 4907],
  [4935, 4886, 4932],
  [4992, 4950, 4991],
  [5019, 4987, 5013],
  [5012, 4920, 4953],
  [4966, 4890, 4950],
  [4988, 4943, 4975],
  [5019, 4973, 5003, 56],
  [5036, 4926, 5031, 59],
  [5057, 5009, 5052, 59],
  [5065, 5030, 5041, 57],
  [5043, 4921, 4934, 62],
  [4963, 4898, 4937, 62],
  [5033, 4961, 5023, 64],
  [5029, 4920, 4924, 67],
  [5017, 4943, 4993, 69],
  [4932, 4808, 4843, 78],
  [4850, 4764, 4818, 78],
  [4832, 4155, 4657, 121],
  [4680, 4428, 4541, 130],
  [4780, 4731, 4777, 138],
  [4839, 4720, 4772, 137],
  [4866, 4790, 4862, 134],
  [4879, 4773, 4785, 132],
];

describe("Wilder's average true range", () => {
  it('gives the published values of a worked example, whose prices are published to the cent', () => {
    let range = NO_RANGE;
    const averages = PUBLISHED.map(([high, low, close]) => {
      range = withBar(range, { high, low, close }, 14);
      return averageOf(range, 14);
    });
    for (const [index, [, , , cents]] of PUBLISHED.entries()) {
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
});
