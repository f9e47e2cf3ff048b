import type { Fact } from '../../src/domain/facts.js';
import {
  T0,
  anExit,
  d,
  positionClosed,
  positionOpened,
  positionReduced,
  stopArmed,
  stopCancelled,
  stopClosed,
  stopExpired,
  stopQuantityAdjusted,
  stopResumed,
  stopSuspended,
  stopTargetHit,
  stopTriggered,
} from '../../test/support/event-builders.js';
import { rowOf } from '../../test/support/folding.js';
import { protection } from './protection.projection.js';

function after(...facts: Fact[]) {
  return rowOf(protection, [positionOpened(), ...facts]);
}

describe('the protection of a position', () => {
  it('begins with none, and is measured in quantity and seconds', () => {
    expect(after(stopArmed({ quantity: d('4'), at: T0 + 1500 }))).toStrictEqual({
      positionId: 'P1',
      accountId: 'demo',
      instrumentId: 'BINANCE:LTCUSDT',
      mode: 'paper',
      side: 'long',
      openQuantity: '10',
      guardedBy: { S1: '4' },
      withoutLevel: {},
      asleep: {},
      exiting: {},
      coveredQuantity: '4',
      uncoveredQuantity: '6',
      uncoveredSince: '2025-06-21T21:31:00.000Z',
      uncoveredQuantitySeconds: '15', // 10 x 1.5 s
      uncoveredMsMax: 1500,
      updatedAt: '2025-06-21T21:31:01.500Z',
    });
  });

  it('is whole while an exit is under way, and when all is sold', () => {
    const armed = stopArmed({ at: T0 + 1000 });
    const fired = stopTriggered({ at: T0 + 5000 });
    expect(after(armed, fired)).toMatchObject({
      guardedBy: {},
      exiting: { 'S1-1': { stopId: 'S1', quantity: '10' } },
      uncoveredQuantity: '0',
      uncoveredSince: null,
      uncoveredQuantitySeconds: '10',
    });
    const part = positionReduced({ quantity: d('4'), remainingQuantity: d('6'), at: T0 + 6000 });
    const rest = positionClosed({ quantity: d('6'), at: T0 + 7000 });
    expect(after(armed, fired, part)).toMatchObject({ uncoveredQuantity: '0', openQuantity: '6' });
    expect(after(armed, fired, part, rest, stopClosed({ at: T0 + 7000 }))).toMatchObject({
      exiting: {},
      uncoveredQuantity: '0',
      uncoveredQuantitySeconds: '10',
    });
  });

  it('ends where a stop was cancelled, was refused its exit, or guards less', () => {
    const armed = stopArmed({ at: T0 });
    expect(after(armed, stopCancelled({ at: T0 + 1000 }))).toMatchObject({
      uncoveredQuantity: '10',
      uncoveredSince: '2025-06-21T21:31:01.000Z',
    });
    const refused = stopClosed({ unfilledQuantity: d('10'), at: T0 + 2000 });
    expect(after(armed, stopTriggered(), refused)).toMatchObject({ uncoveredQuantity: '10' });
    expect(after(armed, stopQuantityAdjusted())).toMatchObject({ uncoveredQuantity: '3' });
  });

  it('sleeps with its stop, whose quantity follows meanwhile, and is there again when it wakes', () => {
    const asleep = [stopArmed({ at: T0 }), stopSuspended({ at: T0 + 1000 })];
    expect(after(...asleep)).toMatchObject({
      ...{ guardedBy: {}, asleep: { S1: '10' }, uncoveredQuantity: '10' },
      uncoveredSince: '2025-06-21T21:31:01.000Z',
    });
    const less = stopQuantityAdjusted({ quantity: d('7'), at: T0 + 2000 });
    expect(after(...asleep, less, stopResumed({ at: T0 + 3000 }))).toMatchObject({
      ...{ guardedBy: { S1: '7' }, asleep: {}, uncoveredQuantity: '3' },
      uncoveredQuantitySeconds: '20',
    });
    expect(after(...asleep, stopCancelled({ at: T0 + 2000 }))).toMatchObject({ asleep: {} });
  });

  it('ends when the time of a stop runs out without an exit', () => {
    expect(after(stopArmed({ at: T0 }), stopExpired({ at: T0 + 1000 }))).toMatchObject({
      ...{ guardedBy: {}, uncoveredQuantity: '10', uncoveredSince: '2025-06-21T21:31:01.000Z' },
    });
  });

  it('holds over a target: what leaves and what stays are both guarded', () => {
    const hit = stopTargetHit({ order: anExit('S1-1-1', '5') });
    expect(after(stopArmed(), hit)).toMatchObject({
      guardedBy: { S1: '5' },
      exiting: { 'S1-1': { quantity: '5' } },
      uncoveredQuantity: '0',
    });
  });
});
