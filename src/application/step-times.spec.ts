import type { Fact } from '../domain/facts.js';
import { STEP_BUCKETS, StepTimes } from './step-times.js';

const exit = (orderId: string) => ({ type: 'StopTriggered', data: { order: { orderId } } }) as Fact;
const entry = (orderId: string, reduceOnly = false) =>
  ({ type: 'OrderPlaced', data: { orderId, reduceOnly } }) as Fact;

describe('the times of the steps of a tick', () => {
  let nowMs: number;
  let stampedMs: number;
  let times: StepTimes;

  beforeEach(() => {
    [nowMs, stampedMs] = [0, 0];
    times = new StepTimes({ monotonicMs: () => nowMs, stampedAtMs: () => stampedMs });
  });

  /** By step: the upper edge of every bucket that holds something, in seconds, and how many. */
  function seen(step: keyof ReturnType<StepTimes['view']>): (readonly [number, number])[] {
    const { counts } = times.view()[step];
    return counts.flatMap((count, at) =>
      count > 0 ? [[STEP_BUCKETS[at] ?? Infinity, count] as const] : [],
    );
  }

  it('follows an exit from its price to the acknowledgement', () => {
    times.begin();
    nowMs = 2;
    times.decided(exit('a'));
    times.end();
    nowMs = 6;
    times.durable('a');
    nowMs = 6.04;
    times.sent('a');
    nowMs = 30_000;
    times.answered('a', 'acknowledged');
    expect(seen('decided')).toStrictEqual([[0.0025, 1]]);
    expect(seen('durable')).toStrictEqual([[0.005, 1]]);
    expect(seen('sent')).toStrictEqual([[0.00005, 1]]);
    expect(seen('acknowledged')).toStrictEqual([[Infinity, 1]]);
    expect(times.view().durable.sum).toBeCloseTo(0.004, 9);
  });

  it('times one tick in 64, whatever comes of it', () => {
    for (let tick = 0; tick < 640; tick += 1) {
      stampedMs = nowMs;
      nowMs += 0.2;
      times.begin();
      nowMs += 0.3;
      times.end();
    }
    expect([seen('gated'), seen('judged')]).toStrictEqual([[[0.00025, 10]], [[0.0005, 10]]]);
  });

  it('times no decision from a price that none has made, and no order of the way out twice', () => {
    times.decided(entry('e'));
    times.decided(entry('a', true));
    for (const orderId of ['e', 'a']) {
      times.durable(orderId);
      times.sent(orderId);
      times.answered(orderId, 'acknowledged');
    }
    expect([seen('decided'), seen('durable')]).toStrictEqual([[], [[0.00005, 1]]]);
    expect(seen('acknowledged')).toStrictEqual([[0.00005, 1]]);
  });

  it('counts the first sending alone, and only what the venue took', () => {
    times.decided(exit('a'));
    times.durable('a');
    times.sent('a');
    nowMs = 100;
    times.answered('a', 'unknown');
    times.sent('a');
    times.answered('a', 'acknowledged');
    expect([seen('sent'), seen('acknowledged')]).toStrictEqual([[[0.00005, 1]], []]);
  });

  it('forgets the oldest of orders that nobody ever answers', () => {
    for (let order = 0; order < 10_001; order += 1) times.decided(exit(String(order)));
    times.durable('0');
    times.durable('1');
    expect(seen('durable')).toStrictEqual([[0.00005, 1]]);
  });
});
