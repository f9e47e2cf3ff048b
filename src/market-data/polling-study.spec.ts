import { join } from 'node:path';
import { formatUnits } from '../domain/instrument/price-grid.js';
import { pollingReport } from './polling-report.js';
import { studyOutcome, studyPrices, studyStops } from './polling-study.js';
import type { StudyPrices, StudyStop } from './polling-study.js';
import { Recording } from './recorded-trades.js';
import { StopTrial } from './stop-trial.js';

const T0 = 1_750_541_280_000;
const LTC = join(
  __dirname,
  '../../test/fixtures/ticks/binance-spot-ltcusdt-20250621-first.trades.csv.gz',
);

function prices(...rows: readonly (readonly [atS: number, units: number])[]): StudyPrices {
  const units = Float64Array.from(rows, ([, price]) => price);
  return { atMs: Float64Array.from(rows, ([atS]) => T0 + atS * 1_000), long: units, short: units };
}
const LONG: StudyStop = { side: 'long', armedAt: 0, levelUnits: 9_900 };

describe('a stop that candles are polled for', () => {
  it('is sold at the first price after the minute whose close is beyond it', () => {
    const market = prices([0, 10_000], [10, 9_900], [50, 9_850], [61, 9_800], [62, 9_000]);
    expect(studyOutcome(market, LONG)).toStrictEqual({
      ...{ stop: LONG, firedAt: 1, polledAt: 3, isMissedInItsMinute: false },
      ...{ lateMs: 51_000, lossCentiBps: 10_101 },
    });
  });

  it('is missed in a minute whose close is back, and sold later', () => {
    const market = prices([0, 10_000], [10, 9_900], [50, 9_950], [70, 9_890], [130, 9_910]);
    expect(studyOutcome(market, LONG)).toMatchObject({
      ...{ firedAt: 1, polledAt: 4, isMissedInItsMinute: true, lateMs: 120_000 },
      lossCentiBps: -1_010,
    });
  });

  it('is never sold when no close is beyond it, and valued at the last price', () => {
    const market = prices([0, 10_000], [10, 9_900], [50, 9_950], [70, 9_999]);
    expect(studyOutcome(market, LONG)).toMatchObject({
      ...{ polledAt: undefined, isMissedInItsMinute: true, lateMs: undefined },
      lossCentiBps: -10_000,
    });
  });

  it('says nothing when no price has reached it', () => {
    expect(studyOutcome(prices([0, 10_000], [90, 9_901]), LONG)).toBeUndefined();
  });

  it('loses on the other side what the price rises', () => {
    const short: StudyStop = { side: 'short', armedAt: 0, levelUnits: 10_100 };
    const market = prices([0, 10_000], [10, 10_100], [61, 10_201]);
    expect(studyOutcome(market, short)).toMatchObject({ polledAt: 2, lossCentiBps: 10_000 });
  });
});

describe('the study on recorded prints', () => {
  const recorded = studyPrices(Recording.read(LTC));
  const stops = studyStops(recorded, 200, 1);
  const outcomes = stops.flatMap((stop) => studyOutcome(recorded, stop) ?? []);

  it('fires by ticks where the engine does', () => {
    const sample = outcomes.filter((_, place) => place % 40 === 0);
    for (const { stop, firedAt } of sample) {
      const units = (place: number) => recorded[stop.side][place] ?? 0;
      const entryPrice = formatUnits(units(stop.armedAt), 2);
      const trial = new StopTrial({ priceTick: '0.01', side: stop.side, entryPrice });
      trial.trade(units(stop.armedAt), 'armed');
      const plan = { stop: formatUnits(stop.levelUnits, 2), triggerBy: 'last' } as const;
      expect(trial.arm(plan)).toBeUndefined();
      let place = stop.armedAt;
      while (!trial.triggered && place < recorded.atMs.length) {
        place += 1;
        trial.trade(units(place), String(place));
      }
      expect(place).toBe(firedAt);
    }
    expect(sample.length).toBeGreaterThan(5);
  });

  it('is the same every time, and is told on a page with a drawing', () => {
    expect(studyStops(recorded, 200, 1)).toStrictEqual(stops);
    const found = { group: 'crypto', name: 'ltc', stops: stops.length, outcomes };
    const { page, plot } = pollingReport([found], 1);
    expect(page).toContain(`| \`ltc\` | 400 | ${outcomes.length} |`);
    expect(plot).toMatch(/^<svg xmlns[^]*<\/svg>\n$/);
    expect(plot).not.toMatch(/NaN|undefined|Infinity/);
  });
});
