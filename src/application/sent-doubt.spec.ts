import type { KnownOrder } from '../domain/order/order-state.js';
import type { KnownStop } from '../domain/stop/stop-state.js';
import type { Registry } from '../engine/registry.js';
import { SentDoubt } from './sent-doubt.js';

const ORDER = 'S1-0101';

/** The stop was armed in epoch 3. */
function doubt(othersSentUntilMs?: number): SentDoubt {
  const stamp = { positionId: 'P1', input: { epoch: 3 } };
  const order = { stopId: 'S1', stamp } as unknown as KnownOrder;
  const stop = { stamp } as unknown as KnownStop;
  const registry = { orders: new Map([[ORDER, order]]), stops: new Map([['S1', stop]]) };
  return new SentDoubt(
    { othersSentUntilMs: () => othersSentUntilMs },
    registry as unknown as Registry,
  );
}

describe('an order', () => {
  it('was not sent by anybody else where the owner before has handed over', () => {
    expect(doubt().untilMs(ORDER, 4)).toBeUndefined();
  });

  it('may have been sent by an owner that fell silent, if its stop was guarded by it', () => {
    expect(doubt(7_000).untilMs(ORDER, 4)).toBe(7_000);
    expect(doubt(7_000).untilMs(ORDER, 3)).toBeUndefined();
    expect(doubt(7_000).untilMs('S9-0101', 4)).toBeUndefined();
  });

  it('may have been sent by a run of ours whose decisions were overtaken, of that position alone', () => {
    const after = doubt();
    after.note(['P2'], 5_000);
    expect(after.untilMs(ORDER, 4)).toBeUndefined();
    after.note(['P1'], 5_000);
    expect(after.untilMs(ORDER, 4)).toBe(5_000);
    expect(after.untilMs(ORDER, 3)).toBeUndefined();
  });
});
