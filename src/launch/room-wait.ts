import { NoRoom } from './data-dir.js';

export interface RoomWaitOptions {
  /** Told of each try that found the disk full, and when the next one is. */
  readonly onFull: (reason: string, againInMs: number) => void;
  readonly pause: (ms: number) => Promise<void>;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

const PAUSE_MS_MIN = 500;
const PAUSE_MS_MAX = 15_000;

/** Does the work once the disk has room for it: stops wait unguarded behind it, so it is never given up. */
export async function onceThereIsRoom<T>(work: () => T, options: RoomWaitOptions): Promise<T> {
  for (let ceilingMs = PAUSE_MS_MIN; ; ceilingMs = Math.min(ceilingMs * 2, PAUSE_MS_MAX)) {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof NoRoom)) throw error;
      const pauseMs = Math.round(ceilingMs * (0.5 + options.random() / 2));
      options.onFull(error.message, pauseMs);
      await options.pause(pauseMs);
    }
  }
}
