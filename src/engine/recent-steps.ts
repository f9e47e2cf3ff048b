/** So many of the newest steps are kept: more than half of them have to be wide before the market counts as one of wide steps. */
const KEPT = 33;
/** Fewer tell nothing. */
const TELLING = 8;

/** How far the prices of one kind of one instrument go from one to the next, where they move at all. Units of its grid. */
export class RecentSteps {
  private readonly steps = new Float64Array(KEPT);
  private count = 0;

  note(step: number): void {
    if (step === 0) return;
    this.steps[this.count % KEPT] = step;
    this.count += 1;
  }

  /** The middle one; 0 while too few are known. */
  get median(): number {
    const known = Math.min(this.count, KEPT);
    if (known < TELLING) return 0;
    return this.steps.slice(0, known).sort()[known >> 1] ?? 0;
  }
}
