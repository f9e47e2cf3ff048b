import { formatUnits } from '../src/domain/instrument/price-grid.js';
import { noOutcome } from '../src/engine/price-index.js';
import { BY_LAST, cpuNs, indexOf, liveStops } from './support/armed-index.js';
import { FIXTURE } from './support/recorded-prices.js';
import { recordedColumns } from './sweep.bench.js';

/**
 * Question: what does a recorded day cost when every stop trails on the side that the market runs to?
 *
 * All trail long, so that every new high moves each of them. `plans`: how many different distances there are, from 1 %
 * on: stops of one plan that stand at the same place are worked on as one.
 */
export interface WorstResult {
  readonly stops: number;
  readonly plans: number;
  readonly ticks: number;
  /** Ticks that moved a stop. */
  readonly busyTicks: number;
  readonly moves: number;
  readonly fired: number;
  readonly wholeMs: number;
  readonly checksum: number;
}

export function engineWorst(file: string, stops: number, plans: number): WorstResult {
  const { columns, scale } = recordedColumns(file);
  const prices = columns.units.subarray(0, columns.count);
  const planOf = (number: number) => {
    // Beyond the day's way down, most of them: one that has fired costs nothing more.
    const percent = formatUnits(10_000 + (number % plans), 4);
    return { side: 'long', plan: { trail: { percent }, ...BY_LAST } } as const;
  };
  const first = prices[0] ?? NaN;
  const index = indexOf(liveStops(stops, planOf, { priceTick: formatUnits(1, scale), first }));
  const out = noOutcome();
  let [busyTicks, moves, fired, checksum] = [0, 0, 0, 0];
  const startNs = cpuNs();
  for (let at = 0; at < prices.length; at += 1) {
    index.onPrice(prices[at] ?? NaN, out);
    if (out.fired.length === 0 && out.changed.length === 0) continue;
    busyTicks += 1;
    fired += out.fired.length;
    moves += out.changed.length;
    checksum = (checksum * 31 + out.fired.length * 7 + out.changed.length * at) % 1_000_000_007;
    out.fired.length = 0;
    out.changed.length = 0;
    out.reactions.length = 0;
  }
  const wholeMs = (cpuNs() - startNs) / 1e6;
  return { stops, plans, ticks: prices.length, busyTicks, moves, fired, wholeMs, checksum };
}

export function engineWorstReport(file = FIXTURE, stops = 100_000): string {
  return [100, 10_000, stops]
    .map((plans) => engineWorst(file, stops, plans))
    .map(
      ({ plans, ticks, busyTicks, moves, fired, wholeMs, checksum }) =>
        `stops ${stops}  plans ${plans}  ticks ${ticks}, ${busyTicks} with moves  moves ${moves}  fired ${fired}  ${wholeMs.toFixed(0)} ms, ${((wholeMs * 1e6) / moves).toFixed(0)} ns a move, ${((ticks / wholeMs) * 1e-3).toFixed(2)} M ticks/s  checksum ${checksum}`,
    )
    .join('\n');
}
