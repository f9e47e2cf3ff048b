import type { UnixMs } from '../domain/kernel/units.js';
import type { ArmedStop } from './armed-stop.js';
import type { OpenBar } from './bar-meter.js';

/**
 * Builds the bars of one price and interval for all stops that measure by them. Bars begin at whole intervals of input
 * time; one in which no price came is left out.
 *
 * Cost: O(1) a price; O(stops) when a bar has ended.
 */
export class BarGauge {
  private bar: OpenBar | undefined;
  private readonly stops = new Set<ArmedStop>();

  constructor(readonly intervalMs: number) {}

  get isWanted(): boolean {
    return this.stops.size > 0;
  }

  /** The bar in progress; a copy. */
  get open(): OpenBar | undefined {
    return this.bar && { ...this.bar };
  }

  /** Goes on with a bar in progress. */
  resume(bar: OpenBar): void {
    this.bar = { ...bar };
  }

  /** Takes in a stop; what it knows of the bar in progress from before a restart is joined with what was seen since. */
  add(stop: ArmedStop): void {
    const { meter } = stop.live;
    if (!meter) return;
    this.stops.add(stop);
    this.join(meter.bar);
    meter.follow(this.bar);
  }

  remove(stop: ArmedStop): void {
    this.stops.delete(stop);
  }

  /** Notes a price. Calls back for every stop whose level has moved because a bar has ended. */
  onPrice(units: number, atMs: UnixMs, moved: (stop: ArmedStop) => void): void {
    const startMs = Math.floor(atMs / this.intervalMs) * this.intervalMs;
    const { bar } = this;
    if (bar?.startMs === startMs) {
      if (units > bar.high) bar.high = units;
      if (units < bar.low) bar.low = units;
      bar.close = units;
      return;
    }
    this.bar = { startMs, high: units, low: units, close: units };
    for (const stop of this.stops) {
      const { meter } = stop.live;
      if (!meter) continue;
      if (bar) meter.onBar(bar);
      meter.follow(this.bar);
      if (stop.live.remeasure()) moved(stop);
    }
  }

  private join(known: OpenBar | undefined): void {
    if (!known || (this.bar && this.bar.startMs > known.startMs)) return;
    if (this.bar?.startMs !== known.startMs) {
      this.bar = { ...known };
      return;
    }
    this.bar.high = Math.max(this.bar.high, known.high);
    this.bar.low = Math.min(this.bar.low, known.low);
  }
}
