import type { FeedTime } from '../../src/application/ports/stream-transport.port.js';

interface Planned {
  readonly atMs: number;
  readonly then: () => void;
}

/** A clock that stands still until the test lets time pass; what falls due on the way is called in order. */
export class VirtualTime implements FeedTime {
  private readonly planned = new Set<Planned>();

  constructor(
    private nowMs: number,
    /** What chance says, each time it is asked. */
    public chance = 0.5,
  ) {}

  readonly clock = (): number => this.nowMs;
  readonly random = (): number => this.chance;

  readonly schedule = (ms: number, then: () => void): (() => void) => {
    const timer = { atMs: this.nowMs + ms, then };
    this.planned.add(timer);
    return () => this.planned.delete(timer);
  };

  /** Timers that still run. */
  get running(): number {
    return this.planned.size;
  }

  /** Ms until the next timer, Infinity without one. */
  get nextMs(): number {
    return Math.min(...[...this.planned].map(({ atMs }) => atMs), Infinity) - this.nowMs;
  }

  /** Whether a timer will end in just so many ms. */
  isAwaiting(ms: number): boolean {
    return [...this.planned].some(({ atMs }) => atMs - this.nowMs === ms);
  }

  advance(ms: number): void {
    const endMs = this.nowMs + ms;
    for (;;) {
      // The earliest, and of two at the same time the one that was planned first.
      let next: Planned | undefined;
      for (const timer of this.planned) {
        if (timer.atMs <= endMs && (!next || timer.atMs < next.atMs)) next = timer;
      }
      if (!next) break;
      this.planned.delete(next);
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.then();
    }
    this.nowMs = endMs;
  }
}
