import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 1;

/** How late the process that measures is itself: what it finds is no earlier than that. */
export class OwnDelay {
  private readonly histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  constructor() {
    this.histogram.enable();
  }

  /** Stops, and tells. */
  line(): string {
    this.histogram.disable();
    const late = (percent: number): string =>
      Math.max(0, this.histogram.percentile(percent) / 1e6 - RESOLUTION_MS).toFixed(1);
    return `this process itself was late by p50 ${late(50)}, p99 ${late(99)}, p99.9 ${late(99.9)} ms`;
  }
}
