import type { Fact } from '../../src/domain/facts.js';
import type { Recorded } from '../../src/domain/kernel/event.js';
import {
  T0,
  aCause,
  orderAcked,
  orderFilled,
  recordedLog,
  stopTriggered,
} from '../../test/support/event-builders.js';
import { decisionLatency } from './decision-latency.projection.js';
import type { DecisionLatencyRow } from './decision-latency.projection.js';

/** Folds facts that were decided and stored at these milliseconds after T0. */
function after(...facts: readonly (readonly [fact: Fact, decidedMs: number, durableMs: number])[]) {
  const log = recordedLog(facts.map(([fact]) => fact));
  return log.reduce<DecisionLatencyRow | undefined>((row, recorded, at) => {
    const [, decidedMs, durableMs] = facts[at]!;
    const timed = {
      ...recorded,
      metadata: { ...recorded.metadata, wallTimeMs: T0 + decidedMs },
      recordedAt: T0 + durableMs,
    } as Recorded<never>;
    return decisionLatency.evolve(row, timed, 'S1-1-1', () => undefined);
  }, undefined);
}

const fired = stopTriggered({ cause: aCause('81.55', '104', T0 + 500) });

describe('the latency of a decision', () => {
  it('is told step by step', () => {
    // Received 3 ms after the venue's time of 500.
    expect(
      after([fired, 504, 506], [orderAcked(), 520, 521], [orderFilled(), 530, 532]),
    ).toStrictEqual({
      orderId: 'S1-1-1',
      stopId: 'S1',
      accountId: 'demo',
      instrumentId: 'BINANCE:LTCUSDT',
      branch: 'stop',
      venueTime: '2025-06-21T21:31:00.500Z',
      receivedAt: '2025-06-21T21:31:00.503Z',
      decidedAt: '2025-06-21T21:31:00.504Z',
      durableAt: '2025-06-21T21:31:00.506Z',
      ackedAt: '2025-06-21T21:31:00.521Z',
      filledAt: '2025-06-21T21:31:00.532Z',
      venueToReceivedMs: 3,
      receivedToDecidedMs: 1,
      decidedToDurableMs: 2,
      durableToAckedMs: 15,
      durableToFilledMs: 26,
    });
  });

  it('is not told of an order that no stop decided', () => {
    expect(after([orderAcked(), 520, 521], [orderFilled(), 530, 532])).toBeUndefined();
  });

  it('ends with the first fill', () => {
    const twice = after([fired, 504, 506], [orderFilled(), 530, 532], [orderFilled(), 630, 632]);
    expect(twice?.durableToFilledMs).toBe(26);
  });
});
