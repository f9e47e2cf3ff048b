import { compare, parseDecimal } from '../domain/kernel/decimal.js';
import type { PeerCase, PeerTick } from './peer-cases.js';
import { NotExpressible, peerTrial, priceOf } from './peer-plan.js';
import type { PeerTrial } from './peer-plan.js';
import { StopTrial } from './stop-trial.js';

type Value = string | number | boolean | null;

/** The stop after a tick. */
interface Seen {
  readonly stop: string | null;
  readonly triggered: boolean;
  readonly activated: boolean;
}

interface Run {
  readonly trial: StopTrial;
  readonly seen: readonly Seen[];
  readonly triggerIndex: number | null;
}

/** Runs a case through the production engine. Returns why it does not pass, or undefined. */
export function checkPeer(peer: PeerCase): string | undefined {
  try {
    const wanted = peerTrial(peer);
    if (Object.keys(peer.expect).length === 0) return 'asserts nothing';
    const unknown = Object.keys(peer.expect).find((field) => !isAsserted(field, peer));
    if (unknown !== undefined) return `needs ${unknown}`;
    const run = runPeer(peer, wanted);
    return typeof run === 'string' ? run : firstDifference(peer, wanted, run);
  } catch (error) {
    if (error instanceof NotExpressible) return error.message;
    throw error;
  }
}

/** What can be asserted of our engine, by the name it has in the cases. */
const ASSERTED: Readonly<Record<string, (run: Run, wanted: PeerTrial) => Value>> = {
  triggered: ({ trial }) => trial.triggered !== undefined,
  trigger_index: ({ triggerIndex }) => triggerIndex,
  stop: ({ trial }) => levelOf(trial),
  activated: ({ trial }) => trial.isActivated,
  extreme: ({ trial }) => trial.finalExtreme(),
  new_stop: ({ trial }, { plan }) => (isMoved(trial, plan.stop) ? levelOf(trial) : null),
  unchanged: ({ trial }, { plan }) => !isMoved(trial, plan.stop),
  activation_set_to: ({ trial }) => activationPrice(trial),
  reason: ({ trial }) => reasonOf(trial),
  released_as: ({ trial }) => orderType(trial),
  converted_to: ({ trial }) => orderType(trial),
};

/** An order sent is known to the engine, its fill to the broker: only that there is none can be asserted. */
function isAsserted(field: string, { expect }: PeerCase): boolean {
  if (field === 'steps') return true;
  if (field === 'fills') return Array.isArray(expect['fills']) && expect['fills'].length === 0;
  return field in ASSERTED;
}

function runPeer(peer: PeerCase, wanted: PeerTrial): Run | string {
  const trial = new StopTrial(wanted);
  const seen: Seen[] = [];
  let triggerIndex: number | null = null;
  const market: Market = { bid: undefined, ask: undefined };
  for (let index = -1; index < peer.ticks.length; index += 1) {
    const tick = peer.ticks[index];
    const problem = tick && feed(trial, tick, market);
    if (problem !== undefined) return `tick ${index}: ${problem}`;
    const refusal = index === wanted.armAfter ? trial.arm(wanted.plan) : undefined;
    if (refusal !== undefined) return refusal;
    if (trial.triggered) triggerIndex ??= index;
    if (tick) seen.push(seenOf(trial));
  }
  return trial.armed ? { trial, seen, triggerIndex } : 'the stop was never armed';
}

interface Market {
  bid: string | undefined;
  ask: string | undefined;
}

/** Returns why the engine cannot see the tick, or undefined. */
function feed(trial: StopTrial, tick: PeerTick, market: Market): string | undefined {
  const [bid, ask] = [priceOf(tick, 'bid'), priceOf(tick, 'ask')];
  if (bid !== undefined || ask !== undefined) {
    // A side that is not given keeps its last price.
    market.bid = bid ?? market.bid;
    market.ask = ask ?? market.ask;
    if (market.bid === undefined || market.ask === undefined) return 'needs one-sided quotes';
    const [bidUnits, askUnits] = [trial.units(market.bid), trial.units(market.ask)];
    if (bidUnits === undefined || askUnits === undefined) return 'a price is not on the grid';
    trial.quote(bidUnits, askUnits);
  }
  // A bar of a single price is a trade.
  const last = priceOf(tick, 'last') ?? priceOf(tick, 'close');
  if (last === undefined) return undefined;
  const units = trial.units(last);
  if (units === undefined) return `${last} is not on the grid`;
  trial.trade(units, '');
  return undefined;
}

function firstDifference(peer: PeerCase, wanted: PeerTrial, run: Run): string | undefined {
  const { steps, ...fields } = peer.expect;
  const stepProblem = steps === undefined ? undefined : stepDifference(steps, run);
  if (stepProblem !== undefined) return stepProblem;
  for (const [field, expected] of Object.entries(fields)) {
    if (field === 'fills') {
      if (run.trial.triggered) return 'fills expected none, was an order';
      continue;
    }
    const problem = difference(field, expected, ASSERTED[field]?.(run, wanted) ?? null);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function stepDifference(steps: unknown, { seen }: Run): string | undefined {
  if (!Array.isArray(steps)) return 'needs steps that are a list';
  if (steps.length !== seen.length) return `steps expected ${steps.length}, was ${seen.length}`;
  for (const [index, step] of (steps as Record<string, unknown>[]).entries()) {
    for (const [field, expected] of Object.entries(step)) {
      if (!['stop', 'triggered', 'activated'].includes(field)) return `needs ${field} of a step`;
      const was = seen[index]?.[field as keyof Seen] ?? null;
      const problem = difference(`steps.${index}.${field}`, expected, was);
      if (problem !== undefined) return problem;
    }
  }
  return undefined;
}

function difference(field: string, expected: unknown, was: Value): string | undefined {
  if (expected === was || isSameDecimal(expected, was)) return undefined;
  return `${field} expected ${JSON.stringify(expected)}, was ${String(was ?? 'none')}`;
}

function isSameDecimal(expected: unknown, was: Value): boolean {
  if (typeof expected !== 'string' || typeof was !== 'string') return false;
  const [a, b] = [parseDecimal(expected), parseDecimal(was)];
  return a !== undefined && b !== undefined && compare(a, b) === 0;
}

function seenOf(trial: StopTrial): Seen {
  const triggered = trial.triggered !== undefined;
  return { stop: levelOf(trial), triggered, activated: trial.isActivated };
}

function levelOf(trial: StopTrial): string | null {
  return trial.track?.level ?? null;
}

function isMoved(trial: StopTrial, initial: string | undefined): boolean {
  return levelOf(trial) !== null && !isSameDecimal(initial, levelOf(trial));
}

/** The price with which trailing began. */
function activationPrice({ armed, activated }: StopTrial): string | null {
  if (armed?.activated) return armed.reference?.price ?? null;
  return activated?.cause.price ?? null;
}

function reasonOf({ triggered }: StopTrial): string | null {
  if (!triggered) return null;
  return triggered.branch === 'stop' ? 'sl' : 'target';
}

function orderType({ triggered }: StopTrial): string | null {
  return triggered?.order.type.toUpperCase() ?? null;
}
