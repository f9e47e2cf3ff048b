interface Bucket {
  tokens: number;
  filledMs: number;
}

const CALLERS_MAX = 10_000; // tokens are made by hand; more can only be noise

/** A token bucket for each caller: a steady rate, and a burst of twice as many. */
export class RequestLimiter {
  private readonly buckets = new Map<string, Bucket>();

  constructor(private readonly perSecond: number) {}

  /** Returns how long to wait; 0 when the request may pass, which it then counts as. */
  waitMs(callerId: string, nowMs: number): number {
    const capacity = this.perSecond * 2;
    const bucket = this.buckets.get(callerId) ?? { tokens: capacity, filledMs: nowMs };
    const refill = ((nowMs - bucket.filledMs) * this.perSecond) / 1_000;
    bucket.tokens = Math.min(capacity, bucket.tokens + refill);
    bucket.filledMs = nowMs;
    if (this.buckets.size >= CALLERS_MAX) this.buckets.clear();
    this.buckets.set(callerId, bucket);
    if (bucket.tokens < 1) return ((1 - bucket.tokens) * 1_000) / this.perSecond;
    bucket.tokens -= 1;
    return 0;
  }
}
