import type { Fact } from '../../src/domain/facts.js';
import {
  PLAN,
  d,
  stopActivated,
  stopAmended,
  stopArmed,
  stopCancelled,
  stopClosed,
  stopQuantityAdjusted,
  stopTargetHit,
  stopTrailed,
  stopTriggered,
} from '../../test/support/event-builders.js';
import { rowOf } from '../../test/support/folding.js';
import { openStops } from './open-stops.projection.js';

function after(...facts: Fact[]) {
  return rowOf(openStops, [stopArmed(), ...facts]);
}

describe('the stops', () => {
  it('show one that was armed', () => {
    expect(after()).toStrictEqual({
      stopId: 'S1',
      accountId: 'demo',
      instrumentId: 'BINANCE:LTCUSDT',
      positionId: 'P1',
      mode: 'paper',
      rules: 'r1',
      side: 'long',
      status: 'armed',
      quantity: '10',
      armedQuantity: '10',
      entryPrice: '83.29',
      plan: PLAN,
      activated: true,
      level: '81.6242',
      extreme: '83.29',
      trailMoves: 0,
      limitPrice: null,
      targetsHit: 0,
      triggeredBy: null,
      orderId: null,
      unfilledQuantity: null,
      revision: 0,
      armedAt: '2025-06-21T21:31:00.000Z',
      triggeredAt: null,
      endedAt: null,
      updatedAt: '2025-06-21T21:31:00.000Z',
    });
  });

  it('follow its level', () => {
    expect(after(stopTrailed())).toMatchObject({
      level: '81.7222',
      extreme: '83.39',
      trailMoves: 2,
      revision: 1,
    });
  });

  it('say when it began to trail', () => {
    const dormant = rowOf(openStops, [stopArmed({ activated: false }), stopActivated()]);
    expect(dormant.activated).toBe(true);
  });

  it('guard less after a target', () => {
    expect(after(stopTargetHit())).toMatchObject({
      status: 'armed',
      quantity: '5',
      armedQuantity: '10',
      targetsHit: 1,
      orderId: 'S1-1-1',
    });
    expect(after(stopQuantityAdjusted()).quantity).toBe('7');
  });

  it('show the plan that is in force', () => {
    expect(after(stopAmended())).toMatchObject({ plan: { stop: '80' }, level: '80' });
    const afterTarget = after(stopTargetHit(), stopAmended());
    expect([afterTarget.targetsHit, afterTarget.armedQuantity]).toStrictEqual([
      0,
      afterTarget.quantity,
    ]);
  });

  it('name the price that fired it', () => {
    expect(after(stopTriggered())).toMatchObject({
      status: 'triggered',
      triggeredBy: {
        price: '81.55',
        tradeId: '104',
        venueTime: '2025-06-21T21:31:00.500Z',
        receivedAt: '2025-06-21T21:31:00.503Z',
        feed: 'main',
        source: 'last',
        branch: 'stop',
      },
      orderId: 'S1-1-1',
      triggeredAt: '2025-06-21T21:31:00.000Z',
      endedAt: null,
    });
  });

  it('say what a settled one left unfilled', () => {
    expect(after(stopTriggered(), stopClosed({ unfilledQuantity: d('6') }))).toMatchObject({
      status: 'closed',
      unfilledQuantity: '6',
      endedAt: '2025-06-21T21:31:00.000Z',
    });
  });

  it('keep one that was cancelled', () => {
    expect(after(stopCancelled())).toMatchObject({ status: 'cancelled', triggeredBy: null });
  });

  it('take a move of a stop that was never armed for a bug', () => {
    expect(() => rowOf(openStops, [stopTrailed()])).toThrow('a stop is armed before anything else');
  });
});
