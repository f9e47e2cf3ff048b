import { decimal, multiply } from '../kernel/decimal.js';
import type { Decimal } from '../kernel/decimal.js';
import type { PlainDistance } from './stop-plan.js';

/** How far a distance is in price, of a share: at that price. */
export function sizeAt(distance: PlainDistance, price: Decimal, tick: Decimal): Decimal {
  if ('amount' in distance) return decimal(distance.amount);
  if ('ticks' in distance) return multiply(tick, decimal(String(distance.ticks)));
  if ('percent' in distance) return multiply(price, shifted(decimal(distance.percent), 2));
  return multiply(price, shifted(decimal(distance.bps), 4));
}

function shifted({ units, scale }: Decimal, digits: number): Decimal {
  return { units, scale: scale + digits };
}
