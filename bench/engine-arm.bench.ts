import { BenchPartition } from './support/bench-partition.js';
import { percentile } from './support/percentile.js';

/**
 * Question: what does it cost to arm another stop of a position that has so many already?
 *
 * All guard a part of one position, at the same level. The way is that of a command through the partition.
 */
export interface ArmResult {
  readonly stops: number;
  /** Of the first tenth and of the last. */
  readonly firstP50Us: number;
  readonly lastP50Us: number;
  readonly armed: number;
}

export function engineArm(stops: number): ArmResult {
  const bench = new BenchPartition();
  const positionId = bench.position('long', String(stops));
  const ways: number[] = [];
  for (let number = 0; number < stops; number += 1) {
    const startNs = process.hrtime.bigint();
    bench.arm('long', { stop: '90' }, { positionId });
    ways.push(Number(process.hrtime.bigint() - startNs) / 1_000);
  }
  const tenth = Math.ceil(stops / 10);
  return {
    ...{ stops, armed: bench.partition.stopsArmed },
    firstP50Us: percentile(ways.slice(0, tenth), 0.5),
    lastP50Us: percentile(ways.slice(-tenth), 0.5),
  };
}

export function engineArmReport(sizes: readonly number[]): string {
  engineArm(1_000);
  return sizes
    .map(engineArm)
    .map(
      ({ stops, firstP50Us, lastP50Us, armed }) =>
        `stops of one position ${stops}  first p50 ${firstP50Us.toFixed(0)} µs  last p50 ${lastP50Us.toFixed(0)} µs  armed ${armed}`,
    )
    .join('\n');
}
