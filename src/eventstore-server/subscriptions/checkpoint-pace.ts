const TICK_MS = 50;
const MS_PER_SECOND = 1000;

/**
 * How many checkpoints a node sends a second. They only save a client work when it comes back: thousands of filters
 * that match nothing must not cost the writers what events would. Some go out at once, for programs that count them; what is
 * due beyond that waits for its turn, and is the newest one by then.
 */
export class CheckpointPace {
  private left: number;
  private readonly waiting = new Set<() => void>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly perSecondMax: number,
    private readonly atOnceMax = perSecondMax,
  ) {
    this.left = atOnceMax;
  }

  /** Calls `grant` when a checkpoint may be sent: at once if nobody waits. */
  ask(grant: () => void): void {
    this.timer ??= setInterval(() => this.refill(), TICK_MS).unref();
    if (this.left === 0 || this.waiting.size > 0) {
      this.waiting.add(grant);
      return;
    }
    this.left--;
    grant();
  }

  /** Who asked does not want it any more. */
  forget(grant: () => void): void {
    this.waiting.delete(grant);
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.waiting.clear();
  }

  private refill(): void {
    const share = Math.ceil((this.perSecondMax * TICK_MS) / MS_PER_SECOND);
    this.left = Math.min(this.atOnceMax, this.left + share);
    for (const grant of this.waiting) {
      if (this.left === 0) break;
      this.left--;
      this.waiting.delete(grant);
      grant();
    }
    if (this.left === this.atOnceMax) this.stop();
  }
}
