import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { BenchPartition } from './support/bench-partition.js';
import { mixedPlan } from './support/armed-index.js';

/**
 * Question: how much memory does an engine need for so many stops over so many instruments?
 *
 * Every position has so many stops (one), on an instrument whose price they have seen; the mix is that of `mixedPlan` around
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

export function engineMemory(stops: number, instruments: number, stopsAPosition = 1): MemoryResult {
  const before = held();
  const bench = new BenchPartition(instruments, FIRST);
  const open = new Map<string, string>();
  const armed = new Map<string, number>();
  for (let number = 0; number < stops; number += 1) {
    const instrument = number % instruments;
    const { side, plan } = mixedPlan(Math.floor(number / instruments));
    const place = `${side} ${instrument}`;
    const count = armed.get(place) ?? 0;
    armed.set(place, count + 1);
    if (count % stopsAPosition === 0) {
      open.set(place, bench.position(side, String(stopsAPosition), instrument));
    }
    const positionId = open.get(place) ?? '';
    bench.arm(side, { ...plan, dialect: plan.dialect.name }, { instrument, positionId });
  }
  open.clear();
  armed.clear();
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

export function engineMemoryReport(
  sizes: readonly (readonly [stops: number, instruments: number, stopsAPosition: number])[],
): string {
  return sizes
    .map((size) => engineMemory(...size))
    .map(
      ({ stops, instruments, heapMb, buffersMb, rssMb, armed }) =>
        `stops ${stops}  instruments ${instruments}  heap ${heapMb.toFixed(0)} MB  rows ${buffersMb.toFixed(0)} MB  RSS ${rssMb.toFixed(0)} MB  armed ${armed}`,
    )
    .join('\n');
}
