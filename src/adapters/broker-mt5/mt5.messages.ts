import type { DecimalText } from '../../domain/kernel/units.js';
import type { VenueOrderStatus } from '../../application/ports/broker.port.js';

// MetaApi's words as it spells them, numbers as the text that was sent. Source: metaapi.cloud/docs/client (REST API and
// models). It stands between us and a MetaTrader 5 terminal that it runs for the account.

export interface OrderRow {
  readonly id: string;
  readonly clientId: string | undefined;
  readonly symbol: string;
  readonly type: string;
  readonly status: VenueOrderStatus;
  readonly volume: DecimalText;
  /** What is not filled of it. */
  readonly currentVolume: DecimalText;
  readonly openPrice: DecimalText | undefined;
  readonly stopLimitPrice: DecimalText | undefined;
  readonly timeMs: number;
}

export interface DealRow {
  readonly id: string;
  readonly orderId: string;
  readonly clientId: string | undefined;
  readonly symbol: string;
  readonly side: 'buy' | 'sell';
  readonly volume: DecimalText;
  readonly price: DecimalText;
  /** What it cost, above 0 when it was charged. */
  readonly commission: DecimalText;
  readonly timeMs: number;
}

export interface PositionRow {
  readonly id: string;
  readonly symbol: string;
  readonly side: 'long' | 'short';
  readonly volume: DecimalText;
  readonly openPrice: DecimalText;
}

export interface SymbolTerms {
  readonly volumeStep: DecimalText;
  readonly minVolume: DecimalText;
  readonly maxVolume: DecimalText;
  readonly tickSize: DecimalText | undefined;
}

/** What the venue answered to a trade. */
export interface TradeReply {
  readonly numericCode: number;
  readonly stringCode: string;
  readonly message: string;
  readonly orderId: string | undefined;
}

/** Fields of a trade; those that are numbers on the wire as exact text. */
export interface TradeRequest {
  readonly actionType: string;
  readonly symbol?: string;
  readonly positionId?: string;
  readonly orderId?: string;
  readonly volume?: DecimalText;
  readonly openPrice?: DecimalText;
  readonly stopLimitPrice?: DecimalText;
  readonly clientId?: string;
  readonly expiration?: { readonly type: string };
}
