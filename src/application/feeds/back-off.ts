// Beyond this many doublings every ceiling has long been reached.
const FAILURES_MAX = 30;

/**
 * Waits between tries: exponential with full jitter, so that many clients of a venue that came back do not all come at
 * once. It begins anew only when something has been received: a venue that takes connections and drops them is not
 * called more often than one that takes none.
 */
export class BackOff {
  private failures = 0;

  constructor(
    private readonly limits: { readonly msFirst: number; readonly msMax: number },
    private readonly random: () => number,
  ) {}

  /** Ms to wait before the next try. */
  next(): number {
    const { msFirst, msMax } = this.limits;
    const ceiling = Math.min(msMax, msFirst * 2 ** this.failures);
    this.failures = Math.min(this.failures + 1, FAILURES_MAX);
    return Math.floor(this.random() * ceiling);
  }

  succeeded(): void {
    this.failures = 0;
  }
}
