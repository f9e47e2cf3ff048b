import type { AlarmDesk } from './alarm-desk.js';

export interface TimeWatchOptions {
  readonly alarms: AlarmDesk;
  /** Wall clock, ms. */
  readonly wallMs: () => number;
  /** Monotonic, ms. */
  readonly monotonicMs: () => number;
  readonly schedule: (ms: number, then: () => void) => () => void;
}

const LOOK_MS = 250;
/** From here on a trigger would have waited noticeably. */
const STALL_MS = 1_000;
/** Below, clocks are merely being kept right. */
const JUMP_MS = 1_000;

/**
 * Notices when the engine stood still (a blocked event loop, a paused machine) and when the wall clock went another way
 * than time did. Neither changes what stops do: input time never runs backwards; but both ask for a human.
 */
export class TimeWatch {
  private cancel: () => void = () => undefined;

  constructor(private readonly options: TimeWatchOptions) {
    this.look(options.monotonicMs(), options.wallMs());
  }

  close(): void {
    this.cancel();
  }

  private look(monotonicBefore: number, wallBefore: number): void {
    const { alarms, wallMs, monotonicMs, schedule } = this.options;
    this.cancel = schedule(LOOK_MS, () => {
      const monotonic = monotonicMs();
      const wall = wallMs();
      const lateMs = Math.round(monotonic - monotonicBefore - LOOK_MS);
      const jumpMs = Math.round(wall - wallBefore - (monotonic - monotonicBefore));
      if (lateMs >= STALL_MS) {
        alarms.raise('ENGINE_STALLED', 'engine', `the engine stood still for ${lateMs} ms`);
      }
      if (Math.abs(jumpMs) >= JUMP_MS) {
        const way = jumpMs > 0 ? 'forward' : 'back';
        alarms.raise('CLOCK_JUMPED', 'clock', `the clock went ${way} by ${Math.abs(jumpMs)} ms`);
      }
      this.look(monotonic, wall);
    });
  }
}
