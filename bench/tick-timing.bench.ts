import { EngineClock } from '../src/application/engine-clock.js';
import { StepTimes } from '../src/application/step-times.js';
import { noOutcome } from '../src/engine/price-index.js';
import { cpuNs, indexOf, liveStops, mixedPlan } from './support/armed-index.js';

/**
 * Question: what do the histograms of the steps, and the tracing of orders, cost a quiet tick?
 *
 * A quiet tick is the engine's alone here: gate, tape and queue are left out, which makes the share look as large as it
 * can be. `off` is without any timing, `timed` as it ships, `traced` as with a collector: each tick's way through the gate is noted then.
 */
export interface TickTimingResult {
  readonly nsOff: number;
  readonly nsTimed: number;
  readonly nsTraced: number;
  /** Ticks that the histogram of `judged` holds: timed and traced. */
  readonly judged: readonly [timed: number, traced: number];
}

const BATCH = 10_000;

export function tickTiming(stops: number, batches: number): TickTimingResult {
  const index = indexOf(liveStops(stops, mixedPlan, { priceTick: '0.01', first: 8329 }));
  const out = noOutcome();
  const clock = new EngineClock({ wallMs: Date.now, monotonicMs: () => performance.now() });
  const terms = { monotonicMs: () => performance.now(), stampedAtMs: clock.readAtMs };
  const timed = new StepTimes(terms);
  const traced = new StepTimes({ ...terms, onStep: () => undefined });
  const run = (steps: StepTimes | undefined): number => {
    const startNs = cpuNs();
    for (let at = 0; at < BATCH; at += 1) {
      steps?.begin();
      index.onPrice(8329 + (at & 1), out);
      steps?.end();
    }
    return (cpuNs() - startNs) / BATCH;
  };
  // The first pass arms what fires at once, and lets the compiler see all three.
  for (const steps of [undefined, timed, traced]) run(steps);
  const [nsOff, nsTimed, nsTraced] = [[], [], []] as [number[], number[], number[]];
  for (let batch = 0; batch < batches; batch += 1) {
    nsOff.push(run(undefined));
    nsTimed.push(run(timed));
    nsTraced.push(run(traced));
  }
  const judgedBy = (steps: StepTimes) =>
    steps.view().judged.counts.reduce((sum, count) => sum + count, 0);
  return {
    ...{ nsOff: median(nsOff), nsTimed: median(nsTimed), nsTraced: median(nsTraced) },
    judged: [judgedBy(timed), judgedBy(traced)],
  };
}

function median(samples: readonly number[]): number {
  return samples.toSorted((a, b) => a - b)[samples.length >> 1] ?? NaN;
}

export function tickTimingReport(stops: number, batches: number): string {
  const { nsOff, nsTimed, nsTraced, judged } = tickTiming(stops, batches);
  const line = (name: string, ns: number) =>
    `${name.padEnd(7)} ${ns.toFixed(1)} ns a quiet tick, ${(ns - nsOff).toFixed(1)} ns more, ${(ns / nsOff).toFixed(2)} x`;
  return [
    line('off', nsOff),
    line('timed', nsTimed),
    line('traced', nsTraced),
    `stops ${stops}  judged ${judged.join(' and ')}`,
  ].join('\n');
}
