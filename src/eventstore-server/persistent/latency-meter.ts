const SAMPLES_MAX = 1000;

/** Names and ranks in the order in which administrators get them. */
const PERCENTILES: readonly (readonly [string, number])[] = [
  ['Quintile 1', 0.2],
  ['Quintile 2', 0.4],
  ['Quintile 3', 0.6],
  ['Quintile 4', 0.8],
  ['Quintile 5', 1],
  ['90%', 0.9],
  ['95%', 0.95],
  ['99%', 0.99],
  ['99.5%', 0.995],
  ['99.9%', 0.999],
  ['Highest', 1],
];

export interface Rate {
  readonly totalItems: number;
  readonly sinceLast: number;
  readonly perSecond: number;
}

/** Counts events, and how long the last ones of them took from sending to answer. */
export class LatencyMeter {
  totalItems = 0;
  private countedItems = 0;
  private countedAtMs = performance.now();
  private readonly samplesMs: number[] = [];
  private nextSample = 0;

  note(latencyMs: number): void {
    this.samplesMs[this.nextSample] = latencyMs;
    this.nextSample = (this.nextSample + 1) % SAMPLES_MAX;
  }

  /** The rate since the last call of this method. */
  measure(): Rate {
    const nowMs = performance.now();
    const sinceLast = this.totalItems - this.countedItems;
    const elapsedS = (nowMs - this.countedAtMs) / 1000;
    this.countedItems = this.totalItems;
    this.countedAtMs = nowMs;
    const perSecond = elapsedS > 0 ? Math.floor(sinceLast / elapsedS) : 0;
    return { totalItems: this.totalItems, sinceLast, perSecond };
  }

  /** Milliseconds by name; zero everywhere as long as nothing was answered. */
  latencies(): (readonly [string, number])[] {
    const sorted = this.samplesMs.toSorted((a, b) => a - b);
    const at = (rank: number): number =>
      Math.round(sorted[Math.max(0, Math.ceil(rank * sorted.length) - 1)] ?? 0);
    const sum = sorted.reduce((total, sample) => total + sample, 0);
    return [
      ['Mean', sorted.length === 0 ? 0 : Math.round(sum / sorted.length)],
      ['Median', at(0.5)],
      ['Fastest', at(0)],
      ...PERCENTILES.map(([name, rank]) => [name, at(rank)] as const),
    ];
  }
}
