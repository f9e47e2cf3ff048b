import { availableParallelism } from 'node:os';
import { FIXTURE } from './support/recorded-prices.js';
import { formatUnits } from '../src/domain/instrument/price-grid.js';
import { columnsOf } from '../src/market-data/recorded-columns.js';
import { RecordedTicks } from '../src/market-data/recorded-ticks.js';
import { Recording } from '../src/market-data/recorded-trades.js';
import type { SweepCase, SweepOutcome } from '../src/simulation/plan-sweep.js';
import type { PriceColumns } from '../src/simulation/price-columns.js';
import { sweepOnThreads } from '../src/sweep/sweep-pool.js';

/**
 * Question: how long does it take to try a thousand plans over one recorded day?
 *
 * Mix: of 4 plans, on both sides, one trails, one is a fixed stop with a target, one trails with an activation and a step,
 * one trails with break-even and a target for half. No two are the same, so that no work is shared.
 */
export interface SweepResult {
  readonly rows: number;
  readonly plans: number;
  readonly threads: number;
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly triggered: number;
  readonly moves: number;
  /** Changes with any change of what left when. */
  readonly checksum: number;
}

const DISTANCE_BPS_MIN = 5;

function casesAt(first: number, scale: number, plans: number): readonly SweepCase[] {
  return Array.from({ length: plans }, (_case, number) => {
    const side = number % 2 === 0 ? 'long' : 'short';
    const at = (bps: number): string => {
      const better = side === 'long' ? bps : -bps;
      return formatUnits(Math.round((first * (10_000 + better)) / 10_000), scale);
    };
    const far = DISTANCE_BPS_MIN + number / 10;
    const trail = { bps: String(far) };
    const target = { price: at(far + 30), portion: '0.5' };
    const kinds = [
      { trail },
      { stop: at(-far), targets: [{ price: at(far + 30) }] },
      { trail, stop: at(-far), activation: at(10), step: formatUnits(2, scale) },
      { trail, breakEven: { trigger: at(15) }, targets: [target] },
    ];
    return { side, quantity: '100', plan: { ...kinds[Math.floor(number / 2) % kinds.length] } };
  });
}

export function recordedColumns(file: string): { columns: PriceColumns; scale: number } {
  const ticks = new RecordedTicks(Recording.read(file), { instrumentId: 'BENCH', feed: 'bench' });
  return { columns: columnsOf(ticks), scale: ticks.priceScale };
}

export async function sweep(
  { columns, scale }: { columns: PriceColumns; scale: number },
  plans: number,
  threads: number,
): Promise<SweepResult> {
  const cases = casesAt(columns.units[0] ?? NaN, scale, plans);
  const market = { priceTick: formatUnits(1, scale), quantityStep: '1' };
  const before = process.cpuUsage();
  const startMs = performance.now();
  const outcomes = await sweepOnThreads(threads, { market, cases }, columns);
  const wallMs = performance.now() - startMs;
  const { user, system } = process.cpuUsage(before);
  return {
    rows: columns.count,
    plans,
    threads,
    wallMs,
    cpuMs: (user + system) / 1000,
    ...workOf(outcomes),
  };
}

function workOf(outcomes: readonly SweepOutcome[]) {
  let [triggered, moves, checksum] = [0, 0, 0];
  for (const outcome of outcomes) {
    if (outcome.kind === 'refused') throw new Error(JSON.stringify(outcome.problems));
    if (outcome.end === 'triggered') triggered += 1;
    moves += outcome.track.trailMoves;
    for (const { row } of outcome.exits) checksum = (checksum * 31 + row) % 1_000_000_007;
  }
  return { triggered, moves, checksum };
}

const ROUNDS = 5;

/** The best of some rounds: what others do on the machine only ever adds. */
export async function sweepReport(
  file = FIXTURE,
  sizes: readonly number[] = [1000],
): Promise<string> {
  const recorded = recordedColumns(file);
  const lines: string[] = [];
  for (const plans of sizes) {
    for (const threads of [1, availableParallelism()]) {
      const rounds: SweepResult[] = [];
      for (let round = 0; round < ROUNDS; round += 1)
        rounds.push(await sweep(recorded, plans, threads));
      const [best] = rounds.sort((a, b) => a.wallMs - b.wallMs);
      if (!best) continue;
      const { rows, wallMs, triggered, moves, checksum } = best;
      const cpuMs = Math.min(...rounds.map((one) => one.cpuMs));
      lines.push(
        `prices ${rows}  plans ${plans}  threads ${threads}  wall ${wallMs.toFixed(0)} ms  cpu ${cpuMs.toFixed(0)} ms  triggered ${triggered}  moves ${moves}  checksum ${checksum}`,
      );
    }
  }
  return lines.join('\n');
}
