const SECOND_MS = 1_000;

/**
 * What may be sent to a venue that counts messages by the second and closes on whoever sends more. Judged over a
 * sliding second, not a refilled bucket: a full bucket and its refill together may be more than a second allows.
 */
export class MessageBudget {
  private readonly sentAtMs: number[] = [];

  constructor(private readonly perSecondMax: number) {}

  /** Takes one message out of the budget and returns 0, or returns the ms after which there is room again. */
  take(nowMs: number): number {
    while (this.sentAtMs.length > 0 && (this.sentAtMs[0] ?? 0) <= nowMs - SECOND_MS) {
      this.sentAtMs.shift();
    }
    if (this.sentAtMs.length < this.perSecondMax) {
      this.sentAtMs.push(nowMs);
      return 0;
    }
    return Math.max(1, (this.sentAtMs[0] ?? nowMs) + SECOND_MS - nowMs);
  }
}
