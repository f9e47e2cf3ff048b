import type { PlanRequest } from '../../domain/stop/plan-request.js';
import { PartitionFixture, T0, ulidOf } from '../../../test/support/partition-fixture.js';
import { LATE_AFTER_MS, tellLateExits } from './late-exits.js';

const ORDER = `${ulidOf(2)}-0101`;

/** Ids that are told as late so many ms after the stop has fired. */
function lateAfter(plan: PlanRequest, ms: number, work?: (fixture: PartitionFixture) => void) {
  const fixture = PartitionFixture.ready();
  fixture.position(1, 'long');
  fixture.arm(2, 1, plan);
  fixture.price('83.29');
  fixture.price('81.90');
  work?.(fixture);
  const told: string[] = [];
  const desk = {
    settle: (code: string, texts: ReadonlyMap<string, string>) => {
      for (const about of texts.keys()) told.push(`${code} ${about}`);
    },
  };
  tellLateExits(desk, fixture.partition.unsettledOrders(), T0 + ms);
  return told;
}

describe('an exit that should long be over', () => {
  const keep: PlanRequest = { stop: '82', limit: { offset: '0.05', then: 'keep' } };

  it('is one at market that has not filled', () => {
    expect(lateAfter({ stop: '82' }, LATE_AFTER_MS - 1)).toStrictEqual([]);
    expect(lateAfter({ stop: '82' }, LATE_AFTER_MS)).toStrictEqual([`EXIT_LATE ${ORDER}`]);
  });

  it('is not a limit that rests as its plan wants, until somebody wants it back', () => {
    expect(lateAfter(keep, 3_600_000)).toStrictEqual([]);
    const close = { kind: 'ClosePosition', positionId: ulidOf(1) };
    expect(lateAfter(keep, LATE_AFTER_MS, (fixture) => fixture.command(close))).toStrictEqual([
      `EXIT_LATE ${ORDER}`,
    ]);
  });

  it('is not what has just been wanted back, however long it has rested', () => {
    const late = LATE_AFTER_MS;
    const close = (fixture: PartitionFixture) => {
      fixture.at += 3_600_000;
      fixture.command({ kind: 'ClosePosition', positionId: ulidOf(1) });
    };
    expect(lateAfter(keep, 3_600_000 + late - 1, close)).toStrictEqual([]);
    expect(lateAfter(keep, 3_600_000 + late, close)).toStrictEqual([`EXIT_LATE ${ORDER}`]);
  });

  it('is over once it is settled', () => {
    const end = { kind: 'rejected', orderId: ORDER, reason: 'final', venueText: '' } as const;
    expect(lateAfter({ stop: '82' }, LATE_AFTER_MS, (it) => it.report(end))).toStrictEqual([]);
  });
});
