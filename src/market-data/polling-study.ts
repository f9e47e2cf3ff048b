import type { PositionSide } from '../domain/kernel/units.js';
import { QualityGate } from '../engine/quality-gate.js';
import { mayDecide } from '../engine/tick.js';
import { chance } from '../simulation/chance.js';
import { RecordedTicks } from './recorded-ticks.js';
import type { Recording } from './recorded-trades.js';

const MINUTE_MS = 60_000;
const BPS = 10_000;
/** Distance of a stop from the price that it is armed at. */
export const DISTANCE_BPS = { min: 5, max: 50 } as const;
// A stop that is armed at the very end is not reached: it says nothing of either way.
const ARMED_WITHIN = 0.9;

/** Prices that may decide, in their order: what a long is closed at, and what a short is. */
export interface StudyPrices {
  readonly atMs: Float64Array;
  readonly long: Float64Array;
  readonly short: Float64Array;
}

export interface StudyStop {
  readonly side: PositionSide;
  /** Place of the price that it is armed at. */
  readonly armedAt: number;
  readonly levelUnits: number;
}

export interface StudyOutcome {
  readonly stop: StudyStop;
  /** Place of the first price at or beyond the level. */
  readonly firedAt: number;
  /** Place of the price that a program gets which looks at closed one-minute candles; undefined: it never sells. */
  readonly polledAt: number | undefined;
  /** The close of the minute in which the level was reached was back on the good side of it. */
  readonly isMissedInItsMinute: boolean;
  readonly lateMs: number | undefined;
  /** Hundredths of a basis point of the price that the stop fired at; above 0 the candles got the worse one. */
  readonly lossCentiBps: number;
}

/** Prices of a recording as the engine would see them: through the quality gate. */
export function studyPrices(recording: Recording): StudyPrices {
  const gate = new QualityGate();
  const ticks = [...new RecordedTicks(recording, { instrumentId: 'X:Y', feed: 'recorded' })];
  const good = ticks.filter((tick) => mayDecide({ ...tick, verdict: gate.judge(tick) }));
  return {
    atMs: Float64Array.from(good, ({ venueTimeMs }) => venueTimeMs),
    long: Float64Array.from(good, (tick) => {
      return tick.kind === 'trade' ? tick.priceUnits : tick.bidUnits;
    }),
    short: Float64Array.from(good, (tick) => {
      return tick.kind === 'trade' ? tick.priceUnits : tick.askUnits;
    }),
  };
}

/** Stops by chance of a seed: so many of each side, armed at any time, 5 to 50 bps away. */
export function studyStops(prices: StudyPrices, countOfSide: number, seed: number): StudyStop[] {
  const places = Math.floor(prices.atMs.length * ARMED_WITHIN);
  return Array.from({ length: countOfSide * 2 }, (_, number) => {
    const side = number % 2 === 0 ? 'long' : 'short';
    const armedAt = chance(places, seed, 'armed', number);
    const spread = DISTANCE_BPS.max - DISTANCE_BPS.min + 1;
    const bps = DISTANCE_BPS.min + chance(spread, seed, 'distance', number);
    const price = prices[side][armedAt] ?? 0;
    const distance = Math.max(1, Math.floor((price * bps) / BPS));
    return { side, armedAt, levelUnits: side === 'long' ? price - distance : price + distance };
  });
}

/** Undefined for a stop that no price has reached. */
export function studyOutcome(prices: StudyPrices, stop: StudyStop): StudyOutcome | undefined {
  const { atMs } = prices;
  const of = prices[stop.side];
  let firedAt = stop.armedAt + 1;
  while (firedAt < of.length && !isReached(stop, of[firedAt])) firedAt += 1;
  if (firedAt >= of.length) return undefined;
  const candle = candleExit(prices, stop, firedAt);
  const polledAt = candle.place;
  // What was never sold is valued at the last price of the recording.
  const gotAt = polledAt ?? of.length - 1;
  return {
    ...{ stop, firedAt, polledAt },
    isMissedInItsMinute: candle.minutes > 1 || polledAt === undefined,
    lateMs: polledAt === undefined ? undefined : (atMs[polledAt] ?? 0) - (atMs[firedAt] ?? 0),
    lossCentiBps: lossOf(stop.side, of[firedAt] ?? 0, of[gotAt] ?? 0),
  };
}

/** The first price after the first minute, from that of the trigger on, whose close is at or beyond the level. */
function candleExit(
  { atMs, ...prices }: StudyPrices,
  stop: StudyStop,
  firedAt: number,
): { readonly place: number | undefined; readonly minutes: number } {
  const of = prices[stop.side];
  let minutes = 0;
  let place = firedAt;
  while (place < of.length) {
    const endMs = minuteEnd(atMs[place] ?? 0);
    let next = place;
    while (next < of.length && (atMs[next] ?? 0) < endMs) next += 1;
    minutes += 1;
    // A recording that ends within a minute does not show its close.
    if (next >= of.length) break;
    if (isReached(stop, of[next - 1])) return { place: next, minutes };
    place = next;
  }
  return { place: undefined, minutes };
}

function minuteEnd(atMs: number): number {
  return atMs - (atMs % MINUTE_MS) + MINUTE_MS;
}

function isReached({ side, levelUnits }: StudyStop, units: number | undefined): boolean {
  if (units === undefined) return false;
  return side === 'long' ? units <= levelUnits : units >= levelUnits;
}

function lossOf(side: PositionSide, firedUnits: number, gotUnits: number): number {
  const worse = side === 'long' ? firedUnits - gotUnits : gotUnits - firedUnits;
  return Math.round((worse * BPS * 100) / firedUnits);
}
