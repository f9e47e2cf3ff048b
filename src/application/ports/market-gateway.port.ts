import type { DecimalText, InstrumentId, OrderSide, UnixMs } from '../../domain/kernel/units.js';
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
  /** The venue's mark price, where it is followed. */
  readonly mark: {
    readonly price: DecimalText;
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

/** What changes of a MarketView from price to price. Two bars of each interval: the one that ended last is whole in it. */
export interface PriceBrief extends Omit<MarketView, 'bars'> {
  readonly bars: { readonly '1m': readonly BarView[]; readonly '5m': readonly BarView[] };
}

/** What somebody has seen of an instrument already; 0 for nothing. */
export interface SeenPrice {
  readonly instrumentId: InstrumentId;
  readonly version: number;
}

/** What an order that takes from the book at once would get. */
export interface TakerEstimate {
  readonly side: OrderSide;
  readonly quantity: DecimalText;
  /** Less than the quantity where the book, as far as it is known, holds no more. */
  readonly filledQuantity: DecimalText;
  /** Rounded to four digits more than the price has. */
  readonly averagePrice: DecimalText;
  readonly worstPrice: DecimalText;
  /** How much worse the average is than the best price. */
  readonly slippageBps: DecimalText;
}

export interface BookLevelView {
  readonly price: DecimalText;
  readonly size: string;
}

/** The order book of an instrument at the feed that decides. */
export interface BookView {
  readonly instrumentId: InstrumentId;
  readonly feed: string;
  /** The venue's number of the newest change. */
  readonly sequence: string;
  readonly venueTimeMs: UnixMs;
  /** The best first. */
  readonly bids: readonly BookLevelView[];
  readonly asks: readonly BookLevelView[];
  /** Of a sell and a buy; none where no quantity was asked for. */
  readonly estimates: readonly TakerEstimate[];
}

export interface BookQuestion {
  readonly levels: number;
  /** Of an order whose outcome is to be estimated. */
  readonly quantity?: DecimalText;
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

/** What a feed sent that could not be read: it is on no tape, as it is no input. */
export interface RefusedFrame {
  readonly reason: string;
  /** Its beginning. */
  readonly sample: string;
  readonly receivedAtMs: UnixMs;
}

/**
 * The way from the edge to the prices that the engine has seen. Not in the log, so without a position.
 * Null: there is no such feed or no price of such an instrument. Undefined: the engine cannot be reached.
 */
export interface MarketGateway {
  market(instrumentId: InstrumentId): Promise<MarketView | null | undefined>;
  /** Of those whose prices have changed since, what they are now. However many came in between, it is one answer. */
  changes(seen: readonly SeenPrice[]): Promise<readonly PriceBrief[] | undefined>;
  /** Null as well while the book is void: after a loss, until the venue has shown it whole again. */
  book(instrumentId: InstrumentId, asked: BookQuestion): Promise<BookView | null | undefined>;
  /** The newest ones, at most 50 of a reason, newest first. */
  quarantine(feed: string): Promise<readonly QuarantinedPrice[] | null | undefined>;
  /** As of `quarantine`. */
  refusedFrames(feed: string): Promise<readonly RefusedFrame[] | null | undefined>;
}
