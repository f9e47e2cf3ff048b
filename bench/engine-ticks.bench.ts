import { noOutcome } from '../src/engine/price-index.js';
import type { PriceIndex } from '../src/engine/price-index.js';
import { cpuNs, indexOf, liveStops, mixedPlan } from './support/armed-index.js';
import { recordedPrints } from './support/recorded-prices.js';

/**
 * Question: what does a recorded tick cost the engine with 10^2, 10^4 and 10^6 armed stops?
 *
 * Mix: of 20 stops, 18 fixed ones spread over 10 % on both sides, one trailing long, one trailing short (2 to 8 %).
 */
export interface EngineTicksResult {
  readonly stops: number;
  readonly ticks: number;
  readonly nsPerTick: number;
  readonly nsPerQuietTick: number;
  /** What a tick costs beyond a quiet one, for each stop that it moved or fired. */
  readonly nsPerMove: number;
  readonly moves: number;
  readonly fired: number;
  /** Changes with any change of what fired and moved when. */
  readonly checksum: number;
}

export function engineTicks(stops: number, rounds: number): EngineTicksResult {
  const prints = recordedPrints();
  const lives = liveStops(stops, mixedPlan, { priceTick: '0.01', first: 8329 });
  const index = indexOf(lives);
  const out = noOutcome();
  let [moves, fired, checksum, ticks] = [0, 0, 0, 0];
  const units = prints.map((print) => print.units);
  const startNs = cpuNs();
  for (let round = 0; round < rounds; round += 1) {
    for (const price of units) {
      index.onPrice(price, out);
      ticks += 1;
      if (out.fired.length === 0 && out.changed.length === 0) continue;
      fired += out.fired.length;
      moves += out.changed.length;
      checksum =
        (checksum * 31 + out.fired.length * 7 + out.changed.length * ticks) % 1_000_000_007;
      out.fired.length = 0;
      out.changed.length = 0;
      out.reactions.length = 0;
    }
  }
  const nsPerTick = (cpuNs() - startNs) / ticks;
  const nsPerQuietTick = quietTick(index);
  const nsPerMove = ((nsPerTick - nsPerQuietTick) * ticks) / (moves + fired);
  return { stops, ticks, nsPerTick, nsPerQuietTick, nsPerMove, moves, fired, checksum };
}

/** The same index at a price that concerns nobody any more. */
function quietTick(index: PriceIndex): number {
  const out = noOutcome();
  const count = 2_000_000;
  let bestNs = Infinity;
  for (let round = 0; round < QUIET_ROUNDS; round += 1) {
    const startNs = cpuNs();
    for (let at = 0; at < count; at += 1) index.onPrice(8010 + (at & 1), out);
    bestNs = Math.min(bestNs, (cpuNs() - startNs) / count);
  }
  return bestNs;
}

const QUIET_ROUNDS = 5;

export function engineTicksReport(sizes: readonly number[], rounds: number): string {
  return sizes
    .map((stops) => engineTicks(stops, rounds))
    .map(
      (one) =>
        `stops ${one.stops}  ticks ${one.ticks}  ${one.nsPerTick.toFixed(1)} ns/tick (${(1000 / one.nsPerTick).toFixed(2)} M/s)  ` +
        `quiet ${one.nsPerQuietTick.toFixed(1)} ns (${(1000 / one.nsPerQuietTick).toFixed(1)} M/s)  moves ${one.moves}, ${one.nsPerMove.toFixed(0)} ns each  fired ${one.fired}  checksum ${one.checksum}`,
    )
    .join('\n');
}
