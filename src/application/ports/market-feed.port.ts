import type { InstrumentId } from '../../domain/kernel/units.js';
import type { Tick } from '../../engine/tick.js';
import type { OrderBook } from '../feeds/order-book.js';
import type { FeedHealth } from './engine-gateway.port.js';

/**
 * Where a feed delivers. Every call is synchronous and in the order of arrival; a sink never throws.
 *
 *     onConnected ─► onTick | onRefused ... ─► onLost ─► onConnected ...
 */
export interface FeedSink {
  /**
   * A parsed price. Its verdict is `good` unless the message itself says that it is no trade; the gate judges the rest.
   * `isUntimed`: the venue sent no time with it, and that of its arrival stands in.
   */
  onTick(candidate: Tick, isUntimed?: boolean): void;
  /** Frames may flow. `recorded` names the recording when the venue says that it replays one. */
  onConnected(info: FeedConnection): void;
  /** The connection ended or could not be made. Told once; the feed goes on trying until `onConnected`. */
  onLost(reason: string): void;
  /** Input that could not be read, with its beginning. It changed nothing. */
  onRefused(reason: string, sample: string): void;
  /** The venue does not bring this instrument on the connection that stands. */
  onNotSubscribed?(instrumentId: InstrumentId, reason: string): void;
}

export interface FeedConnection {
  readonly url: string;
  readonly recorded: string | null;
}

/** What prices of an instrument can be asked for: last trade, best bid and ask, the whole book, the venue's mark price. */
export type PriceWant = 'ltp' | 'quote' | 'depth' | 'mark';

/** An instrument as a feed has to know it. */
export interface FeedInstrument {
  readonly instrumentId: InstrumentId;
  /** As the venue spells it. */
  readonly symbol: string;
  readonly priceScale: number;
  /** Beside what the feed brings anyway. */
  readonly wants?: readonly PriceWant[];
}

/** Prices of a venue. Connects by itself, and again after every loss, until it is closed. Never throws for a venue. */
export interface MarketFeed {
  readonly id: string;
  /**
   * Feeds with the same numbering show the same prints under the same ids: a print that one has shown is a repeat when
   * another shows it.
   */
  readonly numbering: string;
  /** Prices that can never come from it. */
  readonly lacks: readonly PriceWant[];
  /** Called once. */
  start(sink: FeedSink): void;
  /**
   * Prices of these come from here on, without a new connection where the venue has such a way. Of one that is followed
   * already, what it wants is added.
   */
  follow(instruments: readonly FeedInstrument[]): void;
  unfollow(instrumentIds: readonly InstrumentId[]): void;
  /** After it resolves nothing is delivered any more. */
  close(): Promise<void>;
  /** The order book, where the feed keeps one. */
  bookOf?(instrumentId: InstrumentId): OrderBook | undefined;
  /** Counts since the start of this process. */
  health(): FeedHealth;
}
