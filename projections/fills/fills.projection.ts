import { settlementOf } from '../../src/domain/kernel/contract.js';
import { exitSide } from '../../src/domain/kernel/units.js';
import type {
  AccountMode,
  Currency,
  DecimalText,
  OrderSide,
} from '../../src/domain/kernel/units.js';
import type { OrderFilled, OrderPartiallyFilled } from '../../src/domain/order/order.events.js';
import type { PositionClosed, PositionReduced } from '../../src/domain/position/position.events.js';
import { isoTime } from '../projection.js';
import type { Projection } from '../projection.js';

/** Answers: what was traded, at which price and cost, and what did each fill realise? Read by: the API's fills, exports. */
export interface FillRow {
  /** `<order>|<venue trade id>` */
  readonly fillId: string;
  readonly orderId: string;
  readonly venueTradeId: string;
  /** Null until the position has followed. */
  readonly stopId: string | null;
  readonly positionId: string;
  readonly accountId: string;
  readonly instrumentId: string;
  readonly mode: AccountMode;
  readonly side: OrderSide | null;
  readonly quantity: DecimalText;
  readonly price: DecimalText;
  readonly feeAmount: DecimalText;
  readonly feeCurrency: Currency;
  readonly liquidity: 'maker' | 'taker' | null;
  /** Against the entry of its own position; null until the position has followed. */
  readonly realisedPnl: DecimalText | null;
  readonly pnlCurrency: Currency | null;
  readonly filledAt: string;
}

type OrderFact = OrderPartiallyFilled | OrderFilled;
type PositionFact = PositionReduced | PositionClosed;

/** The order's fact is the fill; the position's, which follows, says what it came to. */
export const fills: Projection<OrderFact | PositionFact, FillRow> = {
  name: 'fills',
  version: 1,
  key: 'fillId',
  consumes: {
    OrderPartiallyFilled: true,
    OrderFilled: true,
    PositionReduced: true,
    PositionClosed: true,
  },
  keyOf: ({ event: { data } }) => `${data.orderId}|${data.venueTradeId}`,
  evolve: (row, { event }, fillId) => {
    switch (event.type) {
      case 'OrderPartiallyFilled':
      case 'OrderFilled':
        return {
          ...traded(fillId, event),
          ...(row && result(row)),
          stopId: event.data.stopId,
          liquidity: event.data.liquidity,
          filledAt: isoTime(event.data.filledAtMs),
        };
      default:
        return {
          ...(row ?? traded(fillId, event)),
          side: exitSide(event.data.side),
          realisedPnl: event.data.realisedPnl,
          pnlCurrency: settlementOf(event.data.contract, event.data.quoteCurrency),
        };
    }
  },
};

function traded(fillId: string, { data }: OrderFact | PositionFact): FillRow {
  return {
    fillId,
    orderId: data.orderId,
    venueTradeId: data.venueTradeId,
    stopId: null,
    positionId: data.positionId,
    accountId: data.accountId,
    instrumentId: data.instrumentId,
    mode: data.mode,
    side: null,
    quantity: data.quantity,
    price: data.price,
    feeAmount: data.feeAmount,
    feeCurrency: data.feeCurrency,
    liquidity: null,
    realisedPnl: null,
    pnlCurrency: null,
    filledAt: isoTime(data.at),
  };
}

function result({ side, realisedPnl, pnlCurrency }: FillRow) {
  return { side, realisedPnl, pnlCurrency };
}
