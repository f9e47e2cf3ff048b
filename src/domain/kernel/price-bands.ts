import { add, compare, decimal, floorTo } from './decimal.js';
import type { Decimal } from './decimal.js';
import type { DecimalText } from './units.js';

/** From its price on, prices lie on multiples of `tick`. */
export interface PriceBand {
  readonly from: DecimalText;
  readonly tick: DecimalText;
}

/**
 * Where prices may lie: on multiples of the price tick, and from each band's price on only on multiples of the band's.
 * Bands are listed from the lowest. Where one begins lies on both grids, so that a price that is rounded never leaves the
 * bands that it lies between.
 */
export interface BandedGrid {
  readonly priceTick: DecimalText;
  readonly priceBands?: readonly PriceBand[];
}

/** The tick at a price. */
export function tickAt({ priceTick, priceBands }: BandedGrid, price: Decimal): Decimal {
  return decimal(bandAt(priceBands, price)?.tick ?? priceTick);
}

/** What a price that lies off its grid breaks. */
export function tickRule({ priceTick, priceBands }: BandedGrid, price: Decimal): string {
  const band = bandAt(priceBands, price);
  if (!band) return `must be a multiple of the price tick ${priceTick}`;
  return `must be a multiple of ${band.tick}, the price tick from ${band.from} on`;
}

/** The nearest price on the grid that is not above. */
export function floorOnGrid(grid: BandedGrid, price: Decimal): Decimal {
  return floorTo(price, tickAt(grid, price));
}

/** The nearest price on the grid that is not below. */
export function ceilOnGrid(grid: BandedGrid, price: Decimal): Decimal {
  const tick = tickAt(grid, price);
  const below = floorTo(price, tick);
  return compare(below, price) < 0 ? add(below, tick) : below;
}

function bandAt(bands: readonly PriceBand[] | undefined, price: Decimal): PriceBand | undefined {
  return bands?.findLast(({ from }) => compare(price, decimal(from)) >= 0);
}
