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

export const MARKET_ORDER_TYPE = 'MARKET';

export function tradeStream(symbol: string): string {
  return `${symbol.toLowerCase()}@trade`;
}

export function bookTickerStream(symbol: string): string {
  return `${symbol.toLowerCase()}@bookTicker`;
}
