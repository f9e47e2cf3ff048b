/** So many of the newest prices tell how late a feed's prices come. */
export const CLOCK_WINDOW = 512;

export interface FeedLatency {
  /** Venue time to receive time, both as their own clocks have it: below 0 when ours is behind the venue's. */
  readonly minMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly samples: number;
}

/** Beyond this our clock and the venue's are said to differ. Receive clocks 1.5 s behind a venue have been recorded. */
export const CLOCK_LIMITS = { behindMs: 2_000, aheadMs: 5_000 } as const;

// Few prices may all have been held up.
const SAMPLES_MIN = 32;

export type ClockState = 'unknown' | 'right' | 'behind' | 'ahead';

/**
 * How late the prices of one feed come. The least of many delays is what a price takes on its way when nothing holds it
 * up, plus the difference of the two clocks: below 0 it can only be our clock that is behind; far above, ours is ahead
 * or the line is slow, which one clock cannot tell apart.
 *
 * Cost: one store a price; the rest when somebody asks.
 */
export class ClockMeter {
  private readonly delays = new Float64Array(CLOCK_WINDOW);
  private count = 0;

  note(venueTimeMs: number, receivedAtMs: number): void {
    this.delays[this.count % CLOCK_WINDOW] = receivedAtMs - venueTimeMs;
    this.count += 1;
  }

  /** What was measured says nothing any more: another connection, or the clock was set. */
  reset(): void {
    this.count = 0;
  }

  /** Null before the first price. */
  latency(): FeedLatency | null {
    const samples = Math.min(this.count, CLOCK_WINDOW);
    if (samples === 0) return null;
    const sorted = this.delays.slice(0, samples).sort();
    const at = (part: number): number => {
      return sorted[Math.min(samples - 1, Math.floor(samples * part))] ?? 0;
    };
    return { minMs: at(0), p50Ms: at(0.5), p99Ms: at(0.99), samples };
  }

  state(): ClockState {
    const found = this.latency();
    if (!found || found.samples < SAMPLES_MIN) return 'unknown';
    if (found.minMs < -CLOCK_LIMITS.behindMs) return 'behind';
    return found.minMs > CLOCK_LIMITS.aheadMs ? 'ahead' : 'right';
  }
}
