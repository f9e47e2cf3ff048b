/** So many are kept of each reason, so that a flood of one kind does not hide the rare ones. */
const KEPT_OF_A_REASON_MAX = 50;
/** A reason is ours, never the venue's text; should one ever be made of a frame, it must not fill the memory. */
const REASONS_MAX = 50;

interface Received {
  readonly receivedAtMs: number;
}

/** The newest things of each reason for which something was held back. */
export class NewestByReason<T extends Received> {
  private readonly byReason = new Map<string, T[]>();

  note(reason: string, thing: T): void {
    const kept = this.byReason.get(reason) ?? [];
    if (kept.length === 0) {
      if (this.byReason.size >= REASONS_MAX) return;
      this.byReason.set(reason, kept);
    }
    kept.push(thing);
    if (kept.length > KEPT_OF_A_REASON_MAX) kept.shift();
  }

  newestFirst(): readonly T[] {
    return [...this.byReason.values()].flat().sort((a, b) => b.receivedAtMs - a.receivedAtMs);
  }
}
