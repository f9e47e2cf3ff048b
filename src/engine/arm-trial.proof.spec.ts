import fc from 'fast-check';
import { PartitionFixture, ulidOf } from '../../test/support/partition-fixture.js';
import type { Fact } from '../domain/facts.js';
import type { PlanRequest } from '../domain/stop/plan-request.js';

const price = fc.integer({ min: 8_000, max: 8_600 }).map((cents) => (cents / 100).toFixed(2));
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const asked = fc.record({
  side: fc.constantFrom('long' as const, 'short' as const),
  seen: maybe(price),
  quantity: maybe(fc.constantFrom('1', '9.999', '10', '11', '0', 'x')),
  plan: fc.record(
    {
      stop: price,
      trail: fc.constantFrom({ percent: '1' }, { amount: '0.50' }, { ticks: 20 }, { bps: '25' }),
      activation: price,
      step: fc.constantFrom('0.05', '0.10'),
      dialect: fc.constantFrom('stopledger', 'nautilus', 'freqtrade'),
      confirm: fc.constantFrom('single' as const, 'double' as const),
    },
    { requiredKeys: [] },
  ),
});

type Asked = typeof asked extends fc.Arbitrary<infer T> ? T : never;

function readied({ side, seen }: Asked): PartitionFixture {
  const fixture = PartitionFixture.ready();
  fixture.position(1, side);
  if (seen !== undefined) fixture.price(seen);
  return fixture;
}

function commandOf({ plan, quantity }: Asked) {
  return {
    kind: 'ArmStop' as const,
    stopId: ulidOf(2),
    positionId: ulidOf(1),
    plan: plan as PlanRequest,
    ...(quantity !== undefined && { quantity }),
  };
}

describe('a trial of a stop', () => {
  it('says what arming it comes to, and leaves everything as it was', () => {
    let [armed, fired] = [0, 0];
    fc.assert(
      fc.property(asked, (each) => {
        const fixture = readied(each);
        const command = commandOf(each);
        const trial = fixture.partition.tryArm({ commandId: 'try', actor: 'test', ...command });
        const facts: Fact[] = [];
        const before = fixture.decisions.length;
        const result = fixture.command({ ...command });
        facts.push(...fixture.decisions.slice(before).map(({ fact }) => fact));
        // The one that was tried first did the same as one that never was.
        const other = readied(each);
        other.command({ ...command });
        expect(fixture.decisions).toStrictEqual(other.decisions);
        if (trial.kind === 'rejected') {
          expect(result).toStrictEqual(trial);
          return;
        }
        const [first, second] = facts;
        if (first?.type !== 'StopArmed') throw new Error('a stop that would be armed is armed');
        const { quantity, plan, track, activated, reference } = first.data;
        const firesNow = second?.type === 'StopTriggered';
        expect(trial).toStrictEqual({
          ...{ kind: 'would-arm', quantity, plan, track, activated, firesNow, reference },
        });
        armed += 1;
        if (firesNow) fired += 1;
      }),
      { numRuns: 1_500 },
    );
    expect(armed).toBeGreaterThan(100);
    expect(fired).toBeGreaterThan(10);
  });
});
