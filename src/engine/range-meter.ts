import {
  NO_RANGE,
  AVERAGE_DIGITS,
  averageOf,
  withBar,
} from '../domain/indicators/average-true-range.js';
import type { AverageRange } from '../domain/indicators/average-true-range.js';
import { decimal, formatDecimal } from '../domain/kernel/decimal.js';
import type { DecimalText, UnixMs } from '../domain/kernel/units.js';
import type { RangeBar, RangeTrack } from '../domain/stop/stop.events.js';
import { exactUnits } from './level-units.js';
import type { AtrTerms, StopTerms } from './stop-terms.js';

/** A bar in progress. Its times are those of the inputs. */
export interface OpenBar {
  startMs: UnixMs;
  high: number;
  low: number;
  close: number;
}

/** The average range of one stop: it counts the bars that began since the stop asked for it. */
export class RangeMeter {
  private range: AverageRange = NO_RANGE;
  /** The bar in progress, shared by all stops of the same price and interval. */
  bar: OpenBar | undefined;

  constructor(
    readonly atr: AtrTerms,
    readonly sinceMs: UnixMs,
  ) {}

  /** A meter that goes on where an event left one. */
  static from(track: RangeTrack, atr: AtrTerms, scale: number): RangeMeter {
    const meter = new RangeMeter(atr, track.sinceMs);
    const { units, scale: digits } = decimal(track.value);
    meter.range = {
      value: units * 10n ** BigInt(scale + AVERAGE_DIGITS - digits),
      bars: track.bars,
      close: track.close === null ? null : exactUnits(track.close, scale),
    };
    meter.bar = track.bar ? openBar(track.bar, scale) : undefined;
    return meter;
  }

  /** The same average for other terms of the same bars, or from another time on. */
  moved(atr: AtrTerms, sinceMs: UnixMs): RangeMeter {
    const meter = new RangeMeter(atr, sinceMs);
    meter.range = this.range;
    return meter;
  }

  /** Lets a bar begin, or go on, that is shared with others. One that does not count is none of this stop's. */
  follow(bar: OpenBar | undefined): void {
    this.bar = bar && this.counts(bar) ? bar : undefined;
  }

  onBar(bar: OpenBar): void {
    if (this.counts(bar)) this.range = withBar(this.range, bar, this.atr.period);
  }

  /** Not one that began in the very ms: what others had seen of it by then must not matter. */
  private counts({ startMs }: OpenBar): boolean {
    return startMs > this.sinceMs;
  }

  /** The average times the multiple, in level units, rounded down: closer is the tighter side. NaN before it is known. */
  distanceFine({ fine }: StopTerms): number {
    const average = averageOf(this.range, this.atr.period);
    if (average === undefined) return NaN;
    const { multiple } = this.atr;
    const divisor = 10n ** BigInt(AVERAGE_DIGITS + multiple.scale);
    return Number((average * multiple.units * BigInt(fine)) / divisor);
  }

  track(scale: number): RangeTrack {
    const { value, bars, close } = this.range;
    const text = (units: number): DecimalText => formatDecimal({ units: BigInt(units), scale });
    return {
      sinceMs: this.sinceMs,
      value: formatDecimal({ units: value, scale: scale + AVERAGE_DIGITS }),
      bars,
      close: close === null ? null : text(close),
      bar: this.bar
        ? {
            startMs: this.bar.startMs,
            high: text(this.bar.high),
            low: text(this.bar.low),
            close: text(this.bar.close),
          }
        : null,
    };
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
