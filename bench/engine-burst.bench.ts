import { formatUnits } from '../src/domain/instrument/price-grid.js';
import { BenchPartition, FIRST } from './support/bench-partition.js';
import { percentile } from './support/percentile.js';

/**
 * Question: how long after a price came in has the engine handed over a trigger, when the same price moves 10^2, 10^4,
 * 10^5 other stops?
 *
 * Every round a new high moves all longs, which trail by so many plans, and fires one short. The way ends when `begin`
 * gives its decisions back, of which the trigger is the first; the rest is what the moves take after that, part by part.
 */
export interface BurstResult {
  readonly others: number;
  /** Different plans among them. */
  readonly plans: number;
  readonly p50Us: number;
  readonly worstUs: number;
  /** What the rest of the price takes, and its longest part. */
  readonly restP50Us: number;
  readonly partP50Us: number;
  /** Moves that became events with the triggers or behind them: the budget of a second bounds them. */
  readonly recorded: number;
}

const PLANS = 20;
const WARM_UP = 20;
const ROUND_MS = 1_000;

class BurstBench {
  private readonly bench = new BenchPartition();

  constructor(others: number, rounds: number, plans: number) {
    // From 20 to 40 %.
    const step = Math.floor(200_000 / plans);
    for (let number = 0; number < others; number += 1) {
      const percent = formatUnits(200_000 + (number % plans) * step, 4);
      this.bench.arm('long', { trail: { percent } });
    }
    for (let round = 1; round <= rounds; round += 1) {
      this.bench.arm('short', { stop: formatUnits(FIRST + round, 2) });
    }
  }

  /** What one round took in ns, what it decided, and what was due behind it. */
  round(number: number) {
    const { bench } = this;
    const { partition } = bench;
    bench.at += ROUND_MS;
    const clock = () => Number(process.hrtime.bigint());
    const startNs = clock();
    const { decisions: first } = partition.begin(bench.numbered(bench.print(FIRST + number)));
    const ns = clock() - startNs;
    const decisions = [...first];
    const partsNs: number[] = [];
    while (!partition.isDone) {
      const partNs = clock();
      decisions.push(...partition.goOn());
      partsNs.push(clock() - partNs);
    }
    return { ns, partsNs, decisions, after: bench.step({ kind: 'timer' }) };
  }
}

export function engineBurst(others: number, rounds: number, plans = PLANS): BurstResult {
  const bench = new BurstBench(others, rounds, plans);
  const ways: number[] = [];
  const rests: number[] = [];
  const parts: number[] = [];
  let recorded = 0;
  for (let number = 1; number <= rounds; number += 1) {
    const { ns, partsNs, decisions, after } = bench.round(number);
    if (decisions[0]?.fact.type !== 'StopTriggered') throw new Error('the trigger must come first');
    if (number <= WARM_UP) continue;
    ways.push(ns / 1_000);
    rests.push(partsNs.reduce((sum, one) => sum + one, 0) / 1_000);
    parts.push(Math.max(...partsNs) / 1_000);
    recorded += [...decisions, ...after].filter(({ fact }) => fact.type === 'StopTrailed').length;
  }
  return {
    ...{ others, plans, recorded },
    ...{ p50Us: percentile(ways, 0.5), worstUs: Math.max(...ways) },
    ...{ restP50Us: percentile(rests, 0.5), partP50Us: percentile(parts, 0.5) },
  };
}

export function engineBurstReport(sizes: readonly number[], rounds: number): string {
  const few = sizes.map((others) => engineBurst(others, rounds));
  const own = sizes.filter((others) => others > 0).slice(-1);
  return [...few, ...own.map((others) => engineBurst(others, rounds, others))]
    .map(
      ({ others, plans, p50Us, worstUs, restP50Us, partP50Us, recorded }) =>
        `others ${others} of ${plans} plans  trigger p50 ${p50Us.toFixed(0)} µs  worst ${worstUs.toFixed(0)} µs  the moves p50 ${restP50Us.toFixed(0)} µs  longest part p50 ${partP50Us.toFixed(0)} µs  moves recorded ${recorded}`,
    )
    .join('\n');
}
