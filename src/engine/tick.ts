import type { InstrumentId, UnixMs } from '../domain/kernel/units.js';

/** A trade print that passed (or was held by) the quality gate. Prices are integers on the instrument's price scale. */
export interface TradeTick {
  readonly kind: 'trade';
  readonly instrumentId: InstrumentId;
  readonly feed: string;
  /** Units of 10^-priceScale, a safe integer > 0. */
  readonly priceUnits: number;
  /** Size as canonical decimal text. */
  readonly size: string;
  readonly tradeId: string;
  readonly venueTimeMs: UnixMs;
  readonly receivedAtMs: UnixMs;
  readonly verdict: GateVerdict;
}

/** Best bid and ask. */
export interface QuoteTick {
  readonly kind: 'quote';
  readonly instrumentId: InstrumentId;
  readonly feed: string;
  readonly bidUnits: number;
  readonly askUnits: number;
  readonly bidSize: string;
  readonly askSize: string;
  /** The venue's book sequence. */
  readonly sequence: string;
  readonly venueTimeMs: UnixMs;
  readonly receivedAtMs: UnixMs;
  readonly verdict: GateVerdict;
}

export type Tick = TradeTick | QuoteTick;

/**
 * What the gate found. Three may decide: `good`; `gap`, the first good one after an interruption; `confirmed`, one that
 * was held and that the next one bore out. All others are kept on the tape and decide nothing.
 */
export type GateVerdict = DecidingVerdict | QuarantineReason;

export type DecidingVerdict = 'good' | 'gap' | 'confirmed';

export type QuarantineReason =
  | 'duplicate'
  | 'out-of-order'
  | 'not-a-trade'
  | 'crossed-book'
  | 'locked-book'
  | 'zero-size'
  | 'outlier'
  | 'unconfirmed'
  | 'standby';

export function mayDecide({ verdict }: Pick<Tick, 'verdict'>): boolean {
  return verdict === 'good' || verdict === 'gap' || verdict === 'confirmed';
}

/** A tick that was plain data in between, where an empty side of a book has no number. */
export function revived<T extends Tick | undefined>(tick: T): T {
  if (tick?.kind !== 'quote') return tick;
  const [bid, ask] = [tick.bidUnits, tick.askUnits] as (number | null)[];
  return { ...tick, bidUnits: bid ?? NaN, askUnits: ask ?? NaN };
}
