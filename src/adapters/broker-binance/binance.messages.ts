import type { DecimalText } from '../../domain/kernel/units.js';
import type { VenueOrderStatus } from '../../application/ports/broker.port.js';

// Binance's words as it spells them, every number as the text that was sent. Sources: developers.binance.com, "Spot
// Trading" (REST, WebSocket API, user data streams) and "USDⓈ-M Futures" (REST, algo orders, user data streams).

export type BinanceMarketName = 'spot' | 'usdm';

/** One call of the REST API, in ccxt's names of sections. */
export interface BinanceCall {
  readonly section: 'public' | 'private' | 'fapiPublic' | 'fapiPrivate' | 'fapiPrivateV3';
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
}

export interface OrderRow {
  readonly symbol: string;
  /** The venue's own; beyond 2^53 on futures. */
  readonly orderId: string;
  readonly clientOrderId: string;
  /** The order list that it is a leg of. */
  readonly listId: string | undefined;
  readonly side: 'BUY' | 'SELL';
  readonly type: string;
  readonly origQty: DecimalText;
  readonly executedQty: DecimalText;
  readonly price: DecimalText;
  readonly stopPrice: DecimalText;
  readonly status: VenueOrderStatus;
  readonly reduceOnly: boolean | undefined;
  readonly timeMs: number;
}

/** A conditional order of USDⓈ-M: it rests with the algo service, and becomes another order once it is triggered. */
export interface AlgoRow {
  readonly symbol: string;
  readonly algoId: string;
  readonly clientAlgoId: string;
  readonly side: 'BUY' | 'SELL';
  readonly quantity: DecimalText;
  readonly price: DecimalText;
  readonly triggerPrice: DecimalText;
  /** Undefined: what became of it is that of the order `actualOrderId`. */
  readonly status: VenueOrderStatus | undefined;
  readonly actualOrderId: string | undefined;
  readonly reduceOnly: boolean;
  readonly timeMs: number;
}

export interface TradeRow {
  readonly id: string;
  readonly orderId: string;
  readonly side: 'BUY' | 'SELL';
  readonly price: DecimalText;
  readonly qty: DecimalText;
  readonly commission: DecimalText;
  readonly commissionAsset: string;
  readonly isMaker: boolean;
  readonly timeMs: number;
}

export interface Balance {
  readonly asset: string;
  readonly free: DecimalText;
  readonly locked: DecimalText;
}

export interface PositionRow {
  readonly symbol: string;
  readonly positionSide: 'BOTH' | 'LONG' | 'SHORT';
  readonly positionAmt: DecimalText;
  readonly entryPrice: DecimalText;
}

/** What the venue asks of an order in a symbol. Undefined where it asks nothing. */
export interface SymbolFilters {
  readonly symbol: string;
  readonly baseAsset: string;
  readonly tickSize: DecimalText | undefined;
  readonly stepSize: DecimalText | undefined;
  readonly minQty: DecimalText | undefined;
  readonly maxQty: DecimalText | undefined;
  readonly marketStepSize: DecimalText | undefined;
  readonly marketMaxQty: DecimalText | undefined;
  readonly minNotional: DecimalText | undefined;
}

export interface ExchangeInfo {
  readonly symbols: ReadonlyMap<string, SymbolFilters>;
  /** Weight that the venue grants in a minute, when it says so. */
  readonly weightPerMinute: number | undefined;
}
