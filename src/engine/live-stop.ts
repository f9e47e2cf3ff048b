import {
  ceilDiv,
  floorDiv,
  gridAt,
  roundBehindBest,
  roundInBand,
  roundLevel,
} from './level-units.js';
import type { BarMeter } from './bar-meter.js';
import type { Slope, StopTerms } from './stop-terms.js';

/** What one price did to a stop. `moved` may go together with a target; `fired` ends it. */
export interface Reaction {
  activated: boolean;
  moved: boolean;
  /** The level that holds now is the one of break-even. */
  brokeEven: boolean;
  fired: boolean;
  /** How many further targets were reached. */
  targetsHit: number;
}

export function noReaction(): Reaction {
  return { activated: false, moved: false, brokeEven: false, fired: false, targetsHit: 0 };
}

/**
 * An armed stop in memory. All prices are directed (see StopTerms): favourable is up, the level is below the price.
 *
 *     waiting ──first price──► trailing ◄──activation reached── dormant (a fixed level may guard meanwhile)
 *     fixed (no trail)                          any ──price at or through the level──► fired
 *
 * With double confirmation the first price at the level only marks the stop; the next one fires it or clears the mark.
 */
export class LiveStop {
  /** Directed level units; NaN while there is none. Never falls but by an amendment. */
  level: number;
  /** Best directed price since trailing began; NaN before. */
  extreme = NaN;
  activated = false;
  /** Changes of the level after it was first set. */
  moves = 0;
  nextTarget = 0;
  /** The newest price was at the level, and a second one is wanted. */
  isMarked = false;
  /** The level was moved to the newest price that may fire: if a price that only moves comes next, it fires the stop. */
  isDue = false;
  /** Measures over bars; only of a plan that trails by them. */
  meter: BarMeter | undefined;

  constructor(readonly terms: StopTerms) {
    this.level = terms.fixedLevel;
  }

  /** One that stands where this one stands, and goes its own way from here. */
  copy(): LiveStop {
    return Object.assign(new LiveStop(this.terms), this);
  }

  /** Begins at a known price: it seeds the extreme, or reaches the activation, but fires nothing. */
  seed(price: number): void {
    if (!this.terms.trails) return;
    if (!this.activated) {
      if (this.mayActivate(price)) this.activate(price);
    } else if (price > this.extreme) {
      this.extreme = price;
      this.raise(this.candidate());
    }
  }

  /** Begins behind a price that is known to have been: its break-even counts as reached where it reached that. */
  seedBreakEven(best: number): void {
    const { breakEvenFrom, breakEvenLevel } = this.terms;
    if (best < breakEvenFrom || this.level >= breakEvenLevel) return;
    this.level = breakEvenLevel;
  }

  /**
   * The best directed price that the stop shows to have been; -Infinity when it shows none. One that stands at its
   * break-even shows that the trigger was reached; a trail that got to that very level is taken for it, which is tighter.
   */
  get bestKnown(): number {
    const { breakEvenFrom, breakEvenLevel, fixedLevel } = this.terms;
    const best = Number.isNaN(this.extreme) ? -Infinity : this.extreme;
    // Before it trails nothing else takes a stop above its fixed level; a break-even may be rounded down to that.
    const isAbove = this.activated ? this.level === breakEvenLevel : this.level >= breakEvenLevel;
    return isAbove && this.level !== fixedLevel ? Math.max(best, breakEvenFrom) : best;
  }

  /** Directed price at or above which the next target is reached. */
  get targetKey(): number {
    // A marked stop must see the very next price, whatever it is.
    return this.isMarked ? -Infinity : (this.terms.targets[this.nextTarget] ?? Infinity);
  }

  /** Directed price at or above which the stop only moves: activation, a new extreme, break-even. */
  get trailKey(): number {
    const { terms } = this;
    if (this.isDue) return -Infinity;
    const even = this.level >= terms.breakEvenLevel ? Infinity : terms.breakEvenFrom;
    if (!terms.trails) return even;
    if (this.activated) return Math.min(this.extreme + 1, even);
    if (Number.isNaN(terms.activation)) return -Infinity;
    // Reached from the other side: see adverseActivation.
    return terms.activatesAdversely ? even : Math.min(terms.activation, even);
  }

  /** Directed price at or below which trailing begins; -Infinity when it does not begin from that side. */
  get adverseActivation(): number {
    const { trails, activatesAdversely, activation } = this.terms;
    const isAwaited = trails && activatesAdversely && !this.activated && !Number.isNaN(activation);
    return isAwaited ? activation : -Infinity;
  }

  /** Directed price at or below which the stop fires. */
  get firingPrice(): number {
    if (Number.isNaN(this.level)) return -Infinity;
    const { fine } = this.terms;
    return this.isStrict ? ceilDiv(this.level, fine) - 1 : floorDiv(this.level, fine);
  }

  /** Limit of the exit in directed level units; NaN when the exit has none. */
  get limit(): number {
    const { limit } = this.terms;
    if (!limit) return NaN;
    if (!limit.slope) return limit.start;
    const basis = limit.fromBasis ? this.extreme * this.terms.fine : this.level;
    if (Number.isNaN(basis)) return limit.start;
    const candidate = roundBehind(basis, limit.slope, this.terms);
    return limit.start > candidate ? limit.start : candidate;
  }

  /** Applies one directed price that both moves and fires. Cost: no allocation; `out` is the caller's. */
  onPrice(price: number, out: Reaction): void {
    this.clear(out);
    if (this.terms.checkFirst && this.isHit(price, out)) return;
    this.follow(price, out);
    if (!this.terms.checkFirst && this.isHit(price, out)) return;
    // A price that only moves the stop may come next: it finds this one at the level.
    this.isDue = this.terms.checkFirst && price <= this.firingPrice;
    this.climb(price, out);
  }

  /** Applies a price that may fire but does not move the trail. */
  onCheckPrice(price: number, out: Reaction): void {
    this.clear(out);
    if (this.isHit(price, out)) return;
    this.climb(price, out);
  }

  /** Applies a price that moves the trail; `check` is the newest price that may fire, NaN before the first. */
  onTrailPrice(price: number, check: number, out: Reaction): void {
    this.clear(out);
    if (this.terms.checkFirst && this.isHit(check, out)) return;
    this.follow(price, out);
    if (!this.terms.checkFirst) this.isHit(check, out);
    this.isDue = !out.fired && check <= this.firingPrice;
  }

  /** Looks anew where the stop belongs when a bar has ended. Returns whether the level moved. */
  remeasure(): boolean {
    return this.activated && this.raise(this.candidate());
  }

  private clear(out: Reaction): void {
    out.activated = false;
    out.moved = false;
    out.brokeEven = false;
    out.fired = false;
    out.targetsHit = 0;
  }

  /** While a stop has not begun to trail, its fixed level is a plain stop. */
  private get isStrict(): boolean {
    const { trails, activation, strict, trailStrict } = this.terms;
    if (!trails) return strict;
    return this.activated || Number.isNaN(activation) ? trailStrict : strict;
  }

  private isHit(price: number, out: Reaction): boolean {
    const isBeyond = price <= this.firingPrice;
    out.fired = isBeyond && (!this.terms.double || this.isMarked);
    this.isMarked = isBeyond && !out.fired;
    return out.fired;
  }

  private climb(price: number, out: Reaction): void {
    while (price >= (this.terms.targets[this.nextTarget] ?? Infinity)) {
      this.nextTarget += 1;
      out.targetsHit += 1;
    }
  }

  private follow(price: number, out: Reaction): void {
    if (this.terms.trails) this.trail(price, out);
    const { breakEvenFrom, breakEvenLevel } = this.terms;
    if (price < breakEvenFrom || this.level >= breakEvenLevel) return;
    if (!Number.isNaN(this.level) && !out.moved) this.moves += 1;
    this.level = breakEvenLevel;
    out.moved = false;
    out.brokeEven = true;
  }

  private trail(price: number, out: Reaction): void {
    if (!this.activated) {
      if (!this.mayActivate(price)) return;
      const guarded = !Number.isNaN(this.terms.activation) && !Number.isNaN(this.level);
      out.activated = true;
      // Replacing a fixed stop that has guarded so far is a move; setting the first level is not.
      out.moved = this.activate(price) && guarded;
      if (out.moved) this.moves += 1;
      return;
    }
    if (price <= this.extreme) return;
    this.extreme = price;
    out.moved = this.raise(this.candidate());
  }

  private raise(candidate: number): boolean {
    if (candidate <= this.level || Number.isNaN(candidate)) return false;
    if (candidate - this.level < this.terms.leastGain) return false;
    // The level of a measure that has just become known is the first, not a move.
    if (!Number.isNaN(this.level)) this.moves += 1;
    this.level = candidate;
    return true;
  }

  private mayActivate(price: number): boolean {
    const { activation, activatesAdversely } = this.terms;
    if (Number.isNaN(activation)) return true;
    return activatesAdversely ? price <= activation : price >= activation;
  }

  /** Sets extreme and level from a price; the level never becomes worse. Returns whether it changed. */
  private activate(price: number): boolean {
    this.activated = true;
    this.extreme = price;
    const candidate = this.candidate();
    if (candidate <= this.level || Number.isNaN(candidate)) return false;
    this.level = candidate;
    return true;
  }

  private candidate(): number {
    const { terms, extreme, meter } = this;
    if (!Number.isNaN(terms.ladderFrom)) return this.rung();
    const best = extreme * terms.fine;
    const isTight = extreme >= terms.tightFrom;
    if (meter !== undefined && !isTight) {
      return roundBehindBest(meter.levelFine(extreme, terms.fine), best, terms);
    }
    const slope: Slope = isTight ? terms.tight : terms.trail;
    return roundBehindBest(extreme * slope.factor - slope.amountFine, best, terms);
  }

  /** The fixed level, raised by every whole step of the way from the entry to the best price. */
  private rung(): number {
    const { terms } = this;
    const steps = floorDiv(this.extreme * terms.fine - terms.ladderFrom, terms.rungFine);
    return terms.fixedLevel + Math.max(0, steps) * terms.rungFine;
  }
}

/**
 * A limit behind a level that may have digits of its own: products may pass 2^53. What no rounding of the dialect takes
 * away, but the digits of a level cannot hold, is rounded down: the side that fills sooner.
 */
function roundBehind(level: number, { factor, amountFine }: Slope, terms: StopTerms): number {
  const { fine, rounding } = terms;
  if (factor === fine) return roundInBand(level - amountFine, terms);
  const whole = BigInt(level) * BigInt(factor) - BigInt(amountFine) * BigInt(fine);
  const below = whole / BigInt(fine);
  const down = Number(below * BigInt(fine) > whole ? below - 1n : below);
  if (rounding === 'none' || BigInt(down) * BigInt(fine) === whole) {
    return roundInBand(down, terms);
  }
  // Between two levels there is neither a grid point nor the middle of two: half a level up decides the same.
  return roundLevel(2 * down + 1, 2 * gridAt(down + 0.5, terms), rounding) / 2;
}
