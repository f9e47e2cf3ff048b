import { decimal } from '../domain/kernel/decimal.js';
import type { Decimal } from '../domain/kernel/decimal.js';
import { unitTickAt } from '../domain/instrument/price-grid.js';
import type { UnitBand } from '../domain/instrument/price-grid.js';

/**
 * Exact for safe integers, rounding towards minus infinity; a divisor is above 0. A quotient that is no whole number is
 * at least 1/divisor away from one, and its rounding errs by less while the value is below 2^53.
 */
export function floorDiv(value: number, divisor: number): number {
  return Math.floor(value / divisor);
}

export function ceilDiv(value: number, divisor: number): number {
  return -floorDiv(-value, divisor);
}

/** Integer units at a scale, rounded up where the value has more digits. Throws for what no checked plan can hold. */
export function ceilUnits(value: Decimal, scale: number): number {
  return safe(-floorBig({ units: -value.units, scale: value.scale }, scale));
}

/** Integer units at a scale, rounded down where the value has more digits. */
export function floorUnits(value: Decimal, scale: number): number {
  return safe(floorBig(value, scale));
}

/** Integer units of a text that fits the scale. */
export function exactUnits(text: string, scale: number): number {
  const value = decimal(text);
  const units = floorUnits(value, scale);
  if (units !== ceilUnits(value, scale)) {
    throw new Error(`Invariant: a checked plan fits its scale, found ${text} at ${scale} digits`);
  }
  return units;
}

function floorBig({ units, scale: digits }: Decimal, scale: number): bigint {
  if (digits <= scale) return units * 10n ** BigInt(scale - digits);
  const divisor = 10n ** BigInt(digits - scale);
  const down = units / divisor;
  return units < 0n && down * divisor !== units ? down - 1n : down;
}

function safe(units: bigint): number {
  const value = Number(units);
  if (!Number.isSafeInteger(value)) {
    throw new Error(`Invariant: a checked plan fits the engine's integers, found ${units}`);
  }
  return value;
}

/** The rounding of levels, as a function of the dialect. `unit` and values in level units, directed. */
export type LevelRounding = 'tighter' | 'looser' | 'nearest' | 'halfEvenDecimals' | 'none';

/** A directed level on the grid of `unit`: up is tighter. Exact for safe integers. */
export function roundLevel(exact: number, unit: number, rounding: LevelRounding): number {
  if (rounding === 'none') return exact;
  const below = floorDiv(exact, unit) * unit;
  if (below === exact) return exact;
  switch (rounding) {
    case 'tighter':
      return below + unit;
    case 'looser':
      return below;
    case 'nearest':
      // A tie goes to the tighter side: protection first.
      return (exact - below) * 2 >= unit ? below + unit : below;
    case 'halfEvenDecimals': {
      const twice = (exact - below) * 2;
      if (twice === unit) return floorDiv(below, unit) % 2 === 0 ? below : below + unit;
      return twice > unit ? below + unit : below;
    }
  }
}

/** Where the levels of a stop may lie: units are not directed, as prices are. */
export interface LevelGrid {
  readonly sign: 1 | -1;
  readonly gridFine: number;
  readonly bands: readonly UnitBand[];
  readonly rounding: LevelRounding;
}

/** The grid at a directed level. */
export function gridAt(level: number, { sign, gridFine, bands }: LevelGrid): number {
  return bands.length === 0 ? gridFine : unitTickAt(bands, gridFine, sign * level);
}

/** A directed level on the grid of the band that it lies in. */
export function roundInBand(exact: number, grid: LevelGrid): number {
  return roundLevel(exact, gridAt(exact, grid), grid.rounding);
}

/**
 * The same for a level that hangs behind the best price: never on it nor beyond, where it would fire although nothing has
 * fallen. Where the tick is wider than the distance it goes to the next place on the looser side.
 */
export function roundBehindBest(exact: number, best: number, grid: LevelGrid): number {
  const level = roundInBand(exact, grid);
  if (level < best || exact >= best) return level;
  return roundLevel(exact, gridAt(exact, grid), 'looser');
}
