import { NO_RANGE, withBar } from '../domain/indicators/average-true-range.js';
import type { AverageRange } from '../domain/indicators/average-true-range.js';
import { NO_AVERAGE, withClose } from '../domain/indicators/exponential-average.js';
import { AVERAGE_DIGITS, FINE, averageOf } from '../domain/indicators/fine-average.js';
import type { FineAverage } from '../domain/indicators/fine-average.js';
import { NO_HIGH, highestOf, withValue } from '../domain/indicators/rolling-high.js';
import type { RollingHigh } from '../domain/indicators/rolling-high.js';
import { decimal, formatDecimal } from '../domain/kernel/decimal.js';
import type { DecimalText, UnixMs } from '../domain/kernel/units.js';
import type { RangeBar, RangeTrack } from '../domain/stop/stop.events.js';
import { exactUnits } from './level-units.js';
import type { BarTerms } from './stop-terms.js';

/** A bar in progress. Its times are those of the inputs. */
export interface OpenBar {
  startMs: UnixMs;
  high: number;
  low: number;
  close: number;
}

/** What one stop measures over bars: it counts those that began since the stop asked for it. */
export class BarMeter {
  /** Of `atr` and `chandelier`. */
  private range: AverageRange = NO_RANGE;
  /** Of `ema`: directed closes. */
  private average: FineAverage = NO_AVERAGE;
  /** Of `chandelier`, and of `donchian` the worst prices negated: see `turn`. */
  private high: RollingHigh = NO_HIGH;
  /** The bar in progress, shared by all stops of the same price and interval. */
  bar: OpenBar | undefined;

  constructor(
    readonly terms: BarTerms,
    readonly sinceMs: UnixMs,
  ) {}

  /** A meter that goes on where an event left one. */
  static from(track: RangeTrack, terms: BarTerms, scale: number): BarMeter {
    const meter = new BarMeter(terms, track.sinceMs);
    const { units, scale: digits } = decimal(track.value);
    const value = units * 10n ** BigInt(scale + AVERAGE_DIGITS - digits);
    const { bars, window = [] } = track;
    if (terms.kind === 'ema') {
      meter.average = { value: BigInt(terms.sign) * value, bars };
    } else {
      const close = track.close === null ? null : exactUnits(track.close, scale);
      meter.range = { value, bars, close };
    }
    const candidates = window.map(({ price, age }) => ({
      value: meter.turn * exactUnits(price, scale),
      age,
    }));
    meter.high = { candidates, count: bars };
    meter.bar = track.bar ? openBar(track.bar, scale) : undefined;
    return meter;
  }

  /** What was measured so far for other terms of the same bars, or from another time on. */
  moved(terms: BarTerms, sinceMs: UnixMs): BarMeter {
    const meter = new BarMeter(terms, sinceMs);
    meter.range = this.range;
    meter.average = this.average;
    meter.high = this.high;
    return meter;
  }

  /** Whether what was measured by these terms means the same by the others. */
  isOf({ kind, sign, period, intervalMs }: BarTerms): boolean {
    const own = this.terms;
    const isSameKind = own.kind === kind && own.sign === sign;
    return isSameKind && own.period === period && own.intervalMs === intervalMs;
  }

  /** Lets a bar begin, or go on, that is shared with others. One that does not count is none of this stop's. */
  follow(bar: OpenBar | undefined): void {
    this.bar = bar && this.counts(bar) ? bar : undefined;
  }

  onBar(bar: OpenBar): void {
    if (!this.counts(bar)) return;
    const { kind, sign, period } = this.terms;
    if (kind === 'ema') this.average = withClose(this.average, sign * bar.close, period);
    else this.range = withBar(this.range, bar, period);
    if (kind !== 'chandelier' && kind !== 'donchian') return;
    this.high = withValue(this.high, this.turn === 1 ? bar.high : -bar.low, period);
  }

  /** Where the stop belongs, in directed level units of so many to a price unit; NaN before it is known. */
  levelFine(extreme: number, fine: number): number {
    const { kind, period } = this.terms;
    switch (kind) {
      case 'atr':
        return extreme * fine - this.rangeFine(fine);
      case 'chandelier':
        return (highestOf(this.high, period) ?? NaN) * fine - this.rangeFine(fine);
      case 'donchian':
        return (highestOf(this.high, period) ?? NaN) * -fine;
      case 'ema': {
        const average = averageOf(this.average, period);
        return average === undefined ? NaN : Number((average * BigInt(fine)) / FINE);
      }
    }
  }

  track(scale: number): RangeTrack {
    const { range, average, high, turn } = this;
    const { kind, sign } = this.terms;
    const text = (units: number): DecimalText => formatDecimal({ units: BigInt(units), scale });
    const { value, bars } = kind === 'ema' ? average : range;
    const units = kind === 'ema' ? BigInt(sign) * value : value;
    return {
      sinceMs: this.sinceMs,
      value: formatDecimal({ units, scale: scale + AVERAGE_DIGITS }),
      bars,
      close: range.close === null ? null : text(range.close),
      bar: this.bar
        ? {
            startMs: this.bar.startMs,
            high: text(this.bar.high),
            low: text(this.bar.low),
            close: text(this.bar.close),
          }
        : null,
      ...((kind === 'chandelier' || kind === 'donchian') && {
        window: high.candidates.map(({ value: one, age }) => ({ price: text(turn * one), age })),
      }),
    };
  }

  /** Not one that began in the very ms: what others had seen of it by then must not matter. */
  private counts({ startMs }: OpenBar): boolean {
    return startMs > this.sinceMs;
  }

  /** What makes the price that is looked for the highest: 1 for highs, -1 for lows. */
  private get turn(): 1 | -1 {
    const { kind, sign } = this.terms;
    const isBest = kind !== 'donchian';
    return (sign === 1) === isBest ? 1 : -1;
  }

  /** The average range times the multiple, in level units, rounded down: closer is the tighter side. NaN before it is known. */
  private rangeFine(fine: number): number {
    const { period, multiple } = this.terms;
    const average = averageOf(this.range, period);
    if (average === undefined) return NaN;
    const divisor = 10n ** BigInt(AVERAGE_DIGITS + multiple.scale);
    return Number((average * multiple.units * BigInt(fine)) / divisor);
  }
}

function openBar({ startMs, high, low, close }: RangeBar, scale: number): OpenBar {
  return {
    startMs,
    high: exactUnits(high, scale),
    low: exactUnits(low, scale),
    close: exactUnits(close, scale),
  };
}
