import type { Problem } from '../domain/kernel/decider.js';
import { canonical, compare, decimal, isMultipleOf } from '../domain/kernel/decimal.js';
import type { PriceBand } from '../domain/kernel/price-bands.js';
import { checkGridStep, problem } from './command-check.js';
import type { BandRequest } from './engine-commands.js';

// More than any exchange has; each is looked at when a price is rounded.
const BANDS_MAX = 64;

/** Problems of the bands of an instrument whose price tick is sound; none when it has no bands. */
export function checkPriceBands(priceTick: string, bands: readonly BandRequest[] = []): Problem[] {
  if (bands.length > BANDS_MAX) {
    const rule = `must be at most ${BANDS_MAX}`;
    return [problem('OUT_OF_RANGE', 'priceBands', rule, String(bands.length))];
  }
  const steps = bands.flatMap(({ from, tick }, place) => [
    ...checkGridStep(`priceBands.${place}.from`, from),
    ...checkGridStep(`priceBands.${place}.tick`, tick),
  ]);
  if (steps.length > 0) return steps;
  return bands.flatMap((band, place) =>
    checkBand(priceTick, { band, place, before: bands[place - 1] }),
  );
}

interface BandPlace {
  readonly band: BandRequest;
  readonly place: number;
  readonly before: BandRequest | undefined;
}

function checkBand(priceTick: string, { band, place, before }: BandPlace): Problem[] {
  const { from, tick } = band;
  const field = `priceBands.${place}`;
  const problems: Problem[] = [];
  if (!isMultipleOf(decimal(tick), decimal(priceTick))) {
    const rule = `must be a multiple of the price tick ${priceTick}, which is the finest`;
    problems.push(problem('BAND_OFF_GRID', `${field}.tick`, rule, tick));
  }
  if (before && compare(decimal(from), decimal(before.from)) <= 0) {
    const rule = `must be above that of the band before, ${before.from}`;
    problems.push(problem('BANDS_NOT_RISING', `${field}.from`, rule, from));
  }
  for (const grid of [before?.tick ?? priceTick, tick]) {
    if (isMultipleOf(decimal(from), decimal(grid))) continue;
    const rule = `must be a multiple of ${grid}: a band begins on its own grid and on that below`;
    problems.push(problem('BAND_OFF_GRID', `${field}.from`, rule, from));
  }
  return problems;
}

/** Undefined for none: an empty list says no more than a missing one. */
export function canonicalBands(
  bands: readonly BandRequest[] | undefined,
): readonly PriceBand[] | undefined {
  if (!bands || bands.length === 0) return undefined;
  return bands.map(({ from, tick }) => ({ from: canonical(from), tick: canonical(tick) }));
}

export function isSameBands(
  known: readonly PriceBand[] | undefined,
  asked: readonly PriceBand[] | undefined,
): boolean {
  const textOf = (bands: readonly PriceBand[] = []) =>
    bands.map(({ from, tick }) => `${from} ${tick}`).join();
  return textOf(known) === textOf(asked);
}
