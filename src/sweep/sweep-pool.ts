import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { SweepCase, SweepMarket, SweepOutcome } from '../simulation/plan-sweep.js';
import type { PriceColumns, PriceMemory } from '../simulation/price-columns.js';

/** What one thread works on. The prices are in memory that all of them share. */
export interface SweepPart {
  readonly market: SweepMarket;
  readonly cases: readonly SweepCase[];
  readonly memory: PriceMemory;
}

/**
 * Runs the cases over the prices on so many threads, each over all prices with a share of the cases: what a price costs
 * that concerns nobody is paid once a thread, what it costs where it moves a stop is divided.
 *
 * Returns an outcome for each case, in their order. Rejects when a thread fails; the others are ended.
 */
export async function sweepOnThreads(
  threads: number,
  { market, cases }: { readonly market: SweepMarket; readonly cases: readonly SweepCase[] },
  prices: PriceColumns,
): Promise<readonly SweepOutcome[]> {
  const used = Math.max(1, Math.min(threads, cases.length));
  const parts = Array.from({ length: used }, (_part, number) => ({
    ...{ market, memory: prices.memory },
    // Dealt out like cards: neighbours are alike, and so is what they cost.
    cases: cases.filter((_case, place) => place % used === number),
  }));
  const workers = parts.map((part) => new Worker(WORKER, { workerData: part }));
  try {
    const found = await Promise.all(workers.map(answerOf));
    return cases.map((_case, place) => {
      const outcome = found[place % used]?.[Math.floor(place / used)];
      if (!outcome) throw new Error('Invariant: every case has an outcome');
      return outcome;
    });
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

const WORKER = join(__dirname, 'sweep-worker.main.js');

async function answerOf(worker: Worker): Promise<readonly SweepOutcome[]> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => {
      reject(new Error(`a thread of the sweep ended with ${code} before it had answered`));
    });
  });
}
