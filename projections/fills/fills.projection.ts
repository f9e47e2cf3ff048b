import { invariant } from '../../src/domain/kernel/assert.js';
import { settlementOf } from '../../src/domain/kernel/contract.js';
import { exitSide } from '../../src/domain/kernel/units.js';
import type {
  AccountMode,
  Currency,
  DecimalText,
  OrderSide,
} from '../../src/domain/kernel/units.js';
import type { OrderFilled, OrderPartiallyFilled } from '../../src/domain/order/order.events.js';
import type {
  PositionClosed,
  PositionIncreased,
  PositionOpened,
  PositionReduced,
} from '../../src/domain/position/position.events.js';
import { isoTime } from '../projection.js';
import type { Projection } from '../projection.js';

/** Answers: what was traded, at which price and cost, and what did each fill realise? Read by: the API's fills, exports. */
export interface FillRow {
  /** `<order>|<venue trade id>` */
  readonly fillId: string;
  readonly orderId: string;
  readonly venueTradeId: string;
  /** Whose exit it was; null for an entry, and until the order is known. */
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
  /** Against the entry of its own position; null for an entry, and until the position has followed. */
  readonly realisedPnl: DecimalText | null;
  readonly pnlCurrency: Currency | null;
  readonly filledAt: string;
}

type OrderFact = OrderPartiallyFilled | OrderFilled;
type PositionFact = PositionReduced | PositionClosed | PositionIncreased | PositionOpened;

/** The order's fact is the fill; the position's, which follows, says what it came to. */
export const fills: Projection<OrderFact | PositionFact, FillRow> = {
  name: 'fills',
  version: 4,
  key: 'fillId',
  consumes: {
    OrderPartiallyFilled: true,
    OrderFilled: true,
    PositionOpened: true,
    PositionIncreased: true,
    PositionReduced: true,
    PositionClosed: true,
  },
  keyOf: ({ event }) => {
    const fill = fillOf(event);
    return fill ? `${fill.orderId}|${fill.venueTradeId}` : [];
  },
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
      case 'PositionOpened':
      case 'PositionIncreased':
        return {
          ...(row ?? traded(fillId, event)),
          side: event.data.side === 'long' ? 'buy' : 'sell',
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

/** What every fill says of itself; undefined for a position that no fill opened. */
function fillOf({ type, data }: OrderFact | PositionFact) {
  if (type !== 'PositionOpened') return data;
  return data.origin === 'fill' ? { ...data, price: data.entryPrice, ...data.fill } : undefined;
}

function traded(fillId: string, event: OrderFact | PositionFact): FillRow {
  const data = fillOf(event);
  invariant(data !== undefined, 'a row of fills is made by a fill');
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
