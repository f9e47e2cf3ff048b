import type { FeedTime } from '../../application/ports/stream-transport.port.js';

/** The time and the chance of this machine. */
export const WALL_TIME: FeedTime = {
  clock: () => Date.now(),
  schedule: (ms, then) => {
    const timer = setTimeout(then, ms);
    return () => clearTimeout(timer);
  },
  random: Math.random,
};
