import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { BenchPartition } from './support/bench-partition.js';
import { mixedPlan } from './support/armed-index.js';

/**
 * Question: how much memory does an engine need for so many stops over so many instruments?
 *
 * Every stop has a position of its own, on an instrument whose price it has seen; the mix is that of `mixedPlan` around
 * the price. Memory is what is left after a collection, and what the process holds then.
 */
// Where the mix stands.
const FIRST = 8329;

export interface MemoryResult {
  readonly stops: number;
  readonly instruments: number;
  readonly heapMb: number;
  /** Rows outside of the heap. */
  readonly buffersMb: number;
  readonly rssMb: number;
  readonly armed: number;
}

export function engineMemory(stops: number, instruments: number): MemoryResult {
  const before = held();
  const bench = new BenchPartition(instruments, FIRST);
  for (let number = 0; number < stops; number += 1) {
    const { side, plan } = mixedPlan(Math.floor(number / instruments));
    bench.arm(side, { ...plan, dialect: plan.dialect.name }, { instrument: number % instruments });
  }
  for (let number = 0; number < instruments; number += 1) bench.step(bench.print(FIRST, number));
  const after = held();
  return {
    ...{ stops, instruments, armed: bench.partition.stopsArmed },
    heapMb: after.heapMb - before.heapMb,
    buffersMb: after.buffersMb - before.buffersMb,
    rssMb: after.rssMb,
  };
}

/** What is held after a collection, the same whether this process was started with it or not. */
function held(): { heapMb: number; buffersMb: number; rssMb: number } {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
  const mb = (bytes: number): number => bytes / 2 ** 20;
  return { heapMb: mb(heapUsed), buffersMb: mb(arrayBuffers), rssMb: mb(rss) };
}

export function engineMemoryReport(sizes: readonly (readonly [number, number])[]): string {
  return sizes
    .map(([stops, instruments]) => engineMemory(stops, instruments))
    .map(
      ({ stops, instruments, heapMb, buffersMb, rssMb, armed }) =>
        `stops ${stops}  instruments ${instruments}  heap ${heapMb.toFixed(0)} MB  rows ${buffersMb.toFixed(0)} MB  RSS ${rssMb.toFixed(0)} MB  armed ${armed}`,
    )
    .join('\n');
}
