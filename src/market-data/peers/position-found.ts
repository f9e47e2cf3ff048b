import {
  ONE,
  ZERO,
  add,
  compare,
  decimal,
  divide,
  formatDecimal,
  multiply,
  negate,
  roundHalfEven,
  subtract,
} from '../../domain/kernel/decimal.js';
import type { Decimal } from '../../domain/kernel/decimal.js';
import { settingsOf } from '../../domain/stop/dialect.js';
import type { PlanRequest } from '../../domain/stop/plan-request.js';
import { stopBehind, tighterStop } from '../../domain/stop/stop-share.js';
import { isBeyond } from '../../simulation/exit-fill.js';
import type { PeerCase, PeerTick } from '../peer-cases.js';
import { StopTrial } from '../stop-trial.js';
import {
  decimalOf,
  flag,
  needs,
  number,
  onlyKnown,
  orderSideOf,
  priceOf,
  required,
  said,
  sideOf,
} from './case-reading.js';
import type { Found } from './case-reading.js';
import { dialectOf, finestTick, pricesOf } from './order-plan.js';

const KNOWN = [
  ...['entry', 'position', 'base_stop_pct', 'trailing', 'trailing_positive_pct', 'positive_offset'],
  ...['only_offset_is_reached', 'use_custom_stop', 'custom_stop', 'liquidation', 'rounding'],
  'leverage',
];
const TICKS = ['last'];
// The digits that a level may have below the prices of a case.
const LEVEL_DIGITS = 6;

/** Runs a case of a position whose stop follows by its profit, or by what a strategy says. */
export function positionFound(peer: PeerCase): Found {
  onlyKnown(peer, KNOWN);
  const run = new PositionRun(peer);
  const steps = peer.ticks.map((tick, index) => run.onTick(tick, index));
  return { steps, trigger_index: run.triggerIndex, triggered: run.triggerIndex !== null };
}

class PositionRun {
  triggerIndex: number | null = null;
  private readonly trial: StopTrial;
  private readonly base: Decimal;
  private exit = 'NONE';

  constructor(private readonly peer: PeerCase) {
    const side = sideOf(peer);
    const entry = required(peer, 'entry');
    const prices = [entry, ...pricesOf(peer).map(decimal)];
    this.trial = new StopTrial({
      ...{ side, entryPrice: formatDecimal(entry), priceTick: finestTick(prices) },
    });
    this.base = behind(peer, entry, required(peer, 'base_stop_pct'));
    this.put(this.plan(), (plan) => this.trial.arm(plan));
  }

  onTick(tick: PeerTick, index: number): Found {
    const strange = Object.keys(tick).find((name) => !TICKS.includes(name));
    if (strange !== undefined) needs(`the tick field ${strange}`);
    const last = priceOf(tick, 'last') ?? needs('a last price');
    if (this.exit === 'NONE') this.onPrice(last, index);
    const level = this.trial.track?.level ?? null;
    const isRounded = this.peer.params['rounding'] !== undefined && level !== null;
    return {
      stop: isRounded ? formatDecimal(roundHalfEven(decimal(level), 3)) : level,
      exit: this.exit,
      triggered: this.exit !== 'NONE',
    };
  }

  private onPrice(last: string, index: number): void {
    this.trial.trade(this.trial.units(last) ?? needs('a price on the grid'), '');
    if (!this.trial.triggered) this.customise(decimal(last));
    const liquidation = number(this.peer, 'liquidation');
    if (this.trial.triggered) {
      const level = this.trial.triggered.track.level;
      const hasMoved = level === null || compare(decimal(level), this.base) !== 0;
      this.exit = hasMoved ? 'TRAILING_STOP_LOSS' : 'STOP_LOSS';
    } else if (liquidation && isBeyond(orderSideOf(this.peer), decimal(last), liquidation)) {
      this.exit = 'LIQUIDATION';
    }
    if (this.exit !== 'NONE') this.triggerIndex = index;
  }

  /** What a strategy says moves the stop, unless it is worse. */
  private customise(rate: Decimal): void {
    const share = flag(this.peer, 'use_custom_stop') ? this.customShare(rate) : undefined;
    const level = this.trial.track?.level ?? null;
    if (!share || level === null) return;
    const wanted = tighterStop(sideOf(this.peer), decimal(level), behind(this.peer, rate, share));
    if (compare(wanted, decimal(level)) === 0) return;
    this.put({ ...this.plan(), stop: formatDecimal(wanted) }, (plan) => this.trial.amend(plan));
  }

  /** The share that the strategy gives at a rate; undefined when what it gives is no share. */
  private customShare(rate: Decimal): Decimal | undefined {
    const words = this.peer.params['custom_stop'];
    if (words === null || words === undefined) return required(this.peer, 'base_stop_pct');
    const rule = said(words);
    if (/^returns \w+ \(error\)/.test(rule)) return undefined;
    const constant = /^const (-?[\d.]+)$/.exec(rule)?.[1];
    if (constant !== undefined) return decimal(constant);
    const form = /^(-?[\d.]+) if profit<([\d.]+) else (-?[\d.]+)\*profit$/.exec(rule);
    const [low, bound, factor] = (form?.slice(1) ?? []).map(decimal);
    if (!low || !bound || !factor) return needs(`the custom stop ${rule}`);
    const entry = required(this.peer, 'entry');
    const gain = sideOf(this.peer) === 'long' ? subtract(rate, entry) : subtract(entry, rate);
    if (compare(gain, multiply(bound, entry)) < 0) return low;
    return multiply(factor, divide(gain, entry, 3 * LEVEL_DIGITS));
  }

  private put(plan: PlanRequest, how: (plan: PlanRequest) => string | undefined): void {
    const refusal = how(plan);
    if (refusal !== undefined) needs(`a plan that is not ${refusal}`);
  }

  private plan(): PlanRequest {
    const { peer } = this;
    const dialect = settingsOf(dialectOf(peer));
    const share = required(peer, 'base_stop_pct');
    // What a strategy says takes the place of all trailing.
    const trails = flag(peer, 'trailing') !== false && flag(peer, 'use_custom_stop') !== true;
    const offset = number(peer, 'positive_offset') ?? ZERO;
    const positive = number(peer, 'trailing_positive_pct');
    const isCloser = positive && compare(positive, share) < 0;
    const mark = formatDecimal(atProfit(peer, offset));
    const onlyFrom = flag(peer, 'only_offset_is_reached') === true;
    return {
      stop: formatDecimal(this.base),
      ...(trails && { trail: { percent: percentOf(peer, share) } }),
      ...(trails && onlyFrom && { activation: mark }),
      ...(trails &&
        isCloser && {
          tighten: {
            from: mark,
            // Above the offset; where nothing trails below it, the source's document counts the offset itself.
            touch: onlyFrom ? 'inclusive' : 'strict',
            trail: { percent: percentOf(peer, positive) },
          },
        }),
      dialect,
    };
  }
}

function behind(peer: PeerCase, rate: Decimal, share: Decimal): Decimal {
  const leverage = number(peer, 'leverage') ?? ONE;
  const exact = stopBehind(sideOf(peer), { rate, share, leverage });
  return roundHalfEven(exact, LEVEL_DIGITS);
}

function percentOf(peer: PeerCase, share: Decimal): string {
  const leverage = number(peer, 'leverage') ?? ONE;
  if (compare(leverage, ONE) !== 0) return needs('a lever of a trail');
  return formatDecimal(multiply(share, decimal('100')));
}

function atProfit(peer: PeerCase, profit: Decimal): Decimal {
  const factor = sideOf(peer) === 'long' ? add(ONE, profit) : add(ONE, negate(profit));
  return multiply(required(peer, 'entry'), factor);
}

/** Runs a case whose ticks say where the stop is to be put: a share behind a rate, or from the entry once more. */
export function adjustedFound(peer: PeerCase): Found {
  onlyKnown(peer, ['entry', 'position', 'leverage']);
  const entry = required(peer, 'entry');
  const dialect = settingsOf(dialectOf(peer));
  const given = { side: sideOf(peer), entryPrice: formatDecimal(entry), priceTick: '0.0001' };
  const trial = new StopTrial(given);
  let initial: Decimal | undefined;
  let stop: Decimal | undefined;
  let hasTrailed = false;
  const steps = peer.ticks.map((tick) => {
    const wanted = adjustment(peer, tick, { entry, stop, hasTrailed });
    const isMoved = !stop || compare(wanted, stop) !== 0;
    if (isMoved) {
      const plan: PlanRequest = { stop: formatDecimal(wanted), dialect };
      const refusal = stop ? trial.amend(plan) : trial.arm(plan);
      if (refusal !== undefined) needs(`a plan that is not ${refusal}`);
    }
    // To be put from the entry anew is no trailing.
    hasTrailed ||= isMoved && stop !== undefined && !('reinit' in tick);
    stop = wanted;
    initial ??= stop;
    return { stop: trial.track?.level ?? null };
  });
  return { steps, initial_stop_kept: initial ? formatDecimal(initial) : null };
}

function adjustment(
  peer: PeerCase,
  tick: PeerTick,
  at: { entry: Decimal; stop: Decimal | undefined; hasTrailed: boolean },
): Decimal {
  const strange = Object.keys(tick).find(
    (name) => !['adjust', 'initial', 'reinit', 'liquidation'].includes(name),
  );
  if (strange !== undefined) needs(`the tick field ${strange}`);
  const reinit = decimalOf(tick, 'reinit');
  // Once it has trailed a stop stays; before, a restart with another share may even loosen it.
  if (reinit) return at.stop && at.hasTrailed ? at.stop : behind(peer, at.entry, reinit);
  const [rate, share] = pair(tick['adjust']);
  const wanted = behind(peer, rate, share);
  if (!at.stop) return wanted;
  return tick['initial'] === true ? at.stop : tighterStop(sideOf(peer), at.stop, wanted);
}

function pair(value: unknown): readonly [Decimal, Decimal] {
  const [a, b] = Array.isArray(value) ? (value as unknown[]) : [];
  if (typeof a !== 'string' || typeof b !== 'string')
    return needs('an adjustment of rate and share');
  return [decimal(a), decimal(b)];
}
