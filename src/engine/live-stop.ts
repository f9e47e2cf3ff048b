import type { StopTerms } from './stop-terms.js';

/** What one price did to a stop. `moved` may go together with a target; `fired` ends it. */
export interface Reaction {
  activated: boolean;
  moved: boolean;
  fired: boolean;
  /** How many further targets were reached. */
  targetsHit: number;
}

/**
 * An armed stop in memory. All prices are directed (see StopTerms): favourable is up, the level is below the price.
 *
 *     waiting ──first price──► trailing ◄──activation reached── dormant (a fixed level may guard meanwhile)
 *     fixed (no trail)                          any ──price at or through the level──► fired
 */
export class LiveStop {
  /** Directed level units; NaN while there is none. Never falls but by `reset`. */
  level = NaN;
  /** Best directed price since trailing began; NaN before. */
  extreme = NaN;
  activated = false;
  /** Changes of the level after it was first set. */
  moves = 0;
  nextTarget = 0;

  constructor(readonly terms: StopTerms) {
    this.level = terms.fixedLevel;
  }

  /** Begins at a known price: it seeds the extreme, or reaches the activation, but fires nothing. */
  seed(price: number): void {
    const { terms } = this;
    if (!terms.trails || this.activated) return;
    if (!Number.isNaN(terms.activation) && price < terms.activation) return;
    this.activate(price);
  }

  /** Directed price at or above which something favourable happens: activation, a new extreme, a target. */
  get favourableKey(): number {
    const { terms } = this;
    const target = terms.targets[this.nextTarget] ?? Infinity;
    if (!terms.trails) return target;
    if (this.activated) return Math.min(this.extreme + 1, target);
    return Number.isNaN(terms.activation) ? -Infinity : Math.min(terms.activation, target);
  }

  /** Directed price at or below which the stop fires; -Infinity while there is no level. */
  get adverseKey(): number {
    if (Number.isNaN(this.level)) return -Infinity;
    const { fine, strict } = this.terms;
    return strict ? ceilDiv(this.level, fine) - 1 : floorDiv(this.level, fine);
  }

  /** Applies one directed price. Cost: no allocation; `out` is the caller's. */
  onPrice(price: number, out: Reaction): void {
    out.activated = false;
    out.moved = false;
    out.targetsHit = 0;
    out.fired = this.terms.checkFirst && price <= this.adverseKey;
    if (out.fired) return;
    this.follow(price, out);
    out.fired = price <= this.adverseKey;
    if (out.fired) return;
    while (price >= (this.terms.targets[this.nextTarget] ?? Infinity)) {
      this.nextTarget += 1;
      out.targetsHit += 1;
    }
  }

  private follow(price: number, out: Reaction): void {
    const { terms } = this;
    if (!terms.trails) return;
    if (!this.activated) {
      if (!Number.isNaN(terms.activation) && price < terms.activation) return;
      const guarded = !Number.isNaN(terms.activation) && !Number.isNaN(this.level);
      out.activated = true;
      // Replacing a fixed stop that has guarded so far is a move; setting the first level is not.
      out.moved = this.activate(price) && guarded;
      if (out.moved) this.moves += 1;
      return;
    }
    if (price <= this.extreme) return;
    this.extreme = price;
    const candidate = this.candidate();
    if (!(candidate > this.level) || candidate - this.level < terms.stepFine) return;
    this.level = candidate;
    this.moves += 1;
    out.moved = true;
  }

  /** Sets extreme and level from a price; the level never becomes worse. Returns whether it changed. */
  private activate(price: number): boolean {
    this.activated = true;
    this.extreme = price;
    const candidate = this.candidate();
    if (candidate <= this.level) return false;
    this.level = candidate;
    return true;
  }

  private candidate(): number {
    const { trailFactor, trailAmountFine, tickFine, rounding } = this.terms;
    const exact = this.extreme * trailFactor - trailAmountFine;
    if (rounding === 'none') return exact;
    const below = floorDiv(exact, tickFine) * tickFine;
    if (below === exact) return exact;
    if (rounding === 'tighter') return below + tickFine;
    if (rounding === 'looser') return below;
    // A tie goes to the tighter side: protection first.
    return (exact - below) * 2 >= tickFine ? below + tickFine : below;
  }
}

/** Exact for safe integers, rounding towards minus infinity. */
export function floorDiv(value: number, divisor: number): number {
  const rest = value % divisor;
  return (rest < 0 ? value - rest - divisor : value - rest) / divisor;
}

function ceilDiv(value: number, divisor: number): number {
  return -floorDiv(-value, divisor);
}
