import type { FeedInstrument } from '../../application/ports/market-feed.port.js';
import { PRICE_UNITS_MAX, parsePriceUnits } from '../../domain/instrument/price-grid.js';
import type { Tick } from '../../engine/tick.js';

// A step is at most so many hundredths of a percent of the price, or one unit.
const STEP_BPS_MAX = 2;
const BPS = 10_000;

/** A seeded walk of one instrument: each step a trade and the best bid and ask around it. Integers throughout. */
export class SimulatedMarket {
  private id = 0;

  private constructor(
    private readonly instrument: FeedInstrument,
    private readonly feed: string,
    private state: number,
    private units: number,
  ) {}

  /** Undefined when the start is no price on the scale of the instrument. */
  static of(
    instrument: FeedInstrument,
    start: { readonly feed: string; readonly seed: number; readonly startPrice: string },
  ): SimulatedMarket | undefined {
    const units = parsePriceUnits(start.startPrice, instrument.priceScale);
    if (units === undefined || units < 2) return undefined;
    // Instruments of one seed walk ways of their own.
    let state = start.seed;
    for (const letter of instrument.instrumentId) {
      state = Math.imul(state ^ (letter.codePointAt(0) ?? 0), 16_777_619) | 0;
    }
    return new SimulatedMarket(instrument, start.feed, state, units);
  }

  next(nowMs: number): readonly Tick[] {
    const stepMax = Math.max(1, Math.floor((this.units * STEP_BPS_MAX) / BPS));
    const step = (this.random() % (2 * stepMax + 1)) - stepMax;
    this.units = Math.min(PRICE_UNITS_MAX - 1, Math.max(2, this.units + step));
    this.id += 1;
    const head = {
      instrumentId: this.instrument.instrumentId,
      feed: this.feed,
      venueTimeMs: nowMs,
      receivedAtMs: nowMs,
      verdict: 'good',
    } as const;
    const id = String(this.id);
    const [bidSize, askSize] = [String(1 + (this.random() % 50)), String(1 + (this.random() % 50))];
    const sides = { bidUnits: this.units - 1, askUnits: this.units + 1, bidSize, askSize };
    const size = String(1 + (this.random() % 20));
    return [
      { ...head, kind: 'quote', ...sides, sequence: id },
      { ...head, kind: 'trade', priceUnits: this.units, size, tradeId: id },
    ];
  }

  /** mulberry32: 32 bits, the same on every machine. */
  private random(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }
}
