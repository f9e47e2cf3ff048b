import type { Tick } from './tick.js';

/**
 * A price further than this from the last good one, and from the book, is held until another bears it out.
 *
 * The recordings hold 2.9 million good prices; the widest real jump between two of them is 43.4 bps (gold, 2014-05-02
 * 12:30), the off-market prints that no condition tells are 51 and 94 bps away. docs/reference/quality-gate.md counts.
 */
export const OUTLIER_BPS = 50;

/** After so long without a price, what the last one was says nothing about what the next one should be. */
export const GAP_SILENCE_MS = 60_000;

/** A book older than this is no witness for a print. */
const BOOK_AGE_MS_MAX = 5_000;

type Held = Tick | undefined;

/** What a price is like beside the last ones of the same instrument and kind. */
export type PriceFinding = 'usual' | 'gap' | 'outlier' | 'unconfirmed' | 'bears-out';

/**
 * The last good price of one kind of one instrument, and the one that is held because it lies far off it.
 *
 *     following ──far off──► holding ──near the held──► following (the held one is borne out)
 *         ▲                     └─────near the last──► following (the held one stays quarantined)
 *         │                     └─────far off both───► holding that one instead
 *       void ◄── interrupted, or silent too long: the next price is taken, as a gap
 */
export class PriceWatch {
  private last: Tick | undefined;
  private held: Held;
  private isVoid = false;
  private needsSecond = false;

  /** What was usual before is not any more. */
  interrupted(): void {
    this.isVoid = true;
  }

  /** Another source goes on from here: its first price alone is not believed. */
  sourceChanged(): void {
    this.needsSecond = true;
  }

  get lastReceivedAtMs(): number {
    return this.last?.receivedAtMs ?? -Infinity;
  }

  /** The price that waits for another to bear it out. */
  get heldTick(): Held {
    return this.held;
  }

  /** Taken out once: the price that `bears-out` found to be true. */
  takeHeld(): Held {
    const { held } = this;
    this.held = undefined;
    return held;
  }

  /** Judges a price that is sound in itself, and remembers it. */
  judge(tick: Tick, book: Tick | undefined): PriceFinding {
    const { last, held } = this;
    if (this.needsSecond) return this.judgeFirstOfSource(tick);
    if (this.isGap(tick)) {
      this.isVoid = false;
      this.held = undefined;
      this.last = tick;
      return 'gap';
    }
    if (!last || isNear(tick, last) || isWitness(book, tick)) {
      this.held = undefined;
      this.last = tick;
      return 'usual';
    }
    if (held && isNear(tick, held)) {
      this.last = tick;
      return 'bears-out';
    }
    this.held = tick;
    return 'outlier';
  }

  private judgeFirstOfSource(tick: Tick): PriceFinding {
    this.needsSecond = false;
    this.isVoid = false;
    this.last = tick;
    if (this.held && isNear(tick, this.held)) return 'bears-out';
    this.held = undefined;
    return 'unconfirmed';
  }

  private isGap(tick: Tick): boolean {
    const silentMs = tick.receivedAtMs - this.lastReceivedAtMs;
    return this.isVoid || (this.last !== undefined && silentMs > GAP_SILENCE_MS);
  }
}

/** A print beside a fresh book is as far off as it is outside of it. */
function isWitness(book: Tick | undefined, tick: Tick): boolean {
  if (book?.kind !== 'quote' || tick.kind !== 'trade') return false;
  if (tick.receivedAtMs - book.receivedAtMs > BOOK_AGE_MS_MAX) return false;
  const { priceUnits } = tick;
  const nearest = Math.min(Math.max(priceUnits, book.bidUnits), book.askUnits);
  return isWithin(priceUnits, nearest);
}

function isNear(tick: Tick, other: Tick): boolean {
  if (tick.kind === 'trade') {
    return other.kind === 'trade' && isWithin(tick.priceUnits, other.priceUnits);
  }
  if (other.kind !== 'quote') return false;
  return isWithin(tick.bidUnits, other.bidUnits) && isWithin(tick.askUnits, other.askUnits);
}

/** Exact: both sides are integers, and below 2^53 by the limit of a price. */
function isWithin(units: number, reference: number): boolean {
  return Math.abs(units - reference) * 10_000 <= OUTLIER_BPS * reference;
}
