import type { PriceKind } from '../domain/feed/feed.events.js';
import type { PriceSource } from '../domain/kernel/event.js';
import type { InstrumentId, UnixMs } from '../domain/kernel/units.js';
import type { KnownStop } from '../domain/stop/stop-state.js';
import { armedStop } from './armed-stop.js';
import type { ArmedStop } from './armed-stop.js';
import { BarGauge } from './bar-gauge.js';
import { noReaction } from './live-stop.js';
import type { LiveStop } from './live-stop.js';
import { PriceIndex } from './price-index.js';
import type { PriceOutcome } from './price-index.js';
import {
  SOURCES,
  kindFor,
  shows,
  sourceOf,
  sourcesOf,
  tickFor,
  noteTick,
  trailSourceOf,
  unitsFor,
} from './price-source.js';
import type { LastTicks } from './price-source.js';
import type { OpenBar } from './bar-meter.js';
import { revived } from './tick.js';
import type { Tick } from './tick.js';

type Indexes = Partial<Record<PriceSource, PriceIndex>>;

/** What one instrument's prices concern. Indexes are made when a stop first wants them. */
interface InstrumentStops {
  readonly ticks: LastTicks;
  readonly triggers: Indexes;
  readonly trails: Indexes;
  /** By price and interval; none where no stop measures by bars. */
  readonly gauges: Map<string, { readonly source: PriceSource; readonly gauge: BarGauge }>;
}

/** What the prices of one instrument came to, as plain data. */
export interface MarketSnapshot extends LastTicks {
  readonly instrumentId: InstrumentId;
  readonly bars: readonly {
    readonly source: PriceSource;
    readonly intervalMs: number;
    readonly bar: OpenBar;
  }[];
}

/** Armed stops of all instruments, their price indexes, and the newest prices. */
export class StopBook {
  private readonly armed = new Map<string, ArmedStop>();
  private readonly instruments = new Map<InstrumentId, InstrumentStops>();
  private nextNumber = 0;

  get count(): number {
    return this.armed.size;
  }

  all(): Iterable<ArmedStop> {
    return this.armed.values();
  }

  /** Armed stops in the order of arming. */
  inOrder(): readonly ArmedStop[] {
    return [...this.armed.values()].sort((a, b) => a.number - b.number);
  }

  /** What the prices of each instrument came to. */
  markets(): readonly MarketSnapshot[] {
    return [...this.instruments].map(([instrumentId, { ticks, gauges }]) => ({
      instrumentId,
      ...ticks,
      bars: [...gauges.values()].flatMap(({ source, gauge }) =>
        gauge.open ? [{ source, intervalMs: gauge.intervalMs, bar: gauge.open }] : [],
      ),
    }));
  }

  /** Goes on at prices as they were known before. Only into an empty book. */
  resumeMarkets(markets: readonly MarketSnapshot[], nextNumber: number): void {
    this.nextNumber = nextNumber;
    for (const { instrumentId, last, quote, mark, bars } of markets) {
      const stops = this.stopsOf(instrumentId);
      Object.assign(stops.ticks, { last, quote: revived(quote), mark: revived(mark) });
      for (const { source, intervalMs, bar } of bars) {
        gaugeOf(stops, source, intervalMs).resume(bar);
      }
    }
  }

  /** The number that the next stop gets. */
  get numbersUsed(): number {
    return this.nextNumber;
  }

  get(stopId: string): ArmedStop | undefined {
    return this.armed.get(stopId);
  }

  lastOf(instrumentId: InstrumentId): LastTicks {
    return this.stopsOf(instrumentId).ticks;
  }

  /** The newest tick that a source of an instrument has shown. */
  tickFor(instrumentId: InstrumentId, source: PriceSource): Tick | undefined {
    return tickFor(this.lastOf(instrumentId), source);
  }

  /** Kinds of prices of each instrument that armed stops read. */
  *kindsRead(): Generator<readonly [InstrumentId, PriceKind]> {
    for (const [instrumentId, { triggers, trails }] of this.instruments) {
      for (const source of SOURCES) {
        const count = (triggers[source]?.count ?? 0) + (trails[source]?.count ?? 0);
        if (count > 0) yield [instrumentId, kindFor(source)];
      }
    }
  }

  /** Whether a print would be noted as the newest, and nothing else. */
  isQuietAt(instrumentId: InstrumentId, units: number): boolean {
    const { triggers, trails, gauges } = this.stopsOf(instrumentId);
    const isQuiet = triggers.last?.isQuietAt(units) ?? true;
    return isQuiet && (trails.last?.isQuietAt(units) ?? true) && gauges.size === 0;
  }

  /** Applies a tick to every stop that it concerns. Cost: O(1) and no allocation when it concerns none. */
  onTick(tick: Tick, out: PriceOutcome): void {
    this.onExits(tick, out);
    this.onMoves(tick, out);
  }

  /** Applies a tick to every stop whose level or target it reaches; `onMoves` must come before any other tick. */
  onExits(tick: Tick, out: PriceOutcome): void {
    const stops = this.stopsOf(tick.instrumentId);
    noteTick(stops.ticks, tick);
    for (const source of sourcesOf(tick)) {
      const units = unitsFor(tick, source);
      // One side of a book may be empty.
      if (!Number.isNaN(units)) stops.triggers[source]?.onExits(units, out);
    }
    if (out.changed.length > 0 || out.fired.length > 0) this.settle(tick.instrumentId, out);
  }

  /** Applies the same tick to every other stop that it concerns. */
  onMoves(tick: Tick, out: PriceOutcome): void {
    const stops = this.stopsOf(tick.instrumentId);
    for (const source of sourcesOf(tick)) {
      const units = unitsFor(tick, source);
      if (Number.isNaN(units)) continue;
      stops.triggers[source]?.onMoves(units, out);
      const trails = stops.trails[source];
      if (trails) this.onTrailPrice(stops, trails, { source, units }, out);
    }
    if (out.changed.length > 0 || out.fired.length > 0) this.settle(tick.instrumentId, out);
  }

  /** Notes what a tick means for average ranges: stops move when it is the first of a new bar. */
  measure(tick: Tick, atMs: UnixMs, out: PriceOutcome): void {
    const stops = this.stopsOf(tick.instrumentId);
    if (stops.gauges.size === 0) return;
    for (const { source, gauge } of stops.gauges.values()) {
      if (!gauge.isWanted || !shows(tick, source)) continue;
      gauge.onPrice(unitsFor(tick, source), atMs, (stop) => {
        out.changed.push(stop);
        out.reactions.push({ ...noReaction(), moved: true });
        stops.triggers[stop.source]?.replace(stop);
      });
    }
    this.settle(tick.instrumentId, out);
  }

  /** Applies a tick already seen to one stop, as when it is armed through the market. */
  onTickOf(stop: ArmedStop, instrumentId: InstrumentId, tick: Tick, out: PriceOutcome): void {
    const index = this.stopsOf(instrumentId).triggers[stop.source];
    index?.onPriceOf(stop, unitsFor(tick, stop.source), out);
    this.settle(instrumentId, out);
  }

  /** Prices of before a split mean nothing any more. Only while no stop of the instrument is armed. */
  forgetPrices(instrumentId: InstrumentId): void {
    const { ticks, gauges } = this.stopsOf(instrumentId);
    Object.assign(ticks, { last: undefined, quote: undefined, mark: undefined });
    gauges.clear();
  }

  /** Gives a stop its number in the order of arming; it guards nothing yet. */
  reserve(stop: KnownStop, live: LiveStop, number = this.nextNumber): ArmedStop {
    const source = sourceOf(stop.plan.triggerBy, stop.side);
    const trailSource = trailSourceOf(stop.plan, stop.side);
    this.nextNumber = Math.max(this.nextNumber, number + 1);
    return armedStop({ stopId: stop.stopId, number, source, trailSource, live });
  }

  /** Guards from here on. */
  admit(stop: KnownStop, armed: ArmedStop): void {
    this.armed.set(stop.stopId, armed);
    for (const index of this.indexesFor(stop, armed)) index.add(armed);
    this.gaugeFor(stop, armed)?.add(armed);
  }

  release(stop: KnownStop): void {
    const armed = this.armed.get(stop.stopId);
    if (!armed) return;
    this.armed.delete(stop.stopId);
    for (const index of this.indexesFor(stop, armed)) index.remove(armed);
    this.gaugeFor(stop, armed)?.remove(armed);
  }

  private onTrailPrice(
    { ticks }: InstrumentStops,
    trails: PriceIndex,
    { source, units }: { source: PriceSource; units: number },
    out: PriceOutcome,
  ): void {
    const { quote, last } = ticks;
    // Stops that are moved by trades are fired by the book, and the other way round.
    const [bid, ask] = source === 'last' ? [quote, quote] : [last, last];
    trails.onMoves(units, out, bid ? unitsFor(bid, 'bid') : NaN, ask ? unitsFor(ask, 'ask') : NaN);
  }

  /** What one index has changed concerns the other that holds the same stop. */
  private settle(instrumentId: InstrumentId, out: PriceOutcome): void {
    const { triggers, trails } = this.stopsOf(instrumentId);
    for (const stop of out.changed) this.settleOne(stop, triggers, trails);
    for (const stop of out.fired) {
      triggers[stop.source]?.remove(stop);
      if (stop.trailSource) trails[stop.trailSource]?.remove(stop);
    }
  }

  private settleOne(stop: ArmedStop, triggers: Indexes, trails: Indexes): void {
    if (!stop.trailSource) return;
    triggers[stop.source]?.replace(stop);
    trails[stop.trailSource]?.replace(stop);
  }

  private indexesFor(stop: KnownStop, armed: ArmedStop): readonly PriceIndex[] {
    const { triggers, trails } = this.stopsOf(stop.stamp.instrumentId);
    const trigger = (triggers[armed.source] ??= new PriceIndex('trigger'));
    if (!armed.trailSource) return [trigger];
    return [trigger, (trails[armed.trailSource] ??= new PriceIndex('trail'))];
  }

  private gaugeFor(stop: KnownStop, { live, source }: ArmedStop): BarGauge | undefined {
    if (!live.meter) return undefined;
    const stops = this.stopsOf(stop.stamp.instrumentId);
    return gaugeOf(stops, source, live.meter.terms.intervalMs);
  }

  private stopsOf(instrumentId: InstrumentId): InstrumentStops {
    let stops = this.instruments.get(instrumentId);
    if (!stops) {
      stops = {
        ticks: { last: undefined, quote: undefined, mark: undefined },
        ...{ triggers: {}, trails: {}, gauges: new Map() },
      };
      this.instruments.set(instrumentId, stops);
    }
    return stops;
  }
}

function gaugeOf({ gauges }: InstrumentStops, source: PriceSource, intervalMs: number): BarGauge {
  const key = `${source} ${intervalMs}`;
  let found = gauges.get(key);
  if (!found) {
    found = { source, gauge: new BarGauge(intervalMs) };
    gauges.set(key, found);
  }
  return found.gauge;
}
