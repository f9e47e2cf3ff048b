import { decimal, formatDecimal } from '../domain/kernel/decimal.js';
import type { Cause, PriceSource } from '../domain/kernel/event.js';
import { formatUnits } from '../domain/instrument/price-grid.js';
import type { DecimalText, InstrumentId } from '../domain/kernel/units.js';
import type { KnownStop } from '../domain/stop/stop-state.js';
import type { StopTrack } from '../domain/stop/stop.events.js';
import type { ArmedStop } from './armed-stop.js';
import { LiveStop } from './live-stop.js';
import { PriceIndex } from './price-index.js';
import type { KnownInstrument } from './registry.js';
import { stopTerms } from './stop-terms.js';
import type { Tick } from './tick.js';

/** The newest price of each source of an instrument. */
export interface LastTicks {
  last: Tick | undefined;
  quote: Tick | undefined;
}

/** Armed stops of all instruments, their price indexes, and the newest prices. */
export class StopBook {
  private readonly armed = new Map<string, ArmedStop>();
  private readonly indexes = new Map<InstrumentId, Readonly<Record<PriceSource, PriceIndex>>>();
  private readonly lastTicks = new Map<InstrumentId, LastTicks>();
  private nextNumber = 0;

  get count(): number {
    return this.armed.size;
  }

  get(stopId: string): ArmedStop | undefined {
    return this.armed.get(stopId);
  }

  indexesOf(instrumentId: InstrumentId): Readonly<Record<PriceSource, PriceIndex>> {
    let indexes = this.indexes.get(instrumentId);
    if (!indexes) {
      indexes = { last: new PriceIndex(), bid: new PriceIndex(), ask: new PriceIndex() };
      this.indexes.set(instrumentId, indexes);
    }
    return indexes;
  }

  lastOf(instrumentId: InstrumentId): LastTicks {
    let last = this.lastTicks.get(instrumentId);
    if (!last) {
      last = { last: undefined, quote: undefined };
      this.lastTicks.set(instrumentId, last);
    }
    return last;
  }

  /** The newest tick that a source of an instrument has shown. */
  tickFor(instrumentId: InstrumentId, source: PriceSource): Tick | undefined {
    const last = this.lastOf(instrumentId);
    return source === 'last' ? last.last : last.quote;
  }

  /** Gives a stop its number and its place in the order of arming; it guards nothing yet. */
  reserve(stop: KnownStop, live: LiveStop): ArmedStop {
    const source = sourceOf(stop);
    const armed: ArmedStop = {
      stopId: stop.stopId,
      number: this.nextNumber,
      source,
      live,
      slot: -1,
      recordedAtMs: -Infinity,
      pendingMoves: 0,
      firstTick: undefined,
      lastTick: undefined,
    };
    this.nextNumber += 1;
    this.indexesOf(stop.stamp.instrumentId)[source].reserve(armed);
    return armed;
  }

  /** Guards from here on. */
  admit(stop: KnownStop, armed: ArmedStop): void {
    this.armed.set(stop.stopId, armed);
    this.indexesOf(stop.stamp.instrumentId)[armed.source].add(armed);
  }

  release(stop: KnownStop): void {
    const armed = this.armed.get(stop.stopId);
    if (!armed) return;
    this.armed.delete(stop.stopId);
    this.indexesOf(stop.stamp.instrumentId)[armed.source].remove(armed);
  }
}

/** A long is closed on the bid, a short on the ask, unless the last trade decides. */
export function sourceOf(stop: Pick<KnownStop, 'plan' | 'side'>): PriceSource {
  if (stop.plan.triggerBy === 'last') return 'last';
  return stop.side === 'long' ? 'bid' : 'ask';
}

/** Units of the price that a source reads from a tick. */
export function unitsFor(tick: Tick, source: PriceSource): number {
  if (tick.kind === 'trade') return tick.priceUnits;
  return source === 'ask' ? tick.askUnits : tick.bidUnits;
}

export function causeOf(tick: Tick, source: PriceSource, instrument: KnownInstrument): Cause {
  return {
    feed: tick.feed,
    source,
    tradeId: tick.kind === 'trade' ? tick.tradeId : tick.sequence,
    price: formatUnits(unitsFor(tick, source), instrument.grid.scale),
    size: sizeOf(tick, source) as DecimalText,
    venueTimeMs: tick.venueTimeMs,
    receivedAtMs: tick.receivedAtMs,
    verdict: tick.verdict,
  };
}

function sizeOf(tick: Tick, source: PriceSource): string {
  if (tick.kind === 'trade') return tick.size;
  return source === 'ask' ? tick.askSize : tick.bidSize;
}

/** Where a live stop stands, as exact decimals. */
export function trackOf(live: LiveStop, scale: number): StopTrack {
  const { sign, fineDigits } = live.terms;
  const text = (directed: number, digits: number): DecimalText | null =>
    Number.isNaN(directed)
      ? null
      : formatDecimal({ units: BigInt(sign * directed), scale: scale + digits });
  return {
    level: text(live.level, fineDigits),
    extreme: text(live.extreme, 0),
    trailMoves: live.moves,
  };
}

/** A live stop that stands where the facts left it. */
export function liveFrom(stop: KnownStop, instrument: KnownInstrument): LiveStop {
  const { grid } = instrument;
  const live = new LiveStop(stopTerms(stop.side, stop.plan, grid));
  const { sign, fineDigits } = live.terms;
  const directed = (text: DecimalText | null, digits: number): number => {
    if (text === null) return NaN;
    const { units, scale } = decimal(text);
    return sign * Number(units * 10n ** BigInt(grid.scale + digits - scale));
  };
  live.level = directed(stop.track.level, fineDigits);
  live.extreme = directed(stop.track.extreme, 0);
  live.activated = stop.activated;
  live.moves = stop.track.trailMoves;
  live.nextTarget = stop.targetsHit;
  return live;
}
