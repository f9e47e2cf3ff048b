import { EngineClock } from '../../application/engine-clock.js';
import type { FeedTime } from '../../application/ports/stream-transport.port.js';
import { WALL_TIME } from './wall-time.js';

/** The time of this machine as an engine takes it: it does not jump when the clock is set. */
export interface SteadyTime extends FeedTime {
  readonly witness: (venueTimeMs: number) => void;
  /** When the clock was last read: monotonic ms. What is being worked on was received then. */
  readonly stampedAtMs: () => number;
}

export function steadyTime(): SteadyTime {
  const clock = new EngineClock({
    wallMs: WALL_TIME.clock,
    monotonicMs: () => performance.now(),
  });
  return {
    ...WALL_TIME,
    clock: clock.now,
    witness: (ms) => clock.witness(ms),
    stampedAtMs: clock.readAtMs,
  };
}
