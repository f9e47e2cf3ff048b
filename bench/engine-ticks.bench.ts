import { STOPLEDGER_DIALECT } from '../src/domain/stop/dialect.js';
import type { StopPlan } from '../src/domain/stop/stop-plan.js';
import type { DecimalText } from '../src/domain/kernel/units.js';
import { FINE_DIGITS_MAX, formatUnits, priceGrid } from '../src/domain/instrument/price-grid.js';
import { armedStop } from '../src/engine/armed-stop.js';
import { LiveStop } from '../src/engine/live-stop.js';
import { PlanPool } from '../src/engine/plan-pool.js';
import { PriceIndex, noOutcome } from '../src/engine/price-index.js';
import { stopTerms } from '../src/engine/stop-terms.js';
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

function planOf(number: number): { side: 'long' | 'short'; plan: StopPlan } {
  const rest = { triggerBy: 'last', dialect: STOPLEDGER_DIALECT } as const;
  const kind = number % 20;
  if (kind < 2) {
    const percent = formatUnits(200 + (number % 600), 2);
    return { side: kind === 0 ? 'long' : 'short', plan: { trail: { percent }, ...rest } };
  }
  const offset = 20 + ((number * 7919) % 800);
  const side = kind % 2 === 0 ? 'long' : 'short';
  const stop: DecimalText = formatUnits(side === 'long' ? 8329 - offset : 8339 + offset, 2);
  return { side, plan: { stop, ...rest } };
}

export function engineTicks(stops: number, rounds: number): EngineTicksResult {
  const prints = recordedPrints();
  const grid = priceGrid('0.01');
  const index = new PriceIndex();
  // As the engine does: many stops have few plans.
  const plans = new PlanPool();
  for (let number = 0; number < stops; number += 1) {
    const { side, plan: drawn } = planOf(number);
    const plan = plans.shared(drawn);
    const live = new LiveStop(
      stopTerms(plan, { side, grid, entryPrice: '83.29', fineDigitsMax: FINE_DIGITS_MAX }),
    );
    live.seed(live.terms.sign * 8329);
    const head = {
      stopId: String(number),
      number,
      source: 'last',
      trailSource: undefined,
    } as const;
    const armed = armedStop({ ...head, live });
    index.add(armed);
  }
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

/** Time of this process on a core: what others do on the machine counts less. */
function cpuNs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}

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
