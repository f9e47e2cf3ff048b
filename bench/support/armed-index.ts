import { FINE_DIGITS_MAX, formatUnits, priceGrid } from '../../src/domain/instrument/price-grid.js';
import type { DecimalText, PositionSide } from '../../src/domain/kernel/units.js';
import { STOPLEDGER_DIALECT } from '../../src/domain/stop/dialect.js';
import type { StopPlan } from '../../src/domain/stop/stop-plan.js';
import { armedStop } from '../../src/engine/armed-stop.js';
import { LiveStop } from '../../src/engine/live-stop.js';
import { PlanPool } from '../../src/engine/plan-pool.js';
import { PriceIndex } from '../../src/engine/price-index.js';
import { stopTerms } from '../../src/engine/stop-terms.js';

export interface BenchPlan {
  readonly side: PositionSide;
  readonly plan: StopPlan;
}

/** What plans of a bench say beside their prices. */
export const BY_LAST = { triggerBy: 'last', dialect: STOPLEDGER_DIALECT } as const;

/** Stops that were armed at a first price, outside of any index. */
export function liveStops(
  stops: number,
  planOf: (number: number) => BenchPlan,
  { priceTick, first }: { readonly priceTick: string; readonly first: number },
): readonly LiveStop[] {
  const grid = priceGrid(priceTick);
  // As the engine does: many stops have few plans.
  const plans = new PlanPool();
  const entryPrice = formatUnits(first, grid.scale);
  return Array.from({ length: stops }, (_stop, number) => {
    const { side, plan } = planOf(number);
    const setting = { side, grid, entryPrice, fineDigitsMax: FINE_DIGITS_MAX };
    const live = new LiveStop(stopTerms(plans.shared(plan), setting));
    live.seed(live.terms.sign * first);
    return live;
  });
}

/** The same in an index, as the engine has them. */
export function indexOf(lives: readonly LiveStop[]): PriceIndex {
  const index = new PriceIndex();
  lives.forEach((live, number) => {
    const head = {
      stopId: String(number),
      number,
      source: 'last',
      trailSource: undefined,
    } as const;
    index.add(armedStop({ ...head, live }));
  });
  return index;
}

/** Of 20 stops 18 are fixed, spread over 10 % on both sides of 83.29, one trails long, one short (2 to 8 %). */
export function mixedPlan(number: number): BenchPlan {
  const kind = number % 20;
  if (kind < 2) {
    const percent = formatUnits(200 + (number % 600), 2);
    return { side: kind === 0 ? 'long' : 'short', plan: { trail: { percent }, ...BY_LAST } };
  }
  const offset = 20 + ((number * 7919) % 800);
  const side = kind % 2 === 0 ? 'long' : 'short';
  const stop: DecimalText = formatUnits(side === 'long' ? 8329 - offset : 8339 + offset, 2);
  return { side, plan: { stop, ...BY_LAST } };
}

/** Time of this process on a core: what others do on the machine counts less. */
export function cpuNs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}
