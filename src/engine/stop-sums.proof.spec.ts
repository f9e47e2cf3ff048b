import { PartitionFixture, ulidOf } from '../../test/support/partition-fixture.js';
import { actAtRandom } from '../../test/support/random-trader.js';
import { Seeded } from '../../test/support/seeded.js';
import { ZERO, add, compare, decimal, formatDecimal, subtract } from '../domain/kernel/decimal.js';
import { uncoveredOf } from './coverage.js';
import { spokenFor, stepOf } from './exit-progress.js';
import type { Registry } from './registry.js';

const POSITION = ulidOf(1);

/** What no stop guards, the slow and obvious way: stop by stop, in the order of arming. */
function uncoveredByHand(registry: Registry): string {
  const position = registry.positions.get(POSITION);
  if (position?.status !== 'open') return '0';
  let covered = ZERO;
  for (const stopId of registry.stopsOf.get(POSITION) ?? []) {
    const stop = registry.stops.get(stopId);
    if (!stop) continue;
    if (stop.status === 'armed' && stop.track.level !== null)
      covered = add(covered, decimal(stop.quantity));
    for (const exit of stop.exits) {
      const { kind } = stepOf(registry, stop, exit);
      if (kind === 'hold' || kind === 'held') continue;
      covered = add(covered, spokenFor(registry, stop, exit));
    }
  }
  const open = decimal(position.quantity);
  return compare(covered, open) >= 0 ? '0' : formatDecimal(subtract(open, covered));
}

/** What another stop may be armed for; no more than 0 where stops were asked to guard what is gone. */
function freeByHand(registry: Registry): string {
  const position = registry.positions.get(POSITION);
  if (position?.status !== 'open') return '0';
  let free = decimal(position.quantity);
  for (const stopId of registry.stopsOf.get(POSITION) ?? []) {
    const stop = registry.stops.get(stopId);
    if (!stop) return '0';
    if (stop.status === 'armed' || stop.status === 'suspended')
      free = subtract(free, decimal(stop.quantity));
    for (const exit of stop.exits) free = subtract(free, spokenFor(registry, stop, exit));
  }
  return compare(free, ZERO) <= 0 ? '0' : formatDecimal(free);
}

/** What the engine says that it may be armed for: more is refused, and the answer names what is free. */
function freeIn(fixture: PartitionFixture, step: number): string {
  if (fixture.partition.registry.positions.get(POSITION)?.status !== 'open') return '0';
  const tried = fixture.partition.tryArm({
    ...{ kind: 'ArmStop', commandId: `t${step}`, actor: 'test', stopId: ulidOf(9000 + step) },
    ...{ positionId: POSITION, plan: { stop: '1' }, quantity: '1000000' },
  });
  if (tried.kind !== 'rejected') throw new Error('so much is never free');
  const [problem] = tried.problems;
  const free = /\((.*)\)/.exec(problem?.rule ?? '')?.[1];
  if (problem?.code !== 'OVER_COVERED' || free === undefined) throw new Error(problem?.rule);
  return compare(decimal(free), ZERO) <= 0 ? '0' : free;
}

describe('what the stops of a position come to', () => {
  it('is their sum, whatever happens to however many of them, also behind a restart and an isolated stop', () => {
    let many = 0;
    for (let seed = 1; seed <= 16; seed += 1) {
      const chance = new Seeded(seed);
      let fixture = PartitionFixture.ready();
      fixture.price('83.29');
      fixture.position(1, 'long', '60');
      const isolatedAt = seed % 4 === 0 ? chance.between(60, 80) : Infinity;
      const restartedAt = chance.between(20, 60);
      for (let step = 0; step < 80; step += 1) {
        if (step === restartedAt) fixture = fixture.restarted();
        if (step === isolatedAt) fixture.partition.registry.dropStop(ulidOf(100));
        actAtRandom(fixture, chance, step);
        const { registry } = fixture.partition;
        many = Math.max(many, registry.stopsOf.get(POSITION)?.length ?? 0);
        const found = [formatDecimal(uncoveredOf(registry, POSITION)), freeIn(fixture, step)];
        const wanted = [uncoveredByHand(registry), freeByHand(registry)];
        expect([seed, step, ...found]).toStrictEqual([seed, step, ...wanted]);
      }
    }
    // Beyond the number from which on a sum is kept.
    expect(many).toBeGreaterThan(20);
  });
});
