import { ZERO, compare, decimal, isPositive, subtract } from '../domain/kernel/decimal.js';
import type { Decimal } from '../domain/kernel/decimal.js';
import type { UnixMs } from '../domain/kernel/units.js';
import { isSettled } from '../domain/order/order-state.js';
import type { KnownOrder } from '../domain/order/order-state.js';
import type { StopPlan } from '../domain/stop/stop-plan.js';
import type { HeldExit, HoldReason } from '../domain/stop/stop.events.js';

/** How the next attempt of an exit asks: behind the stop, at most a collar worse than the market, or at any price. */
export type Rung = 'limit' | 'collared' | 'market';

/** What is to be done about an exit. */
export type NextStep =
  /** An attempt is on its way, or nothing was sent yet: nothing else may be. */
  | { readonly kind: 'wait' }
  /** Everything has filled. */
  | { readonly kind: 'done' }
  | { readonly kind: 'send'; readonly rung: Rung; readonly atMs: UnixMs }
  | {
      readonly kind: 'hold';
      readonly reason: HoldReason;
      readonly notBeforeMs: UnixMs;
      readonly untilMs: UnixMs;
    }
  | { readonly kind: 'held'; readonly held: HeldExit }
  /** What is left stays unfilled: that is an alarm. */
  | { readonly kind: 'given-up' };

/** Attempts in a row that got nothing, before the rest is given up and a human is asked. */
export const FRUITLESS_MAX = 8;
/** Of a refusal that hardly gets better by asking again. */
const DOUBTFUL_MAX = 3;
/** An attempt is two digits of base 36 in the order's id. */
const ATTEMPTS_MAX = 1_200;
const BACK_OFF_MS_MIN = 250;
const BACK_OFF_MS_MAX = 15_000;
const HELD_MS_MIN = 1_000;
const HELD_MS_MAX = 60_000;
const PROBE_MS_MIN = 15_000;
const PROBE_MS_MAX = 300_000;
/** A band moves and opens without a print: it is asked soon, for some ten minutes, then so that the attempts last a day's session. */
const BAND_MS_MIN = 1_000;
const BAND_MS_MAX = 15_000;
const BAND_SOON_MAX = 40;
const BAND_LATER_MS = 60_000;

export interface ExitSubject {
  readonly plan: Pick<StopPlan, 'limit' | 'exit'>;
  /** Every attempt so far, oldest first. */
  readonly attempts: readonly KnownOrder[];
  /** Whether its next attempt is held back already. */
  readonly held: HeldExit | undefined;
  /** A stop that rests at the venue still stands in its way. */
  readonly isLocked?: boolean;
}

/**
 * Decides about an exit from what became of its attempts, and from nothing else: a restart comes to the same.
 *
 * limit → collared (where the plan has an exit of that type) → market → market again, ever later → given up.
 *
 * Nothing is sent while an attempt may be live. What an order left is sent again; what a venue refuses because nothing
 * trades is held; what it will never take goes to the next rung, or is given up on the last.
 */
export function nextStep(subject: ExitSubject): NextStep {
  const last = subject.attempts.at(-1);
  if (!last || !isSettled(last)) return { kind: 'wait' };
  if (!isPositive(restOf(last))) return { kind: 'done' };
  if (subject.held) return { kind: 'held', held: subject.held };
  if (subject.attempts.length >= ATTEMPTS_MAX) return { kind: 'given-up' };
  switch (last.status) {
    case 'rejected':
    case 'denied':
      return afterRefusal(subject, last);
    default:
      return afterEnd(subject, last);
  }
}

export function restOf(order: KnownOrder): Decimal {
  const rest = subtract(decimal(order.quantity), decimal(order.filledQuantity));
  return compare(rest, ZERO) > 0 ? rest : ZERO;
}

export function rungOf(order: Pick<KnownOrder, 'type' | 'isCollared'>): Rung {
  if (order.type !== 'limit') return 'market';
  return order.isCollared ? 'collared' : 'limit';
}

/** The venue, or we, ended it with a rest. */
function afterEnd({ plan, attempts }: ExitSubject, last: KnownOrder): NextStep {
  const at = last.endedAtMs;
  const rung = rungOf(last);
  if (last.cancelReason === 'position-leaving') return { kind: 'send', rung: 'market', atMs: at };
  // Whoever keeps a limit wants no worse price: when the venue ends it, a human is asked.
  const isOurs = last.cancelReason !== undefined;
  if (rung === 'limit' && plan.limit?.then === 'keep' && !isOurs) return { kind: 'given-up' };
  if (rung !== 'market') return { kind: 'send', rung: below(rung, plan), atMs: at };
  return again(attempts, 'market', FRUITLESS_MAX);
}

function afterRefusal(subject: ExitSubject, last: KnownOrder): NextStep {
  const { attempts, plan } = subject;
  const rung = rungOf(last);
  const keeps = rung === 'limit' && plan.limit?.then === 'keep';
  const lower: NextStep =
    rung === 'market' || keeps
      ? { kind: 'given-up' }
      : { kind: 'send', rung: below(rung, plan), atMs: last.endedAtMs };
  switch (last.refusal) {
    case 'passing':
    case 'wrong-mode':
    case 'leaves-already':
      return again(attempts, rung, FRUITLESS_MAX);
    case 'halted':
    case 'market-closed':
    case 'no-broker':
      return hold(attempts, last);
    case 'locked-by-others':
      // The venue's lock may be that of our own stop there, which is being taken back.
      return subject.isLocked ? again(attempts, rung, FRUITLESS_MAX) : hold(attempts, last);
    case 'price-band':
      return rung === 'market' || keeps ? hold(attempts, last) : lower;
    case 'insufficient':
      return again(attempts, rung, subject.isLocked ? FRUITLESS_MAX : DOUBTFUL_MAX);
    case 'unclassified':
      return rung === 'market' ? again(attempts, rung, DOUBTFUL_MAX) : lower;
    case 'nothing-to-reduce':
      return subject.isLocked ? again(attempts, rung, FRUITLESS_MAX) : { kind: 'given-up' };
    case 'superseded':
      return { kind: 'send', rung, atMs: last.endedAtMs };
    case 'dust':
    case 'position-closed':
      return { kind: 'given-up' };
    default:
      return lower;
  }
}

function below(rung: Rung, { exit }: ExitSubject['plan']): Rung {
  return rung === 'limit' && exit?.type === 'limit' ? 'collared' : 'market';
}

/** The same once more: at once when the last one got something, else ever later, and only so often. */
function again(attempts: readonly KnownOrder[], rung: Rung, fruitlessMax: number): NextStep {
  const fruitless = countFromEnd(attempts, (order) => isZeroFilled(order) && !isHolding(order));
  if (fruitless >= fruitlessMax) return { kind: 'given-up' };
  const waitMs =
    fruitless === 0 ? 0 : Math.min(BACK_OFF_MS_MIN * 2 ** (fruitless - 1), BACK_OFF_MS_MAX);
  return { kind: 'send', rung, atMs: (attempts.at(-1)?.endedAtMs ?? 0) + waitMs };
}

function hold(attempts: readonly KnownOrder[], last: KnownOrder): NextStep {
  const times = countFromEnd(attempts, isHolding);
  const grown = (min: number, max: number) =>
    last.endedAtMs + Math.min(min * 2 ** (times - 1), max);
  if (last.refusal === 'price-band') {
    const soonMs = grown(BAND_MS_MIN, BAND_MS_MAX);
    const dueMs = times > BAND_SOON_MAX ? last.endedAtMs + BAND_LATER_MS : soonMs;
    return { kind: 'hold', reason: 'price-band', notBeforeMs: dueMs, untilMs: dueMs };
  }
  return {
    kind: 'hold',
    reason: HOLDS[last.refusal ?? ''] ?? 'halted',
    notBeforeMs: grown(HELD_MS_MIN, HELD_MS_MAX),
    untilMs: grown(PROBE_MS_MIN, PROBE_MS_MAX),
  };
}

const HOLDS: Readonly<Record<string, HoldReason>> = {
  halted: 'halted',
  'market-closed': 'market-closed',
  'price-band': 'price-band',
  'no-broker': 'no-broker',
  'locked-by-others': 'locked-by-others',
};

function isHolding({ refusal }: KnownOrder): boolean {
  return refusal !== undefined && Object.hasOwn(HOLDS, refusal);
}

function isZeroFilled({ filledQuantity }: KnownOrder): boolean {
  return !isPositive(decimal(filledQuantity));
}

function countFromEnd(
  attempts: readonly KnownOrder[],
  fits: (order: KnownOrder) => boolean,
): number {
  let count = 0;
  while (count < attempts.length && fits(attempts[attempts.length - 1 - count]!)) count += 1;
  return count;
}
