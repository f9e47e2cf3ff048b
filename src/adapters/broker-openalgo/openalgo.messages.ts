// OpenAlgo's words as it spells them, numbers as the text that was sent. Source: docs.openalgo.in, API v1; the shapes were
// compared with restx_api/ and services/ of github.com/marketcalls/openalgo. Every call is a POST with the key in its body.

export type OpenAlgoPath =
  | 'placeorder'
  | 'modifyorder'
  | 'cancelorder'
  | 'orderstatus'
  | 'orderbook'
  | 'tradebook'
  | 'positionbook'
  | 'holdings'
  | 'funds'
  | 'analyzer';

export interface OrderRow {
  readonly orderid: string;
  readonly symbol: string;
  readonly exchange: string;
  readonly action: 'BUY' | 'SELL';
  readonly quantity: string;
  readonly price: string;
  readonly trigger_price: string;
  readonly pricetype: string;
  readonly product: string;
  readonly order_status: string;
  readonly timestamp: string;
}

/** No trade id, and no fee. */
export interface TradeRow {
  readonly orderid: string;
  readonly symbol: string;
  readonly exchange: string;
  readonly action: 'BUY' | 'SELL';
  readonly quantity: string;
  readonly average_price: string;
  readonly timestamp: string;
}

export interface PositionRow {
  readonly symbol: string;
  readonly exchange: string;
  readonly product: string;
  /** Net; below zero when sold; `0` for what was closed today. */
  readonly quantity: string;
  readonly average_price: string | undefined;
}

export interface Funds {
  readonly availablecash: string;
  readonly collateral: string;
  readonly m2mrealized: string;
  readonly m2munrealized: string;
  readonly utiliseddebits: string;
}
