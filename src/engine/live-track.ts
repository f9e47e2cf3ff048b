import { decimal, formatDecimal } from '../domain/kernel/decimal.js';
import { finerBands, unitTickAt } from '../domain/instrument/price-grid.js';
import type { DecimalText } from '../domain/kernel/units.js';
import type { KnownStop } from '../domain/stop/stop-state.js';
import type { StopTrack } from '../domain/stop/stop.events.js';
import type { ArmedStop } from './armed-stop.js';
import { floorDiv } from './level-units.js';
import { LiveStop, noReaction } from './live-stop.js';
import { fineDigitsMaxOf, gridOf, sourceOf } from './price-source.js';
import { BarMeter } from './bar-meter.js';
import type { KnownInstrument } from './registry.js';
import { stopTerms } from './stop-terms.js';
import type { StopTerms } from './stop-terms.js';

type StopSubject = Pick<KnownStop, 'plan' | 'side' | 'entryPrice'>;

/** The integers of a stop's plan on its instrument. */
export function termsOf(stop: StopSubject, instrument: KnownInstrument): StopTerms {
  const { plan, side, entryPrice } = stop;
  const source = sourceOf(plan.triggerBy, side);
  const grid = gridOf(source, instrument.grid);
  return stopTerms(plan, { side, grid, entryPrice, fineDigitsMax: fineDigitsMaxOf(source) });
}

/** Where an armed stop stands; how often it moved is its own. */
export function armedTrack({ live, movesBefore }: ArmedStop): StopTrack {
  return { ...trackOf(live), trailMoves: live.moves + movesBefore };
}

/** Where a live stop stands, as exact decimals. */
export function trackOf(live: LiveStop): StopTrack {
  const { terms } = live;
  return {
    level: textOf(live.level, terms, terms.fineDigits),
    extreme: textOf(live.extreme, terms, 0),
    trailMoves: live.moves,
    ...(terms.limit && { limit: textOf(live.limit, terms, terms.fineDigits) }),
    ...(live.meter && { range: live.meter.track(terms.scale) }),
    ...(live.isMarked && { isMarked: true as const }),
    ...(live.isDue && { isDue: true as const }),
  };
}

/** Directed units of so many digits below the price scale, as text; null for what is not known yet. */
function textOf(directed: number, { sign, scale }: StopTerms, digits: number): DecimalText | null {
  if (Number.isNaN(directed)) return null;
  return formatDecimal({ units: BigInt(sign * directed), scale: scale + digits });
}

/** The price of a limit exit, on the grid: the side that fills sooner. Undefined where no price above 0 is left. */
export function limitPriceOf(live: LiveStop, instrument: KnownInstrument): DecimalText | undefined {
  const { limit, terms } = live;
  if (Number.isNaN(limit)) return undefined;
  const { sign, scale, fine, fineDigits } = terms;
  const { grid } = instrument;
  const factor = fine * 10 ** (scale - grid.scale);
  const unit = unitTickAt(finerBands(grid, factor), grid.tickUnits * factor, sign * limit);
  const price = sign * floorDiv(limit, unit) * unit;
  return price > 0 ? formatDecimal({ units: BigInt(price), scale: scale + fineDigits }) : undefined;
}

/** A live stop that stands where the facts left it. */
export function liveFrom(stop: KnownStop, instrument: KnownInstrument): LiveStop {
  const live = new LiveStop(termsOf(stop, instrument));
  const { bars } = live.terms;
  if (bars && stop.track.range) {
    live.meter = BarMeter.from(stop.track.range, bars, live.terms.scale);
  }
  const { sign, scale, fineDigits } = live.terms;
  const directed = (text: DecimalText | null, digits: number): number => {
    if (text === null) return NaN;
    const value = decimal(text);
    return sign * Number(value.units * 10n ** BigInt(scale + digits - value.scale));
  };
  live.level = directed(stop.track.level, fineDigits);
  live.extreme = directed(stop.track.extreme, 0);
  live.activated = stop.activated;
  live.moves = stop.track.trailMoves;
  live.nextTarget = stop.targetsHit;
  live.isMarked = stop.track.isMarked ?? false;
  live.isDue = stop.track.isDue ?? false;
  return live;
}

/** Lets the price work on a stop that is not in the book. */
export function wouldFire(live: LiveStop, price: number): boolean {
  const reaction = noReaction();
  if (live.terms.movesByTrigger) live.onPrice(price, reaction);
  else live.onCheckPrice(price, reaction);
  return reaction.fired;
}
