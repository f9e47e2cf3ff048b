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
  const broken = [...world.violations, ...brokenPromises(world)];
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
  const promises: readonly (readonly [string, boolean])[] = [
    ['one trigger', stops.filter((type) => type === 'StopTriggered').length === 1],
    ['the stop is closed', stops.at(-1) === 'StopClosed'],
    ['the position is closed', log.typesOf('position-').at(-1) === 'PositionClosed'],
    ['no order was sent twice', venue.repeated.length === 0],
    ['each order has an id of its own', new Set(venue.accepted).size === venue.accepted.length],
    ['what left is what was open', soldAtVenue(world) === 10],
    ['every fill is in the log', filledInLog(world) === 10],
    ['no event is there twice', new Set(log.events.map(({ id }) => id)).size === log.events.length],
    ['the spool is empty', world.spool.length === 0],
    ['an order follows its decision in the log', ordersFollowDecisions(world)],
  ];
  return promises.filter(([, isKept]) => !isKept).map(([promise]) => promise);
}

function soldAtVenue({ venue }: ChaosWorld): number {
  return venue.accepted.reduce(
    (sum, id) => sum + Number(venue.book.order(id)?.fills[0]?.quantity ?? 0),
    0,
  );
}

function filledInLog({ log }: ChaosWorld): number {
  return log.events.reduce((sum, { decision: { fact } }) => {
    const isFill = fact.type === 'OrderFilled' || fact.type === 'OrderPartiallyFilled';
    return isFill ? sum + Number(fact.data.quantity) : sum;
  }, 0);
}

function ordersFollowDecisions({ log }: ChaosWorld): boolean {
  const decided = new Set<string>();
  return log.events.every(({ decision: { fact } }) => {
    if (fact.type === 'StopTriggered' || fact.type === 'StopTargetHit') {
      decided.add(fact.data.order.orderId);
    }
    // A further attempt is decided by its own event.
    if (fact.type !== 'OrderPlaced' || !fact.data.reduceOnly) return true;
    return fact.data.attempt > 1 || decided.has(fact.data.orderId);
  });
}
