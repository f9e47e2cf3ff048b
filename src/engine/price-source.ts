import { finerBands, formatUnits } from '../domain/instrument/price-grid.js';
import type { PriceGrid } from '../domain/instrument/price-grid.js';
import type { PriceKind } from '../domain/feed/feed.events.js';
import type { Cause, PriceSource } from '../domain/kernel/event.js';
import type { DecimalText, PositionSide } from '../domain/kernel/units.js';
import { settled } from '../domain/stop/dialect.js';
import type { StopPlan, TriggerBy } from '../domain/stop/stop-plan.js';
import { FINE_DIGITS_MAX } from '../domain/instrument/price-grid.js';
import type { KnownInstrument } from './registry.js';
import type { QuoteTick, Tick } from './tick.js';

/** The newest ticks of an instrument, by what they tell. */
export interface LastTicks {
  last: Tick | undefined;
  quote: Tick | undefined;
  mark: Tick | undefined;
}

/** A mark price travels as a book of two equal sides, on a feed of its own whose name ends so. */
const MARK_FEED = '.mark';

/** Name of the mark prices of a feed. */
export function markFeed(feed: string): string {
  return `${feed}${MARK_FEED}`;
}

/** The feed that a tick came over: mark prices come over that of the others. */
export function feedOf(tick: Tick): string {
  const isMarkPrice = tick.kind === 'quote' && isMark(tick);
  return isMarkPrice ? tick.feed.slice(0, -MARK_FEED.length) : tick.feed;
}

export function isMark({ feed }: QuoteTick): boolean {
  return isMarkFeed(feed);
}

export function isMarkFeed(feed: string): boolean {
  return feed.endsWith(MARK_FEED);
}

export function kindOf(tick: Tick): PriceKind {
  if (tick.kind === 'trade') return 'trade';
  return isMark(tick) ? 'mark' : 'quote';
}

/** The kind of price that tells a source. */
export function kindFor(source: PriceSource): PriceKind {
  if (source === 'last') return 'trade';
  return source === 'mark' ? 'mark' : 'quote';
}

/** Kinds of prices that fire a stop of this plan, or move it. */
export function kindsReadBy(plan: StopPlan, side: PositionSide): readonly PriceKind[] {
  const trailSource = trailSourceOf(plan, side);
  const own = kindFor(sourceOf(plan.triggerBy, side));
  return trailSource ? [own, kindFor(trailSource)] : [own];
}

/** A long is closed on the bid, a short on the ask, unless another price decides. */
export function sourceOf(triggerBy: TriggerBy, side: PositionSide): PriceSource {
  if (triggerBy !== 'bidAsk') return triggerBy;
  return side === 'long' ? 'bid' : 'ask';
}

/** The second price that moves a stop, or the only one that does; undefined when the price that fires it moves it. */
export function trailSourceOf(plan: StopPlan, side: PositionSide): PriceSource | undefined {
  const { trailBy } = settled(plan.dialect);
  const moves = plan.trail !== undefined || plan.breakEven !== undefined || plan.step !== undefined;
  const isOffGrid = plan.triggerBy === 'mid' || plan.triggerBy === 'mark';
  if (trailBy === 'trigger' || !moves || isOffGrid) return undefined;
  if (plan.triggerBy !== 'last') return 'last';
  return trailBy === 'lastOrBidAsk' ? sourceOf('bidAsk', side) : undefined;
}

/** Half of two prices needs a digit of its own. */
export function gridOf(source: PriceSource, grid: PriceGrid): PriceGrid {
  if (source !== 'mid') return grid;
  return {
    ...{ scale: grid.scale + 1, tickUnits: grid.tickUnits * 10 },
    ...(grid.bands && { bands: finerBands(grid, 10) }),
  };
}

/** Digits that levels may have below the source's own scale: the engine's integers hold so many in all. */
export function fineDigitsMaxOf(source: PriceSource): number {
  return source === 'mid' ? FINE_DIGITS_MAX - 1 : FINE_DIGITS_MAX;
}

/** What a tick tells, in the order in which it is worked on. */
export function sourcesOf(tick: Tick): readonly PriceSource[] {
  if (tick.kind === 'trade') return BY_TRADE;
  return isMark(tick) ? BY_MARK : BY_BOOK;
}

export const SOURCES: readonly PriceSource[] = ['last', 'bid', 'ask', 'mid', 'mark'];

const BY_TRADE: readonly PriceSource[] = ['last'];
const BY_MARK: readonly PriceSource[] = ['mark'];
const BY_BOOK: readonly PriceSource[] = ['bid', 'ask', 'mid'];

/** Keeps a tick as the newest of its kind. */
export function noteTick(last: LastTicks, tick: Tick): void {
  if (tick.kind === 'trade') last.last = tick;
  else if (isMark(tick)) last.mark = tick;
  else last.quote = tick;
}

/** Units of the price that a source reads from a tick, on the scale of the source's grid. */
export function unitsFor(tick: Tick, source: PriceSource): number {
  if (tick.kind === 'trade') return tick.priceUnits;
  if (source === 'mid') return (tick.bidUnits + tick.askUnits) * 5;
  return source === 'ask' ? tick.askUnits : tick.bidUnits;
}

/** Whether a tick tells a price of the source. */
export function shows(tick: Tick, source: PriceSource): boolean {
  return sourcesOf(tick).includes(source) && !Number.isNaN(unitsFor(tick, source));
}

/** The tick of a source among the newest. */
export function tickFor(last: LastTicks, source: PriceSource): Tick | undefined {
  if (source === 'last') return last.last;
  return source === 'mark' ? last.mark : last.quote;
}

/** Which price of a tick a stop reads that is fired by one source and may be moved by another. */
export function sourceIn(
  tick: Tick,
  { source, trailSource }: { source: PriceSource; trailSource: PriceSource | undefined },
): PriceSource {
  if (tick.kind === 'trade') return 'last';
  return source === 'last' ? (trailSource ?? source) : source;
}

export function causeOf(tick: Tick, source: PriceSource, instrument: KnownInstrument): Cause {
  const { scale } = gridOf(source, instrument.grid);
  return {
    feed: tick.feed,
    source,
    tradeId: tick.kind === 'trade' ? tick.tradeId : tick.sequence,
    price: formatUnits(unitsFor(tick, source), scale),
    size: sizeOf(tick, source) as DecimalText,
    venueTimeMs: tick.venueTimeMs,
    receivedAtMs: tick.receivedAtMs,
    verdict: tick.verdict,
  };
}

function sizeOf(tick: Tick, source: PriceSource): string {
  if (tick.kind === 'trade') return tick.size;
  if (source === 'mid' || source === 'mark') return '0';
  return source === 'ask' ? tick.askSize : tick.bidSize;
}
