import {
  add,
  compare,
  decimal,
  floorTo,
  formatDecimal,
  multiply,
  subtract,
} from '../../src/domain/kernel/decimal.js';
import type { Decimal } from '../../src/domain/kernel/decimal.js';
import { settled } from '../../src/domain/stop/dialect.js';
import type { SettledDialect } from '../../src/domain/stop/dialect.js';
import { isMeasured } from '../../src/domain/stop/measured-trail.js';
import type { PlainDistance, StopPlan } from '../../src/domain/stop/stop-plan.js';
import type { SlowBars } from './slow-bars.js';

/** One thing that happened to a stop at one price. */
export interface SlowStep {
  readonly moved: boolean;
  readonly brokeEven: boolean;
  readonly activated: boolean;
  readonly fired: boolean;
  readonly targets: number;
}

/** What the market shows at once: a print, or both sides of the book. */
export type SlowTick = { readonly last: string } | { readonly bid: string; readonly ask: string };

const NOTHING: SlowStep = {
  moved: false,
  brokeEven: false,
  activated: false,
  fired: false,
  targets: 0,
};

/**
 * The rules of a stop written the slow, obvious way: exact decimals, no index, both sides spelled out. The engine must
 * agree with it at every price.
 */
export class SlowStop {
  level: Decimal | undefined;
  extreme: Decimal | undefined;
  active = false;
  moves = 0;
  next = 0;
  private marked = false;
  private lastCheck: Decimal | undefined;
  private readonly dialect: SettledDialect;

  constructor(
    private readonly side: 'long' | 'short',
    private readonly plan: StopPlan,
    private readonly market: { readonly tick: string; readonly entry: string },
    /** Of a plan that trails by bars. */
    private readonly bars?: SlowBars,
  ) {
    this.dialect = settled(plan.dialect);
    if (plan.stop !== undefined) this.level = decimal(plan.stop);
  }

  /**
   * The same stop by another plan of the same prices: what decides its level as before leaves it where it stands; else
   * it begins anew, and the best price known counts.
   */
  amended(plan: StopPlan): SlowStop {
    const next = new SlowStop(this.side, plan, this.market);
    next.lastCheck = this.lastCheck;
    next.moves = this.moves;
    if (decidingText(plan) === decidingText(this.plan)) {
      next.level = this.level;
      next.extreme = this.extreme;
      next.active = this.active;
      return next;
    }
    const trails = plan.trail !== undefined || next.climbsLadder;
    if (this.extreme && trails) next.trail(this.extreme);
    const even = this.bestKnown.map((best) => next.evenLevel(best)).find((level) => level);
    if (even && (!next.level || this.isFurther(even, next.level))) next.level = even;
    return next;
  }

  /** That its break-even was reached shows a stop by standing there, where its trail would not have it. */
  private get bestKnown(): readonly Decimal[] {
    const { breakEven } = this.plan;
    const known = this.extreme ? [this.extreme] : [];
    if (!breakEven || !this.level) return known;
    const even = this.evenLevel(decimal(breakEven.trigger));
    const isFixed = formatOf(this.level) === this.plan.stop;
    const stands = formatOf(even) === formatOf(this.level) && !isFixed;
    return stands ? [...known, decimal(breakEven.trigger)] : known;
  }

  /** Looks where it belongs when a bar has ended, before the price that shows so works on it. Returns whether it moved. */
  measure(tick: SlowTick, atMs: number): boolean {
    const price = this.triggerPrice(tick);
    if (!this.bars || !price || !this.bars.show(price, atMs)) return false;
    const before = formatOf(this.level);
    const hadLevel = before !== undefined;
    if (this.active && this.extreme) this.raise(this.candidate(this.extreme));
    const moved = before !== formatOf(this.level);
    if (moved && hadLevel) this.moves += 1;
    return moved;
  }

  onTick(tick: SlowTick): SlowStep {
    const { triggerBy } = this.plan;
    const own = this.triggerPrice(tick);
    if (own) return triggerBy === 'last' ? this.onPrice(own) : this.onTriggerPrice(own);
    if (!this.hasSecondPrice || triggerBy === 'mid') return NOTHING;
    if ('last' in tick) {
      return this.dialect.trailBy === 'trigger' ? NOTHING : this.onTrailPrice(decimal(tick.last));
    }
    return this.dialect.trailBy === 'lastOrBidAsk'
      ? this.onTrailPrice(decimal(this.side === 'long' ? tick.bid : tick.ask))
      : NOTHING;
  }

  /** The price of a tick that may fire the stop. */
  private triggerPrice(tick: SlowTick): Decimal | undefined {
    const { triggerBy } = this.plan;
    if ('last' in tick) return triggerBy === 'last' ? decimal(tick.last) : undefined;
    if (triggerBy === 'last') return undefined;
    if (triggerBy === 'bidAsk') return decimal(this.side === 'long' ? tick.bid : tick.ask);
    return multiply(add(decimal(tick.bid), decimal(tick.ask)), decimal('0.5'));
  }

  /** Where the limit of an exit stands. */
  get limit(): Decimal | undefined {
    const { limit } = this.plan;
    if (!limit) return undefined;
    const start = limit.price === undefined ? undefined : decimal(limit.price);
    const basis = this.dialect.limitFrom === 'basis' ? this.extreme : this.level;
    if (!limit.offset || !basis) return start;
    const exact = this.behind(basis, this.sizeOf(limit.offset, basis));
    const candidate = this.rounded(exact);
    return start && this.isFurther(start, candidate) ? start : candidate;
  }

  private get hasSecondPrice(): boolean {
    const { trail, breakEven, step } = this.plan;
    return trail !== undefined || breakEven !== undefined || step !== undefined;
  }

  private onTriggerPrice(price: Decimal): SlowStep {
    if (this.dialect.trailBy !== 'last' || !this.hasSecondPrice) return this.onPrice(price);
    this.lastCheck = price;
    return this.fires(price)
      ? { ...NOTHING, fired: true }
      : { ...NOTHING, targets: this.climb(price) };
  }

  private onPrice(price: Decimal): SlowStep {
    this.lastCheck = price;
    const checksFirst = this.dialect.order === 'check-then-move';
    if (checksFirst && this.fires(price)) return { ...NOTHING, fired: true };
    const what = this.follow(price);
    if (!checksFirst && this.fires(price)) return { ...what, fired: true, targets: 0 };
    return { ...what, fired: false, targets: this.climb(price) };
  }

  private onTrailPrice(price: Decimal): SlowStep {
    const checksFirst = this.dialect.order === 'check-then-move';
    const check = this.lastCheck;
    if (checksFirst && check && this.fires(check)) return { ...NOTHING, fired: true };
    const what = this.follow(price);
    const fired = !checksFirst && check !== undefined && this.fires(check);
    return { ...what, fired, targets: 0 };
  }

  private fires(price: Decimal): boolean {
    const touched = this.touched(price);
    if (this.plan.confirm !== 'double') return touched;
    const fired = touched && this.marked;
    this.marked = touched && !fired;
    return fired;
  }

  private climb(price: Decimal): number {
    let targets = 0;
    for (;;) {
      const target = this.plan.targets?.[this.next];
      if (!target || !this.reached(price, decimal(target.price))) return targets;
      this.next += 1;
      targets += 1;
    }
  }

  private follow(price: Decimal): Omit<SlowStep, 'fired' | 'targets'> {
    const before = this.level;
    const wasActive = this.active;
    if (this.plan.trail || this.climbsLadder) this.trail(price);
    const activated = this.active && !wasActive;
    const guarded = before !== undefined && this.plan.activation !== undefined;
    const changed = formatOf(before) !== formatOf(this.level);
    const trailed = changed && (!activated || guarded);
    const even = this.evenLevel(price);
    const brokeEven =
      even !== undefined && (this.level === undefined || this.isFurther(even, this.level));
    const hadLevel = this.level !== undefined;
    if (brokeEven) this.level = even;
    // The first level that a trail over bars gives is not a move.
    if (trailed ? before !== undefined : brokeEven && hadLevel) this.moves += 1;
    return { moved: trailed && !brokeEven, brokeEven, activated };
  }

  private evenLevel(price: Decimal): Decimal | undefined {
    const { breakEven } = this.plan;
    if (!breakEven || !this.reached(price, decimal(breakEven.trigger))) return undefined;
    const entry = decimal(this.market.entry);
    const offset = decimal(breakEven.offset);
    const exact = this.side === 'long' ? add(entry, offset) : subtract(entry, offset);
    return this.roundedBehind(decimal(breakEven.trigger), exact);
  }

  private trail(price: Decimal): void {
    if (!this.active) {
      if (!this.mayActivate(price)) return;
      this.active = true;
      this.extreme = price;
      const level = this.candidate(price);
      if (level && (!this.level || this.isFurther(level, this.level))) this.level = level;
      return;
    }
    if (this.extreme === undefined || !this.isFurther(price, this.extreme)) return;
    this.extreme = price;
    this.raise(this.candidate(price));
  }

  private raise(level: Decimal | undefined): void {
    if (!level || !this.level) {
      this.level ??= level;
      return;
    }
    if (!this.isFurther(level, this.level)) return;
    const gain = this.side === 'long' ? subtract(level, this.level) : subtract(this.level, level);
    const { step } = this.plan;
    if (step !== undefined && !this.climbsLadder && compare(gain, decimal(step)) < 0) return;
    this.level = level;
  }

  private mayActivate(price: Decimal): boolean {
    const { activation } = this.plan;
    if (activation === undefined) return true;
    const order = compare(price, decimal(activation));
    if (order === 0) return this.dialect.trailTouch === 'inclusive';
    const isAbove = order > 0;
    return (this.side === 'long') === (this.dialect.activate === 'favourable') ? isAbove : !isAbove;
  }

  private get climbsLadder(): boolean {
    return this.dialect.stepping === 'ladder' && this.plan.step !== undefined;
  }

  /** Where it belongs behind its best price; undefined while a trail over bars has had too few of them. */
  private candidate(best: Decimal): Decimal | undefined {
    if (this.climbsLadder) return this.rung(best);
    const { trail, tighten } = this.plan;
    if (!trail) throw new Error('a stop that follows has a trail');
    const distance = tighten && this.isTight(best, tighten) ? tighten.trail : trail;
    if (!isMeasured(distance)) {
      return this.roundedBehind(best, this.behind(best, this.sizeOf(distance, best)));
    }
    const exact = this.bars?.level(best);
    return exact && this.roundedBehind(best, exact);
  }

  /** Never onto the price that it hangs behind nor beyond it: then the place on the other side. */
  private roundedBehind(best: Decimal, exact: Decimal): Decimal {
    const level = this.rounded(exact);
    const isBehind = this.isFurther(best, level) || !this.isFurther(best, exact);
    return isBehind ? level : this.rounded(exact, 'looser');
  }

  private isTight(price: Decimal, { from, touch }: NonNullable<StopPlan['tighten']>): boolean {
    return touch === 'inclusive'
      ? this.reached(price, decimal(from))
      : this.isFurther(price, decimal(from));
  }

  private rung(price: Decimal): Decimal {
    const step = decimal(this.plan.step ?? '1');
    let level = decimal(this.plan.stop ?? '0');
    let mark = decimal(this.market.entry);
    for (;;) {
      mark = this.side === 'long' ? add(mark, step) : subtract(mark, step);
      if (!this.reached(price, mark)) return level;
      level = this.side === 'long' ? add(level, step) : subtract(level, step);
    }
  }

  private behind(price: Decimal, distance: Decimal): Decimal {
    return this.side === 'long' ? subtract(price, distance) : add(price, distance);
  }

  private sizeOf(distance: PlainDistance, basis: Decimal): Decimal {
    if ('amount' in distance) return decimal(distance.amount);
    if ('ticks' in distance)
      return multiply(decimal(this.market.tick), decimal(String(distance.ticks)));
    const whole = this.dialect.percentOf === 'entry' ? decimal(this.market.entry) : basis;
    if ('percent' in distance)
      return multiply(whole, multiply(decimal(distance.percent), decimal('0.01')));
    return multiply(whole, multiply(decimal(distance.bps), decimal('0.0001')));
  }

  private rounded(exact: Decimal, asked = this.dialect.rounding): Decimal {
    const isOffGrid = this.plan.triggerBy === 'mid' || this.plan.triggerBy === 'mark';
    const rounding = isOffGrid ? 'none' : asked;
    const tick = decimal(this.gridTick);
    const lower = floorOf(exact, tick);
    if (rounding === 'none' || compare(lower, exact) === 0) return exact;
    const upper = add(lower, tick);
    const [tighter, looser] = this.side === 'long' ? [upper, lower] : [lower, upper];
    if (rounding === 'tighter') return tighter;
    if (rounding === 'looser') return looser;
    const order = compare(subtract(exact, lower), subtract(upper, exact));
    if (order !== 0) return order < 0 ? lower : upper;
    if (rounding === 'nearest') return tighter;
    const isEven = floorOf(lower, multiply(tick, decimal('2')));
    return compare(isEven, lower) === 0 ? lower : upper;
  }

  private get gridTick(): string {
    if (this.dialect.rounding !== 'halfEvenDecimals') return this.market.tick;
    const { scale } = decimal(this.market.tick);
    return formatDecimal({ units: 1n, scale });
  }

  private touched(price: Decimal): boolean {
    if (this.level === undefined) return false;
    const order = compare(price, this.level);
    if (order === 0) return this.touch === 'inclusive';
    return this.side === 'long' ? order < 0 : order > 0;
  }

  /** A fixed level guards as a plain stop until its activation lets it trail. */
  private get touch(): 'inclusive' | 'strict' {
    const trails = this.plan.trail !== undefined || this.climbsLadder;
    const waits = this.plan.activation !== undefined && !this.active;
    return trails && !waits ? this.dialect.trailTouch : this.dialect.touch;
  }

  private reached(price: Decimal, mark: Decimal): boolean {
    return this.side === 'long' ? compare(price, mark) >= 0 : compare(price, mark) <= 0;
  }

  /** Better for the position: above for a long, below for a short. */
  private isFurther(price: Decimal, than: Decimal): boolean {
    return this.side === 'long' ? compare(price, than) > 0 : compare(price, than) < 0;
  }
}

/** What of a plan decides where its level is. */
function decidingText(plan: StopPlan): string {
  const { stop, trail, tighten, activation, step, breakEven, triggerBy, dialect } = plan;
  return JSON.stringify([stop, trail, tighten, activation, step, breakEven, triggerBy, dialect]);
}

function floorOf(value: Decimal, tick: Decimal): Decimal {
  if (value.units >= 0n) return floorTo(value, tick);
  const lower = floorTo({ units: -value.units, scale: value.scale }, tick);
  const up = { units: -lower.units, scale: lower.scale };
  return compare(up, value) === 0 ? up : subtract(up, tick);
}

export function formatOf(value: Decimal | undefined): string | undefined {
  return value && formatDecimal(value);
}
