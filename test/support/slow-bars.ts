import { NO_RANGE, withBar } from '../../src/domain/indicators/average-true-range.js';
import type { UnitBar } from '../../src/domain/indicators/average-true-range.js';
import { NO_AVERAGE, withClose } from '../../src/domain/indicators/exponential-average.js';
import { AVERAGE_DIGITS, averageOf } from '../../src/domain/indicators/fine-average.js';
import {
  add,
  decimal,
  floorTo,
  formatDecimal,
  multiply,
  subtract,
} from '../../src/domain/kernel/decimal.js';
import type { Decimal } from '../../src/domain/kernel/decimal.js';
import { durationMs } from '../../src/domain/kernel/duration.js';
import type { DecimalText, PositionSide, UnixMs } from '../../src/domain/kernel/units.js';
import type { Measure } from '../../src/domain/stop/measured-trail.js';

export interface BarSetting {
  readonly side: PositionSide;
  /** Digits of the price that is measured, and of a level. */
  readonly priceDigits: number;
  readonly levelDigits: number;
  /** Bars that begin later count. */
  readonly sinceMs: UnixMs;
}

/**
 * What a trail measures over bars, worked out anew from every price that was shown: nothing is carried from one bar to
 * the next. The averages are those that are held to published values.
 */
export class SlowBars {
  private readonly shown: { readonly units: number; readonly startMs: UnixMs }[] = [];
  private readonly intervalMs: number;

  constructor(
    private readonly measure: Measure<DecimalText>,
    private readonly setting: BarSetting,
  ) {
    this.intervalMs = durationMs(measure.interval);
  }

  /** Notes a price. Returns whether it is the first of a bar behind another. */
  show(price: Decimal, atMs: UnixMs): boolean {
    const startMs = Math.floor(atMs / this.intervalMs) * this.intervalMs;
    const before = this.shown.at(-1)?.startMs;
    const units = price.units * 10n ** BigInt(this.setting.priceDigits - price.scale);
    this.shown.push({ units: Number(units), startMs });
    return before !== undefined && before !== startMs;
  }

  /** Where the stop belongs behind the best price; undefined while there were too few bars. */
  level(best: Decimal): Decimal | undefined {
    const { kind, period } = this.measure;
    const { side } = this.setting;
    const bars = this.whole();
    if (bars.length < period) return undefined;
    const newest = bars.slice(-period);
    const highest = this.price(Math.max(...newest.map(({ high }) => high)));
    const lowest = this.price(Math.min(...newest.map(({ low }) => low)));
    switch (kind) {
      case 'donchian':
        return side === 'long' ? lowest : highest;
      case 'ema':
        return this.average(bars);
      case 'chandelier':
        return this.behind(side === 'long' ? highest : lowest, bars);
      case 'atr':
        return this.behind(best, bars);
    }
  }

  /** Bars that began since the stop asked for them, without the one in progress. */
  private whole(): readonly UnitBar[] {
    const now = this.shown.at(-1)?.startMs ?? 0;
    const starts = new Set(this.shown.map(({ startMs }) => startMs));
    return [...starts]
      .filter((startMs) => startMs > this.setting.sinceMs && startMs < now)
      .map((start) => {
        const units = this.shown.filter(({ startMs }) => startMs === start).map((one) => one.units);
        return {
          high: Math.max(...units),
          low: Math.min(...units),
          close: units.at(-1) ?? NaN,
        };
      });
  }

  /** Halves go to the tighter side: up for a long, down for a short. */
  private average(bars: readonly UnitBar[]): Decimal | undefined {
    const { period } = this.measure;
    const sign = this.setting.side === 'long' ? 1 : -1;
    const sum = bars.reduce(
      (before, { close }) => withClose(before, sign * close, period),
      NO_AVERAGE,
    );
    const units = averageOf(sum, period);
    if (units === undefined) return undefined;
    return { units: BigInt(sign) * units, scale: this.setting.priceDigits + AVERAGE_DIGITS };
  }

  private behind(from: Decimal, bars: readonly UnitBar[]): Decimal | undefined {
    const { period, multiple = '0' as DecimalText } = this.measure;
    const { priceDigits, levelDigits, side } = this.setting;
    const range = bars.reduce((before, bar) => withBar(before, bar, period), NO_RANGE);
    const units = averageOf(range, period);
    if (units === undefined) return undefined;
    const exact = multiply({ units, scale: priceDigits + AVERAGE_DIGITS }, decimal(multiple));
    // Closer behind the price is the tighter side.
    const distance = floorTo(exact, { units: 1n, scale: levelDigits });
    return side === 'long' ? subtract(from, distance) : add(from, distance);
  }

  private price(units: number): Decimal {
    return decimal(formatDecimal({ units: BigInt(units), scale: this.setting.priceDigits }));
  }
}
