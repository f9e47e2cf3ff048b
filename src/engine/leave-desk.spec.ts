import { PartitionFixture, ulidOf } from '../../test/support/partition-fixture.js';
import { decimal, formatDecimal, subtract } from '../domain/kernel/decimal.js';
import type { Decision } from './decisions.js';

const POSITION = ulidOf(1);
const CLOSE = { kind: 'ClosePosition', positionId: POSITION };

/** A position of 10 under three stops, one of them asleep, with 1 that none guards. */
function guarded(): PartitionFixture {
  const fixture = PartitionFixture.ready();
  fixture.price('83.29');
  fixture.position(1, 'long');
  fixture.arm(2, 1, { stop: '82' }, '4');
  fixture.arm(3, 1, { trail: { percent: '1' } }, '3');
  fixture.arm(4, 1, { stop: '81' }, '2');
  fixture.command({ kind: 'SuspendStop', stopId: ulidOf(4) });
  return fixture;
}

function started(durable: readonly Decision[], from: PartitionFixture): PartitionFixture {
  const next = from.restarted(durable);
  next.partition.beginRecovery();
  next.partition.live();
  next.input({ kind: 'started', build: 'test' });
  return next;
}

/** What the exits that are under way will take, and how many stops let it go. */
function leavingIn({ partition }: PartitionFixture): { quantity: string; stops: number } {
  const exits = partition.unsettledOrders();
  const rest = exits.reduce(
    (left, { quantity }) => subtract(left, decimal(quantity)),
    decimal('10'),
  );
  return {
    quantity: formatDecimal(subtract(decimal('10'), rest)),
    stops: new Set(exits.map(({ stopId }) => stopId)).size,
  };
}

describe('a position that is to leave', () => {
  it('leaves as a whole also when a crash kept any part of what was decided', () => {
    const fixture = guarded();
    const before = [...fixture.decisions];
    fixture.command(CLOSE);
    const decided = fixture.decisions.slice(before.length);
    const triggers = decided.filter(({ fact }) => fact.type === 'StopTriggered');
    expect([triggers.length, leavingIn(fixture)]).toStrictEqual([4, { quantity: '10', stops: 4 }]);
    for (const kept of triggers) {
      // Streams are durable each for itself: this trigger alone, with what stands before it in its own stream.
      const stream = decided.filter((one) => one.streamId === kept.streamId);
      const next = started([...before, ...stream], fixture);
      expect([kept.streamId, leavingIn(next)]).toStrictEqual([
        kept.streamId,
        { quantity: '10', stops: 4 },
      ]);
    }
    expect(leavingIn(started(before, fixture))).toStrictEqual({ quantity: '0', stops: 0 });
  });

  it('lets what came in afterwards alone', () => {
    const fixture = guarded();
    fixture.command(CLOSE);
    const [first] = fixture.partition.unsettledOrders();
    const orderId = first?.orderId ?? '';
    fixture.report({ kind: 'rejected', orderId, reason: 'final', venueText: '' });
    fixture.at += 10;
    fixture.arm(9, 1, { stop: '80' });
    const next = started(fixture.decisions, fixture);
    expect(next.partition.registry.stops.get(ulidOf(9))?.status).toBe('armed');
    expect(leavingIn(next).stops).toBe(3);
  });
});
