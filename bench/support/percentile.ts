/** The value below which a share of the samples lies. Sorts a copy. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = Math.min(sorted.length - 1, Math.floor(sorted.length * share));
  return sorted[at] ?? NaN;
}

/** One line: p50, p99, p99.9 and maximum in ms. */
export function latencyLine(name: string, samplesMs: readonly number[]): string {
  const at = (share: number): string => percentile(samplesMs, share).toFixed(3);
  const max = Math.max(...samplesMs).toFixed(3);
  return `${name.padEnd(28)} n ${samplesMs.length}  p50 ${at(0.5)}  p99 ${at(0.99)}  p99.9 ${at(0.999)}  max ${max} ms`;
}
