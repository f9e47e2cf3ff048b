import {
  stopTriggered,
  stopTargetHit,
  orderCancelled,
  orderFilled,
  orderPartiallyFilled,
  orderPlaced,
} from '../../test/support/event-builders.js';
import type { Fact } from '../domain/facts.js';
import type { Decision } from '../engine/decisions.js';
import type { Registry } from '../engine/registry.js';
import { LeftToVenue } from './left-to-venue.js';

const AFTER_MS = 10_000;
const RESTING = 'S1-zz01';

function decided(fact: Fact): Decision {
  return { fact } as Decision;
}

class Scene {
  now = 0;
  status = 'acked';
  isTakenBack = false;
  targetPrice: string | undefined;
  fills: readonly object[] = [];
  readonly told: string[] = [];
  readonly left = new LeftToVenue({
    afterMs: new Map([['demo', AFTER_MS]]),
    monotonicMs: () => this.now,
    registry: {
      insuranceOf: () =>
        ({
          ...{ status: this.status, orderId: RESTING, fills: this.fills },
          ...(this.targetPrice && { targetPrice: this.targetPrice }),
        }) as ReturnType<Registry['insuranceOf']>,
    },
    isTakenBack: () => this.isTakenBack,
    onLeft: (stopId, restingId) => this.told.push(`${stopId} left to ${restingId}`),
    onOver: (stopId, why) => this.told.push(`${stopId} goes: ${why}`),
  });

  /** Whether the exit waits. */
  fires(fact: Fact = stopTriggered()): boolean {
    this.left.onDecided(decided(fact));
    return this.left.holds(decided(fact));
  }
}

describe('a log that is lost for longer than an account lets its engine act alone', () => {
  it('leaves a stop to what rests for it at the venue, and not a moment earlier', () => {
    const scene = new Scene();
    expect(scene.fires(stopTriggered({ stopId: 'S0' }))).toBe(false);
    scene.left.onReach('slow');
    scene.now = AFTER_MS - 1;
    scene.left.onReach('away');
    expect(scene.fires(stopTriggered({ stopId: 'S0' }))).toBe(false);
    scene.now = AFTER_MS;
    expect(scene.fires()).toBe(true);
    // Nothing of it leaves: not what was decided about its orders either.
    expect(scene.left.holds(decided(orderPlaced()))).toBe(true);
    expect(scene.left.holds(decided(orderPlaced({ stopId: 'S0' })))).toBe(false);
    scene.left.onReach('reachable');
    expect(scene.left.holds(decided(orderPlaced()))).toBe(false);
    expect(scene.told).toStrictEqual([`S1 left to ${RESTING}`, 'S1 goes: log-is-back']);
  });

  it('knows of the loss also while nothing is written, and that it is over once appends pass, too', () => {
    const scene = new Scene();
    scene.left.onSight(false);
    scene.now = AFTER_MS;
    expect(scene.fires()).toBe(true);
    scene.left.onReach('away');
    scene.left.onSight(true);
    expect(scene.left.isLeft('S1')).toBe(true);
    scene.left.onReach('reachable');
    expect(scene.left.isLeft('S1')).toBe(false);
    scene.left.onSight(false);
    expect(scene.fires()).toBe(false);
  });

  it.each<[string, (scene: Scene) => void, Fact]>([
    ['has not been acknowledged', (scene) => (scene.status = 'sent'), stopTriggered()],
    ['is being taken back', (scene) => (scene.isTakenBack = true), stopTargetHit()],
    ['has ended', (scene) => (scene.status = 'cancelled'), stopTriggered()],
    [
      'has ended with its target, of which a piece has traded',
      (scene) => Object.assign(scene, { targetPrice: '85', fills: [{}] }),
      stopTriggered(),
    ],
    ['is of another account', () => undefined, stopTriggered({ accountId: 'other' })],
    ['is to be left by somebody who asks', () => undefined, stopTriggered({ branch: 'command' })],
  ])('lets a stop go whose stop at the venue %s', (_what, make, fact) => {
    const scene = new Scene();
    scene.left.onReach('away');
    scene.now = AFTER_MS;
    make(scene);
    expect(scene.fires(fact)).toBe(false);
    expect(scene.told).toStrictEqual([]);
  });

  it('lets it go when what rested ends without having traded, and not for another order', () => {
    const scene = new Scene();
    scene.left.onReach('away');
    scene.now = AFTER_MS;
    expect(scene.fires(stopTargetHit())).toBe(true);
    scene.left.onDecided(decided(orderCancelled({ orderId: 'S1-zz00' })));
    scene.left.onDecided(decided(orderFilled({ orderId: RESTING })));
    expect(scene.left.holds(decided(stopTargetHit()))).toBe(true);
    scene.left.onDecided(decided(orderCancelled({ orderId: RESTING })));
    expect(scene.left.holds(decided(stopTargetHit()))).toBe(false);
    expect(scene.told.at(-1)).toBe('S1 goes: nothing-rests');
  });

  it('lets it go when the target trades that rested with it: the stop has ended by that', () => {
    const scene = new Scene();
    scene.left.onReach('away');
    scene.now = AFTER_MS;
    expect(scene.fires(stopTargetHit())).toBe(true);
    scene.left.onDecided(decided(orderPartiallyFilled({ orderId: RESTING })));
    expect(scene.left.isLeft('S1')).toBe(true);
    scene.targetPrice = '85';
    scene.left.onDecided(decided(orderPartiallyFilled({ orderId: RESTING })));
    expect(scene.left.isLeft('S1')).toBe(false);
    expect(scene.told.at(-1)).toBe('S1 goes: nothing-rests');
  });
});
