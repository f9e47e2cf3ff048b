import { RecentSteps } from './recent-steps.js';
import type { Tick } from './tick.js';

/**
 * A price further than this from the last good one, and from the book, is held until another bears it out.
 *
 * The recordings hold 2.9 million good prices; the widest real jump between two of them is 43.4 bps (gold, 2014-05-02
 * 12:30), the off-market prints that no condition tells are 51 and 94 bps away. docs/reference/quality-gate.md counts.
 */
export const OUTLIER_BPS = 50;

/**
 * Nor is a price far off that is no further than so many usual steps: an option whose premium goes by 80 bps from print to
 * print, or whose tick is a tenth of its price, has no outliers of 50 bps.
 */
export const USUAL_STEPS = 8;

/** After so long without a price, what the last one was says nothing about what the next one should be. */
export const GAP_SILENCE_MS = 60_000;

/** A book older than this is no witness for a print. */
const BOOK_AGE_MS_MAX = 5_000;

type Held = Tick | undefined;

/** What a price is like beside the last ones of the same instrument and kind. */
export type PriceFinding =
  'usual' | 'gap' | 'outlier' | 'unconfirmed' | 'bears-out' | 'goes-further';

/**
 * The last good price of one kind of one instrument, and the one that is held because it lies far off it.
 *
 *     following ──far off──► holding ──near the held──► following (the held one is borne out)
 *         ▲                     ├─────near the last──► following (the held one stays quarantined)
 *         │                     ├─────further the same way──► holding that one (the held one is borne out)
 *         │                     └─────far off both───► holding that one instead
 *       void ◄── interrupted, or silent too long: the next price is taken, as a gap
 *
 * A market that falls by more than a usual step with every print shows no two that are near each other: what goes further
 * the same way bears out what has gone before it, so that such a market is followed one price behind.
 */
export class PriceWatch {
  private last: Tick | undefined;
  private held: Held;
  private borneOut: Held;
  private newest: Tick | undefined;
  private readonly steps = new RecentSteps();
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

  /** Taken out once: the price that `bears-out` or `goes-further` found to be true. */
  takeBorneOut(): Held {
    const { borneOut } = this;
    this.borneOut = undefined;
    return borneOut;
  }

  /** Judges a price that is sound in itself, and remembers it. */
  judge(tick: Tick, book: Tick | undefined): PriceFinding {
    const { last, held, newest } = this;
    this.newest = tick;
    if (this.needsSecond) return this.judgeFirstOfSource(tick);
    if (this.isGap(tick)) {
      this.isVoid = false;
      this.held = undefined;
      this.last = tick;
      return 'gap';
    }
    if (newest) this.steps.note(stepBetween(newest, tick));
    if (!last || this.isNear(tick, last) || this.isWitness(book, tick)) {
      this.held = undefined;
      this.last = tick;
      return 'usual';
    }
    if (held && this.isNear(tick, held)) {
      this.bearOut(held, undefined);
      this.last = tick;
      return 'bears-out';
    }
    if (held && isFurther(tick, { held, last })) {
      this.bearOut(held, tick);
      this.last = held;
      return 'goes-further';
    }
    this.held = tick;
    return 'outlier';
  }

  private bearOut(held: Tick, next: Held): void {
    this.borneOut = held;
    this.held = next;
  }

  private judgeFirstOfSource(tick: Tick): PriceFinding {
    this.needsSecond = false;
    this.isVoid = false;
    this.last = tick;
    const { held } = this;
    this.held = undefined;
    if (!held || !this.isNear(tick, held)) return 'unconfirmed';
    this.borneOut = held;
    return 'bears-out';
  }

  private isGap(tick: Tick): boolean {
    const silentMs = tick.receivedAtMs - this.lastReceivedAtMs;
    return this.isVoid || (this.last !== undefined && silentMs > GAP_SILENCE_MS);
  }

  /** A print beside a fresh book is as far off as it is outside of it. */
  private isWitness(book: Tick | undefined, tick: Tick): boolean {
    if (book?.kind !== 'quote' || tick.kind !== 'trade') return false;
    if (tick.receivedAtMs - book.receivedAtMs > BOOK_AGE_MS_MAX) return false;
    const { priceUnits } = tick;
    const nearest = Math.min(Math.max(priceUnits, book.bidUnits), book.askUnits);
    return this.isWithin(priceUnits, nearest);
  }

  private isNear(tick: Tick, other: Tick): boolean {
    if (tick.kind === 'trade') {
      return other.kind === 'trade' && this.isWithin(tick.priceUnits, other.priceUnits);
    }
    if (other.kind !== 'quote') return false;
    const { bidUnits, askUnits } = other;
    return this.isWithin(tick.bidUnits, bidUnits) && this.isWithin(tick.askUnits, askUnits);
  }

  /** Exact: both sides are integers, and below 2^53 by the limit of a price. */
  private isWithin(units: number, reference: number): boolean {
    const distance = Math.abs(units - reference);
    if (distance * 10_000 <= OUTLIER_BPS * reference) return true;
    // Only for what is far off: what is usual is not worked out for every price.
    return distance <= USUAL_STEPS * this.steps.median;
  }
}

/** How far a price went: of a quote, its side that went further. */
function stepBetween(from: Tick, to: Tick): number {
  if (to.kind === 'trade')
    return from.kind === 'trade' ? Math.abs(to.priceUnits - from.priceUnits) : 0;
  if (from.kind !== 'quote') return 0;
  const step = Math.max(
    Math.abs(to.bidUnits - from.bidUnits),
    Math.abs(to.askUnits - from.askUnits),
  );
  // An empty side of a book has no number.
  return Number.isNaN(step) ? 0 : step;
}

interface Wandering {
  readonly held: Tick;
  readonly last: Tick;
}

/** Whether a price has gone on the way that led from the last one to the held one: each side of a quote that had moved. */
function isFurther(tick: Tick, { held, last }: Wandering): boolean {
  if (tick.kind === 'trade') {
    if (held.kind !== 'trade' || last.kind !== 'trade') return false;
    return goesOn(tick.priceUnits, held.priceUnits, last.priceUnits);
  }
  if (held.kind !== 'quote' || last.kind !== 'quote') return false;
  return (
    goesOn(tick.bidUnits, held.bidUnits, last.bidUnits) &&
    goesOn(tick.askUnits, held.askUnits, last.askUnits)
  );
}

function goesOn(units: number, held: number, last: number): boolean {
  return held <= last ? units <= held : units >= held;
}
