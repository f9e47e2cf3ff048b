import { RequestLimiter } from './request-limiter.js';

describe('a limit of requests', () => {
  it('lets a burst pass, then the rate, and tells how long to wait', () => {
    const limiter = new RequestLimiter(10);
    const burst = Array.from({ length: 20 }, () => limiter.waitMs('a', 0));
    expect(new Set(burst)).toStrictEqual(new Set([0]));
    expect(limiter.waitMs('a', 0)).toBe(100);
    expect(limiter.waitMs('a', 100)).toBe(0);
    expect(limiter.waitMs('a', 150)).toBe(50);
  });

  it('is each caller its own', () => {
    const limiter = new RequestLimiter(1);
    expect([limiter.waitMs('a', 0), limiter.waitMs('a', 0)]).toStrictEqual([0, 0]);
    expect(limiter.waitMs('a', 0)).toBe(1_000);
    expect(limiter.waitMs('b', 0)).toBe(0);
  });
});
