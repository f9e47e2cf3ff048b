import type { DecimalText, InstrumentId, UnixMs } from '../../domain/kernel/units.js';
import type { QuarantineReason } from '../../engine/tick.js';

/** Prices of one interval. Exact decimals; `prices` is how many went into it. */
export interface BarView {
  readonly startMs: UnixMs;
  readonly open: DecimalText;
  readonly high: DecimalText;
  readonly low: DecimalText;
  readonly close: DecimalText;
  readonly prices: number;
}

/** What the prices of an instrument came to. */
export interface MarketView {
  readonly instrumentId: InstrumentId;
  /** Rises with every price. */
  readonly version: number;
  readonly last: {
    readonly price: DecimalText;
    readonly size: string;
    readonly tradeId: string;
    readonly venueTimeMs: UnixMs;
    readonly feed: string;
  } | null;
  readonly book: {
    readonly bid: DecimalText;
    readonly bidSize: string;
    readonly ask: DecimalText;
    readonly askSize: string;
    readonly venueTimeMs: UnixMs;
    readonly feed: string;
  } | null;
  /** High and low of the UTC day of the newest price. */
  readonly day: {
    readonly startMs: UnixMs;
    readonly high: DecimalText;
    readonly low: DecimalText;
  };
  readonly bars: { readonly '1m': readonly BarView[]; readonly '5m': readonly BarView[] };
}

/** A price that may not decide. A quote is shown as `bid/ask`. */
export interface QuarantinedPrice {
  readonly reason: QuarantineReason;
  readonly instrumentId: InstrumentId;
  readonly price: string;
  /** Trade id, or the sequence of a quote. */
  readonly id: string;
  readonly venueTimeMs: UnixMs;
  readonly receivedAtMs: UnixMs;
}

/**
 * The way from the edge to the prices that the engine has seen. Not in the log, so without a position.
 * Null: there is no such feed or no price of such an instrument. Undefined: the engine cannot be reached.
 */
export interface MarketGateway {
  market(instrumentId: InstrumentId): Promise<MarketView | null | undefined>;
  /** The newest ones, at most 50 of a reason, newest first. */
  quarantine(feed: string): Promise<readonly QuarantinedPrice[] | null | undefined>;
}
