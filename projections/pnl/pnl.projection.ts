import { ZERO, add, decimal, formatDecimal, subtract } from '../../src/domain/kernel/decimal.js';
import type { Decimal } from '../../src/domain/kernel/decimal.js';
import type { Currency, DecimalText } from '../../src/domain/kernel/units.js';
import type { PositionClosed, PositionReduced } from '../../src/domain/position/position.events.js';
import { isoTime } from '../projection.js';
import type { Projection } from '../projection.js';

/**
 * Answers: what was really earned, per account, instrument and currency? Nothing is converted: a fee in another
 * currency than the price's stands in a row of its own.
 * Read by: the API's P&L.
 */
export interface PnlRow {
  /** `<account>|<instrument>|<currency>` */
  readonly pnlId: string;
  readonly accountId: string;
  readonly instrumentId: string;
  readonly currency: Currency;
  /** Realised, before fees. */
  readonly gross: DecimalText;
  readonly fees: DecimalText;
  /** gross - fees */
  readonly net: DecimalText;
  readonly exits: number;
  /** Positions that became flat. */
  readonly closedTrades: number;
  readonly updatedAt: string;
}

type Exit = PositionReduced | PositionClosed;

export const pnl: Projection<Exit, PnlRow> = {
  name: 'pnl',
  version: 1,
  key: 'pnlId',
  consumes: { PositionReduced: true, PositionClosed: true },
  keyOf: ({ event: { data } }) => {
    const quote = pnlId(data, data.quoteCurrency);
    const fee = pnlId(data, data.feeCurrency);
    return quote === fee ? quote : [quote, fee];
  },
  evolve: (row, { event }, key) => {
    const { data } = event;
    const isQuote = key === pnlId(data, data.quoteCurrency);
    const isFee = key === pnlId(data, data.feeCurrency);
    const gross = add(amount(row?.gross), isQuote ? decimal(data.realisedPnl) : ZERO);
    const fees = add(amount(row?.fees), isFee ? decimal(data.feeAmount) : ZERO);
    const closed = isQuote && event.type === 'PositionClosed';
    return {
      pnlId: key,
      accountId: data.accountId,
      instrumentId: data.instrumentId,
      currency: isQuote ? data.quoteCurrency : data.feeCurrency,
      gross: formatDecimal(gross),
      fees: formatDecimal(fees),
      net: formatDecimal(subtract(gross, fees)),
      exits: (row?.exits ?? 0) + (isQuote ? 1 : 0),
      closedTrades: (row?.closedTrades ?? 0) + (closed ? 1 : 0),
      updatedAt: isoTime(data.at),
    };
  },
};

function pnlId(data: Exit['data'], currency: Currency): string {
  return `${data.accountId}|${data.instrumentId}|${currency}`;
}

function amount(text: DecimalText | undefined): Decimal {
  return text === undefined ? ZERO : decimal(text);
}
