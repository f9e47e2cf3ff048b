import { noReaction } from '../src/engine/live-stop.js';
import type { LiveStop } from '../src/engine/live-stop.js';
import { noOutcome } from '../src/engine/price-index.js';
import type { PriceIndex } from '../src/engine/price-index.js';
import { cpuNs, indexOf, liveStops, mixedPlan } from './support/armed-index.js';
import { recordedPrints } from './support/recorded-prices.js';

/**
 * Question: from how many stops on is the index better than looking at every stop at every price, as others do?
 *
 * The same stops, the same rules, the same recorded prices, turn by turn; the scan looks at stops that have not fired.
 */
export interface ScanResult {
  readonly stops: number;
  readonly ticks: number;
  readonly scanNs: number;
  readonly indexNs: number;
  /** Of both: they must agree. */
  readonly fired: number;
}

const ROUNDS = 2;

/** Returns how many fired. */
function scan(lives: readonly LiveStop[], prices: readonly number[]): number {
  const reaction = noReaction();
  let open = [...lives];
  for (const price of prices) {
    let isAnyGone = false;
    for (const live of open) {
      live.onPrice(live.terms.sign * price, reaction);
      if (reaction.fired) isAnyGone = true;
    }
    if (isAnyGone) open = open.filter((live) => live.terms.sign * price > live.firingPrice);
  }
  return lives.length - open.length;
}

function indexed(index: PriceIndex, prices: readonly number[]): number {
  const out = noOutcome();
  let fired = 0;
  for (const price of prices) {
    index.onPrice(price, out);
    fired += out.fired.length;
    out.fired.length = 0;
    out.changed.length = 0;
    out.reactions.length = 0;
  }
  return fired;
}

export function engineScan(stops: number, ticks: number): ScanResult {
  const prices = recordedPrints()
    .slice(0, ticks)
    .map(({ units }) => units);
  const made = (): readonly LiveStop[] =>
    liveStops(stops, mixedPlan, { priceTick: '0.01', first: 8329 });
  const best = { scan: Infinity, index: Infinity };
  const fired = new Set<number>();
  const timed = <Armed>(
    which: keyof typeof best,
    armed: Armed,
    run: (armed: Armed, prices: readonly number[]) => number,
  ): void => {
    const startNs = cpuNs();
    fired.add(run(armed, prices));
    best[which] = Math.min(best[which], (cpuNs() - startNs) / prices.length);
  };
  for (let round = 0; round < ROUNDS; round += 1) {
    timed('scan', made(), scan);
    timed('index', indexOf(made()), indexed);
  }
  const [count = 0, ...others] = fired;
  if (others.length > 0) throw new Error(`scan and index differ: ${[...fired].join(', ')} fired`);
  return { stops, ticks: prices.length, scanNs: best.scan, indexNs: best.index, fired: count };
}

export function engineScanReport(sizes: readonly (readonly [number, number])[]): string {
  return sizes
    .map(([stops, ticks]) => engineScan(stops, ticks))
    .map(
      ({ stops, ticks, scanNs, indexNs, fired }) =>
        `stops ${stops}  ticks ${ticks}  scan ${scanNs.toFixed(0)} ns/tick  index ${indexNs.toFixed(0)} ns/tick  ratio ${(scanNs / indexNs).toFixed(1)}  fired ${fired}`,
    )
    .join('\n');
}
