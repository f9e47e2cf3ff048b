/**
 * The venue's words, as the venue spells them. Spot: "WebSocket Streams" of the Binance spot API documentation;
 * futures: "WebSocket Market Streams" of the USD-M and COIN-M documentation. Prices and sizes are decimal text, times
 * are Unix ms.
 */

/** Combined streams wrap every message; `/ws/<stream>` sends the bare data. */
export interface CombinedFrame {
  readonly stream: string;
  readonly data: unknown;
}

export interface TradeMessage {
  readonly e: 'trade';
  /** Event time. */
  readonly E: number;
  readonly s: string;
  /** Trade id: rises by one per trade of the symbol. */
  readonly t: number;
  readonly p: string;
  readonly q: string;
  /** Trade time. */
  readonly T: number;
  /** True when the buyer is the maker: the aggressor sold. */
  readonly m: boolean;
  /** Futures only: `MARKET`, or what is no trade of the market: `INSURANCE_FUND`, `ADL`, `NA`. */
  readonly X?: string;
}

export interface BookTickerMessage {
  /** Futures only. */
  readonly e?: 'bookTicker';
  /** Order book update id: strictly increasing per symbol. */
  readonly u: number;
  readonly s: string;
  readonly b: string;
  readonly B: string;
  readonly a: string;
  readonly A: string;
  /** Futures only, as is `E`. */
  readonly T?: number;
  readonly E?: number;
}

export interface AggTradeMessage {
  readonly e: 'aggTrade';
  readonly E: number;
  readonly s: string;
  /** Aggregate id: a numbering of its own, apart from that of trades. */
  readonly a: number;
  readonly p: string;
  readonly q: string;
  /** First and last trade id. */
  readonly f: number;
  readonly l: number;
  readonly T: number;
  readonly m: boolean;
}

/** `[price, size]`; size 0 takes the price away. */
export type LevelMessage = readonly [string, string];

/** A change of the book since the one before it, or on `depth5`, `depth10` and `depth20` of futures the top of it. */
export interface DepthMessage {
  readonly e: 'depthUpdate';
  readonly E: number;
  /** Futures only. */
  readonly T?: number;
  readonly s: string;
  /** First and last update id in it. */
  readonly U: number;
  readonly u: number;
  /** Futures only: the last update id of the message before it. */
  readonly pu?: number;
  readonly b: readonly LevelMessage[];
  readonly a: readonly LevelMessage[];
}

/** The whole book as REST gives it, and the top of it on `depth5`, `depth10` and `depth20` of spot. */
export interface SnapshotMessage {
  readonly lastUpdateId: number;
  readonly bids: readonly LevelMessage[];
  readonly asks: readonly LevelMessage[];
}

export interface MarkPriceMessage {
  readonly e: 'markPriceUpdate';
  readonly E: number;
  readonly s: string;
  /** Mark price, estimated settlement price, index price. */
  readonly p: string;
  readonly P: string;
  readonly i: string;
  /** Funding rate. */
  readonly r: string;
  /** Next funding. */
  readonly T: number;
}

export const MARKET_ORDER_TYPE = 'MARKET';

/** What can be subscribed to, by the venue's name of it. */
export type BinanceStream =
  'trade' | 'aggTrade' | 'bookTicker' | 'markPrice' | 'depth' | 'depth5' | 'depth10' | 'depth20';

const SPEED: Readonly<Record<BinanceStream, string>> = {
  trade: '',
  aggTrade: '',
  bookTicker: '',
  markPrice: '@1s',
  depth: '@100ms',
  depth5: '@100ms',
  depth10: '@100ms',
  depth20: '@100ms',
};

/** `btcusdt@depth@100ms`. */
export function streamName(symbol: string, stream: BinanceStream): string {
  return `${symbol.toLowerCase()}@${stream}${SPEED[stream]}`;
}

/** `BTCUSDT` of `btcusdt@depth20@100ms`. */
export function symbolOfStream(stream: string): string {
  return stream.slice(0, Math.max(0, stream.indexOf('@'))).toUpperCase();
}
