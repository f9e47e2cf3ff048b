import type { PriceSource } from '../domain/kernel/event.js';
import type { StopId } from '../domain/kernel/units.js';
import type { LiveStop } from './live-stop.js';
import type { Tick } from './tick.js';

/** An armed stop with its place in the engine and the moves that no event holds yet. */
export interface ArmedStop {
  readonly stopId: StopId;
  /** Rises with every stop of the engine; the order of arming. */
  readonly number: number;
  /** The price that fires it. */
  readonly source: PriceSource;
  /** A second price that moves it, or the only one; undefined when `source` alone does. */
  readonly trailSource: PriceSource | undefined;
  live: LiveStop;
  /** Place in its price index. */
  slot: number;
  /** Place in the index of its trail source. */
  trailSlot: number;
  /** The newest round of its index in which it saw the price. */
  seenRound: number;
  /** Input time of the newest recorded move; -Infinity before the first. */
  recordedAtMs: number;
  pendingMoves: number;
  firstTick: Tick | undefined;
  lastTick: Tick | undefined;
}
