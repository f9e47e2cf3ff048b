import type { KnownOrder } from '../domain/order/order-state.js';
import type { KnownStop } from '../domain/stop/stop-state.js';
import type { Registry } from '../engine/registry.js';
import { SentDoubt } from './sent-doubt.js';

const ORDER = 'S1-0101';
const T0 = Date.parse('2025-06-21T00:00:00Z');
const MINUTE_MS = 60_000;

/** The stop was armed in epoch 3. */
function doubt(othersSentUntilMs?: number, clock = { monotonicMs: 9_000, wallMs: 0 }): SentDoubt {
  const stamp = { positionId: 'P1', input: { epoch: 3 }, at: T0 };
  const order = { stopId: 'S1', stamp } as unknown as KnownOrder;
  const stop = { stamp } as unknown as KnownStop;
  const registry = { orders: new Map([[ORDER, order]]), stops: new Map([['S1', stop]]) };
  return new SentDoubt({
    othersSentUntilMs: () => othersSentUntilMs,
    registry: registry as unknown as Registry,
    monotonicMs: () => clock.monotonicMs,
    wallMs: () => clock.wallMs,
  });
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

  it('may have been sent by it where its stop was armed right after: the client may have asked for it before', () => {
    const clock = { monotonicMs: 9_000, wallMs: T0 - 2 * MINUTE_MS };
    expect(doubt(7_000, clock).untilMs(ORDER, 3)).toBeUndefined();
    clock.wallMs = T0 - MINUTE_MS + 2_001;
    expect(doubt(7_000, clock).untilMs(ORDER, 3)).toBe(7_000);
  });

  it('may have been sent by a run of ours whose decisions were overtaken, of that position alone', () => {
    const clock = { monotonicMs: 5_000, wallMs: T0 };
    const after = doubt(undefined, clock);
    after.note(new Map([['P2', T0]]));
    expect(after.untilMs(ORDER, 4)).toBeUndefined();
    after.note(new Map([['P1', T0]]));
    clock.monotonicMs = 6_000;
    expect(after.untilMs(ORDER, 4)).toBe(5_000);
    expect(after.untilMs(ORDER, 3)).toBeUndefined();
  });

  it('may have been sent minutes before its owner was claimed from, or since we had decided about its position', () => {
    const clock = { monotonicMs: 3_600_000, wallMs: T0 + 3_600_000 };
    const after = doubt(1_000, clock);
    expect(after.sinceMs(ORDER)).toBe(T0 + 1_000 - 10 * MINUTE_MS);
    after.note(new Map([['P1', T0 - 30 * MINUTE_MS]]));
    expect(after.sinceMs(ORDER)).toBe(T0 - 30 * MINUTE_MS);
  });

  it('is not searched for further back than venues list at once', () => {
    const after = doubt(undefined, { monotonicMs: 0, wallMs: T0 });
    after.note(new Map([['P1', T0 - 7 * 24 * 60 * MINUTE_MS]]));
    expect(after.sinceMs(ORDER)).toBe(T0 - 23 * 60 * MINUTE_MS);
  });
});
