import {
  decimal,
  exactUnitsAt,
  formatDecimal,
  parseDecimal,
  significantScale,
} from '../kernel/decimal.js';
import type { PriceBand } from '../kernel/price-bands.js';
import type { DecimalText } from '../kernel/units.js';

/**
 * Prices of one instrument as integers: `units * 10^-scale`, where the scale is that of the price tick.
 *
 * The largest price is 2^53 / (2 * 10^6) units, so that a level with six further digits (percentages of the extreme)
 * and up to twice the price (a short's stop) is still a safe integer: 45 million with a tick of 0.01.
 */
export interface PriceGrid {
  readonly scale: number;
  /** The price tick in units. */
  readonly tickUnits: number;
  /** Coarser ticks from a price on, lowest first; missing where the tick is the same at every price. */
  readonly bands?: readonly UnitBand[];
}

/** A price band as integers. */
export interface UnitBand {
  readonly from: number;
  readonly tick: number;
}

export const PRICE_UNITS_MAX = Math.floor(Number.MAX_SAFE_INTEGER / 2_000_000);

/** Digits that a level may have beyond the price scale. */
export const FINE_DIGITS_MAX = 6;

export function priceGrid(priceTick: string, bands?: readonly PriceBand[]): PriceGrid {
  const tick = decimal(priceTick);
  const scale = significantScale(tick);
  const units = (text: string): number => Number(exactUnitsAt(decimal(text), scale));
  return {
    ...{ scale, tickUnits: units(priceTick) },
    ...(bands && {
      bands: bands.map(({ from, tick: of }) => ({ from: units(from), tick: units(of) })),
    }),
  };
}

/** The grid counted in units that are so much finer. */
export function finerBands({ bands = [] }: PriceGrid, factor: number): readonly UnitBand[] {
  return bands.map(({ from, tick }) => ({ from: from * factor, tick: tick * factor }));
}

/** The tick at a price; `finest` below the first band. */
export function unitTickAt(bands: readonly UnitBand[], finest: number, price: number): number {
  let tick = finest;
  for (const band of bands) {
    if (price < band.from) break;
    tick = band.tick;
  }
  return tick;
}

/**
 * Units of a price text, or undefined when it is no decimal, has more digits than the scale, is not above zero or
 * exceeds PRICE_UNITS_MAX. `80`, `80.5` and `61837.63000000` are all read exactly.
 *
 * Cost: no allocation for texts of up to 15 digits; it is on the path of every tick. A part of a longer text is read in
 * place.
 */
export function parsePriceUnits(
  text: string,
  scale: number,
  from = 0,
  to = text.length,
): number | undefined {
  let units = 0;
  let digits = 0;
  let fraction = -1;
  for (let at = from; at < to; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 46) {
      if (fraction >= 0 || digits === 0) return undefined;
      fraction = 0;
      continue;
    }
    if (code < 48 || code > 57) return undefined;
    if (fraction === scale) {
      // Digits beyond the scale may only be zeros: anything else would be rounded away.
      if (code !== 48) return undefined;
      continue;
    }
    digits += 1;
    if (digits > 15) return slowPriceUnits(text.slice(from, to), scale);
    units = units * 10 + (code - 48);
    if (fraction >= 0) fraction += 1;
  }
  if (digits === 0 || text.charCodeAt(to - 1) === 46) return undefined;
  for (let missing = scale - Math.max(fraction, 0); missing > 0; missing -= 1) units *= 10;
  return units > 0 && units <= PRICE_UNITS_MAX ? units : undefined;
}

function slowPriceUnits(text: string, scale: number): number | undefined {
  const value = parseDecimal(text);
  const units = value && exactUnitsAt(value, scale);
  if (units === undefined || units <= 0n || units > BigInt(PRICE_UNITS_MAX)) return undefined;
  return Number(units);
}

/** Canonical decimal text of integer units. */
export function formatUnits(units: number, scale: number): DecimalText {
  return formatDecimal({ units: BigInt(units), scale });
}
