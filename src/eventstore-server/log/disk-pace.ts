/** Slower than this is what the way through a thread costs beside the disk itself. */
const FAST_MS = 0.5;
/** So long nobody else may be kept waiting often. */
const STALL_MS = 10;
const SCORE_MAX = 64;
const SCORE_TRUSTED = 32;
const SLOW_COSTS = 8;

/**
 * Tells whether a write may be waited for in the loop: the way to a thread and back takes as long as a
 * fast disk does. Nothing else runs meanwhile, so nearly all writes of late have to have been fast, and
 * one that stalled ends the trust. It is waited for once a turn: what else arrives in that turn, from
 * many clients, shares its sync as ever.
 */
export class DiskPace {
  private score = 0;
  private hasWaited = false;

  /** Whether to wait now; who is told so has to. */
  takeWait(): boolean {
    if (this.hasWaited || this.score < SCORE_TRUSTED) return false;
    this.hasWaited = true;
    setImmediate(() => (this.hasWaited = false));
    return true;
  }

  /** Takes note of how long a write took, by whichever way. */
  note(ms: number): void {
    if (ms < FAST_MS) this.score = Math.min(SCORE_MAX, this.score + 1);
    else this.score = ms < STALL_MS ? Math.max(0, this.score - SLOW_COSTS) : 0;
  }
}
