import type { Fact } from '../../src/domain/facts.js';
import { ZERO, add, compare, decimal, subtract } from '../../src/domain/kernel/decimal.js';
import type { Decimal } from '../../src/domain/kernel/decimal.js';
import { compareInputs } from '../../src/domain/kernel/units.js';
import type { StopClosed } from '../../src/domain/stop/stop.events.js';
import { ChaosWorld } from './chaos-world.js';

export interface ChaosRun {
  readonly seed: number;
  readonly world: ChaosWorld;
}

export async function runChaos(seed: number): Promise<ChaosRun> {
  const world = new ChaosWorld(seed);
  await world.run();
  return { seed, world };
}

/** Throws with the seed and what happened. The same seed happens again. */
export function expectKeptPromises({ seed, world }: ChaosRun): void {
  const broken = [...world.violations, ...world.venue.violations, ...brokenPromises(world)];
  if (broken.length === 0) return;
  const story = [...world.story, ...world.log.events.map(({ decision }) => nameOf(decision))];
  throw new Error(`seed ${seed}:\n  ${broken.join('\n  ')}\n${story.join('\n')}`);
}

function nameOf({ streamId, expectedRevision, fact, input }: EventOf): string {
  return `  ${streamId}@${expectedRevision + 1} ${fact.type} (${input.epoch}/${input.seq})`;
}

type EventOf = ChaosWorld['log']['events'][number]['decision'];

function brokenPromises(world: ChaosWorld): string[] {
  const { log, venue } = world;
  const stops = log.typesOf('stop-');
  const triggers = stops.filter((type) => type === 'StopTriggered').length;
  const sold = subtract(decimal('10'), world.venue.open);
  const promises: readonly (readonly [string, boolean])[] = [
    ['one trigger', triggers === 1 || (isInsured(world) && triggers === 0)],
    ['the stop is closed', stops.at(-1) === 'StopClosed' || isInsured(world)],
    ['a trigger ends in flat, or in an alarm', isFlat(world) || isAlarmed(world)],
    ['no order was sent twice', venue.repeated.length === 0],
    ['each order has an id of its own', new Set(venue.accepted).size === venue.accepted.length],
    ['what left was open', compare(sold, decimal('10')) <= 0],
    ['every fill is in the log', compare(filledInLog(world), sold) === 0 || isReconciled(world)],
    ['what is open is what the venue has', compare(openInLog(world), world.venue.open) === 0],
    ['no event is there twice', new Set(log.events.map(({ id }) => id)).size === log.events.length],
    ['the spool is empty', world.spool.length === 0],
    ['an order follows its decision in the log', ordersFollowDecisions(world)],
  ];
  return promises.filter(([, isKept]) => !isKept).map(([promise]) => promise);
}

/** While no engine lived the stop at the venue took everything: there was nothing left to trigger. */
function isInsured(world: ChaosWorld): boolean {
  return isFlat(world) && world.log.typesOf('stop-').at(-1) === 'StopCancelled';
}

function isFlat(world: ChaosWorld): boolean {
  return compare(openInLog(world), ZERO) === 0;
}

/**
 * Two owners may have decided differently under the same order ids, one of them unknown to the log: what the venue's
 * position book then corrects, or what its order of more has filled, is an alarm of its own.
 */
function isReconciled({ log, takeOvers }: ChaosWorld): boolean {
  const isCorrected = log.typesOf('position-').includes('PositionReconciled');
  return takeOvers > 0 && (isCorrected || log.typesOf('order-').includes('FillDisputed'));
}

/**
 * The rest is named in the event that every alarm of its kind comes from; less what the stop at the venue, which was being
 * taken back, has filled since. Since: by the numbers of their inputs. The log has streams beside each other as they come.
 */
function isAlarmed({ log, venue }: ChaosWorld): boolean {
  const decisions = log.events.map(({ decision }) => decision);
  const closing = decisions.findLast(({ fact }) => isClosing(fact));
  if (!closing || !isClosing(closing.fact)) return false;
  const since = decisions.filter(({ input }) => compareInputs(input, closing.input) > 0);
  const filled = filledBy(since.map(({ fact }) => fact));
  const rest = subtract(decimal(closing.fact.data.unfilledQuantity), filled);
  return compare(rest, venue.open) === 0;
}

function isClosing(fact: Fact): fact is StopClosed {
  return fact.type === 'StopClosed';
}

function openInLog({ log }: ChaosWorld): Decimal {
  return log.events.reduce((open, { decision: { fact } }) => {
    if (fact.type === 'PositionReconciled') return decimal(fact.data.openQuantity);
    const isExit = fact.type === 'PositionReduced' || fact.type === 'PositionClosed';
    return isExit ? decimal(fact.data.remainingQuantity) : open;
  }, decimal('10'));
}

function filledInLog({ log }: ChaosWorld): Decimal {
  return filledBy(log.events.map(({ decision }) => decision.fact));
}

function filledBy(facts: readonly Fact[]): Decimal {
  return facts.reduce((sum, fact) => {
    const isFill = fact.type === 'OrderFilled' || fact.type === 'OrderPartiallyFilled';
    return isFill ? add(sum, decimal(fact.data.quantity)) : sum;
  }, ZERO);
}

function ordersFollowDecisions({ log }: ChaosWorld): boolean {
  const decided = new Set<string>();
  return log.events.every(({ decision: { fact } }) => {
    if (fact.type === 'StopTriggered' || fact.type === 'StopTargetHit') {
      decided.add(fact.data.order.orderId);
    }
    // A further attempt is decided by its own event.
    if (fact.type !== 'OrderPlaced' || !fact.data.reduceOnly) return true;
    const decidesItself = fact.data.attempt > 1 || fact.data.insures === true;
    return decidesItself || decided.has(fact.data.orderId);
  });
}
