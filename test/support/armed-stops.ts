import {
  FINE_DIGITS_MAX,
  parsePriceUnits,
  priceGrid,
} from '../../src/domain/instrument/price-grid.js';
import type { DecimalText, PositionSide } from '../../src/domain/kernel/units.js';
import type { StopPlan } from '../../src/domain/stop/stop-plan.js';
import type { KnownStop } from '../../src/domain/stop/stop-state.js';
import type { ArmedStop } from '../../src/engine/armed-stop.js';
import { LiveStop } from '../../src/engine/live-stop.js';
import { liveFrom } from '../../src/engine/live-track.js';
import type { KnownInstrument } from '../../src/engine/registry.js';
import { StopBook } from '../../src/engine/stop-book.js';
import { stopTerms } from '../../src/engine/stop-terms.js';
import type { Tick } from '../../src/engine/tick.js';
import type { SlowTick } from './slow-stop.js';
import { STAMP } from './event-builders.js';

const HEAD = {
  instrumentId: 'BINANCE:LTCUSDT',
  feed: 'main',
  venueTimeMs: 0,
  receivedAtMs: 0,
  verdict: 'good',
} as const;

/** A stop that was armed and has not seen a price. */
export function knownStop(
  side: PositionSide,
  plan: StopPlan,
  more: Partial<KnownStop> = {},
): KnownStop {
  return {
    status: 'armed',
    stopId: 'S1',
    stamp: STAMP,
    ...{ side, plan },
    entryPrice: '4000' as DecimalText,
    quantity: '1' as DecimalText,
    armedQuantity: '1' as DecimalText,
    track: { level: plan.stop ?? null, extreme: null, trailMoves: 0 },
    ...{ activated: false, sessionEndsAtMs: null, entryOrderId: null, targetsHit: 0, exits: [] },
    movesSince: 0,
    lastInput: STAMP.input,
    lastAtMs: STAMP.at,
    ...more,
  };
}

export function instrumentOf(priceTick: string): KnownInstrument {
  return {
    grid: priceGrid(priceTick),
    definition: { priceTick, quantityStep: '1' } as KnownInstrument['definition'],
  };
}

/** Puts a stop into a book as it stands. */
export function admitted(book: StopBook, stop: KnownStop, instrument: KnownInstrument): ArmedStop {
  const armed = book.reserve(stop, liveFrom(stop, instrument));
  book.admit(stop, armed);
  return armed;
}

/** A live stop on a grid, apart from any book. */
export function liveStop(
  side: PositionSide,
  plan: StopPlan,
  priceTick: string,
  entryPrice = '4000',
): LiveStop {
  const grid = priceGrid(priceTick);
  return new LiveStop(stopTerms(plan, { side, grid, entryPrice, fineDigitsMax: FINE_DIGITS_MAX }));
}

/** What the market shows, as the engine sees it. */
export function engineTick(tick: SlowTick, scale: number): Tick {
  const units = (price: string): number => parsePriceUnits(price, scale) ?? NaN;
  if ('last' in tick) {
    return { kind: 'trade', ...HEAD, priceUnits: units(tick.last), size: '1', tradeId: '1' };
  }
  const sides = { bidUnits: units(tick.bid), askUnits: units(tick.ask) };
  return { kind: 'quote', ...HEAD, ...sides, bidSize: '1', askSize: '1', sequence: '1' };
}
