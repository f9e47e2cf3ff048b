export interface EngineClockOptions {
  /** What the machine takes for the time, ms since the epoch. May be set in either direction at any moment. */
  readonly wallMs: () => number;
  /** Ms that only ever pass. */
  readonly monotonicMs: () => number;
}

/** Below, clocks are merely being kept right: the wall clock is followed, though never backwards. */
const JUMP_MS = 1_000;
/** How much faster or slower than time itself the engine's clock may run to come back to the wall clock. */
const SLEW = 0.05;

/**
 * The time that inputs are stamped with. It runs as time does, whatever the wall clock is set to: a jump fires no time stop
 * early and holds none back. What the wall clock has jumped is made up for slowly, at a twentieth of what passes; or at once
 * when it is ahead and a live venue agrees with it, as after the machine has slept.
 */
export class EngineClock {
  private time: number;
  private passed: number;
  /** How far the wall clock was ahead when it was last looked at. */
  private aheadMs = 0;

  constructor(private readonly options: EngineClockOptions) {
    this.time = options.wallMs();
    this.passed = options.monotonicMs();
  }

  /** Whole ms since the epoch; never less than before. */
  readonly now = (): number => {
    const passed = this.options.monotonicMs();
    const elapsed = Math.max(0, passed - this.passed);
    this.passed = passed;
    this.aheadMs = this.options.wallMs() - (this.time + elapsed);
    this.time += Math.max(0, elapsed + this.correction(elapsed));
    return Math.floor(this.time);
  };

  /** When it was last read: monotonic ms. */
  readonly readAtMs = (): number => this.passed;

  /** A venue's own time, with a price that has just come. One of a recording, years old, agrees with nothing. */
  witness(venueTimeMs: number): void {
    if (this.aheadMs <= JUMP_MS) return;
    const wall = this.options.wallMs();
    if (Math.abs(wall - venueTimeMs) > JUMP_MS || wall < this.time) return;
    this.time = wall;
    this.passed = this.options.monotonicMs();
    this.aheadMs = 0;
  }

  private correction(elapsed: number): number {
    if (Math.abs(this.aheadMs) <= JUMP_MS) return this.aheadMs;
    return Math.sign(this.aheadMs) * Math.min(Math.abs(this.aheadMs), elapsed * SLEW);
  }
}
