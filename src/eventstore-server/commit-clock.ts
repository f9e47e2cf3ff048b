interface Waiting {
  readonly sinceMs: number;
  readonly expire: () => void;
}

/** How often is looked, at most and at least: so much later than was asked an append is given up. */
const TICK_MS_MAX = 100;
const TICK_MS_MIN = 25;

/** Gives up waiting for the disk. What was given up may still be written: nobody knows. */
export class CommitClock {
  private readonly waiting = new Set<Waiting>();
  private readonly tickMs: number;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly timeoutMs: number) {
    this.tickMs = Math.min(TICK_MS_MAX, Math.max(TICK_MS_MIN, timeoutMs));
  }

  /** Calls `expire` if what is returned is not called in time. */
  watch(expire: () => void): () => void {
    const entry = { sinceMs: performance.now(), expire };
    this.waiting.add(entry);
    this.timer ??= setInterval(() => this.tick(), this.tickMs);
    return () => {
      this.waiting.delete(entry);
    };
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.waiting.clear();
  }

  private tick(): void {
    const latestMs = performance.now() - this.timeoutMs;
    for (const entry of this.waiting) {
      if (entry.sinceMs > latestMs) break; // They stand in the order in which they came.
      this.waiting.delete(entry);
      entry.expire();
    }
    if (this.waiting.size === 0) this.stop();
  }
}
