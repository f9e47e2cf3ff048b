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
import type { StopPlan } from '../../src/domain/stop/stop-plan.js';

/** One thing that happened to a stop at one price. */
export interface SlowStep {
  readonly moved: boolean;
  readonly activated: boolean;
  readonly fired: boolean;
  readonly targets: number;
}

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

  constructor(
    private readonly side: 'long' | 'short',
    private readonly plan: StopPlan,
    private readonly tick: string,
  ) {
    if (plan.stop !== undefined) this.level = decimal(plan.stop);
  }

  onPrice(text: string): SlowStep {
    const price = decimal(text);
    const before = this.level;
    const wasActive = this.active;
    const checkFirst = this.plan.dialect.order === 'check-then-move';
    if (checkFirst && this.touched(price)) {
      return { moved: false, activated: false, fired: true, targets: 0 };
    }
    if (this.plan.trail) this.follow(price);
    const activated = this.active && !wasActive;
    const changed = formatOf(before) !== formatOf(this.level);
    const guarded = before !== undefined && this.plan.activation !== undefined;
    const moved = changed && (!activated || guarded);
    if (moved) this.moves += 1;
    if (this.touched(price)) return { moved, activated, fired: true, targets: 0 };
    let targets = 0;
    for (;;) {
      const target = this.plan.targets?.[this.next];
      if (!target || !this.reached(price, decimal(target.price))) break;
      this.next += 1;
      targets += 1;
    }
    return { moved, activated, fired: false, targets };
  }

  private follow(price: Decimal): void {
    if (!this.active) {
      const { activation } = this.plan;
      if (activation !== undefined && !this.reached(price, decimal(activation))) return;
      this.active = true;
      this.extreme = price;
      const level = this.behind(price);
      if (this.level === undefined || this.isTighter(level, this.level)) this.level = level;
      return;
    }
    if (this.extreme === undefined || !this.isFurther(price, this.extreme)) return;
    this.extreme = price;
    const level = this.behind(price);
    if (this.level === undefined || !this.isTighter(level, this.level)) return;
    const gain = this.side === 'long' ? subtract(level, this.level) : subtract(this.level, level);
    if (this.plan.step !== undefined && compare(gain, decimal(this.plan.step)) < 0) return;
    this.level = level;
  }

  private behind(price: Decimal): Decimal {
    const distance = this.distance(price);
    const exact = this.side === 'long' ? subtract(price, distance) : add(price, distance);
    const { rounding } = this.plan.dialect;
    const tick = decimal(this.tick);
    const lower = floorOf(exact, tick);
    if (rounding === 'none' || compare(lower, exact) === 0) return exact;
    const upper = add(lower, tick);
    const [tighter, looser] = this.side === 'long' ? [upper, lower] : [lower, upper];
    if (rounding === 'tighter') return tighter;
    if (rounding === 'looser') return looser;
    const toLower = subtract(exact, lower);
    const toUpper = subtract(upper, exact);
    const order = compare(toLower, toUpper);
    if (order === 0) return tighter;
    return order < 0 ? lower : upper;
  }

  private distance(price: Decimal): Decimal {
    const trail = this.plan.trail;
    if (!trail) throw new Error('a stop that follows has a trail');
    if ('amount' in trail) return decimal(trail.amount);
    if ('ticks' in trail) return multiply(decimal(this.tick), decimal(String(trail.ticks)));
    if ('percent' in trail)
      return multiply(price, multiply(decimal(trail.percent), decimal('0.01')));
    return multiply(price, multiply(decimal(trail.bps), decimal('0.0001')));
  }

  private touched(price: Decimal): boolean {
    if (this.level === undefined) return false;
    const order = compare(price, this.level);
    if (order === 0) return this.plan.dialect.touch === 'inclusive';
    return this.side === 'long' ? order < 0 : order > 0;
  }

  private reached(price: Decimal, mark: Decimal): boolean {
    return this.side === 'long' ? compare(price, mark) >= 0 : compare(price, mark) <= 0;
  }

  private isFurther(price: Decimal, than: Decimal): boolean {
    return this.side === 'long' ? compare(price, than) > 0 : compare(price, than) < 0;
  }

  private isTighter(level: Decimal, than: Decimal): boolean {
    return this.isFurther(level, than);
  }
}

function floorOf(value: Decimal, tick: Decimal): Decimal {
  if (value.units >= 0n) return floorTo(value, tick);
  const lower = floorTo({ units: -value.units, scale: value.scale }, tick);
  const up = { units: -lower.units, scale: lower.scale };
  return compare(up, value) === 0 ? up : subtract(up, tick);
}

function formatOf(value: Decimal | undefined): string | undefined {
  return value && formatDecimal(value);
}
