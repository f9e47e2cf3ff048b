import type { RateLimitTerms } from './ports/broker.port.js';

/**
 * Permits as a venue counts them. Any span of `perMs` holds at most `permits`, so that it does not matter where the
 * venue's own windows begin. Exits may take every permit, all else leaves `reservedForExits` of them alone.
 */
export class RateLimit {
  /** When each of the newest permits was taken, oldest at `next`. */
  private readonly takenAt: Float64Array;
  private next = 0;

  constructor(
    private readonly terms: RateLimitTerms,
    private readonly clock: () => number,
  ) {
    if (terms.reservedForExits >= terms.permits) {
      throw new Error(`Invariant: limit ${terms.name} leaves permits for entries`);
    }
    this.takenAt = new Float64Array(terms.permits).fill(-Infinity);
  }

  /** Ms until so many permits may be taken at once; 0 for now. */
  waitMs(isExit: boolean, count = 1): number {
    const { permits, perMs, reservedForExits } = this.terms;
    const spared = isExit ? 0 : reservedForExits;
    const last = Math.min(spared + count, permits) - 1;
    const leaving = this.takenAt[(this.next + last) % permits] ?? -Infinity;
    return Math.max(0, leaving + perMs - this.clock());
  }

  take(count = 1): void {
    for (let taken = 0; taken < count; taken += 1) {
      this.takenAt[this.next] = this.clock();
      this.next = (this.next + 1) % this.terms.permits;
    }
  }
}
