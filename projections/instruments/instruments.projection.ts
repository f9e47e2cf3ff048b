import type { Contract } from '../../src/domain/kernel/contract.js';
import type { PriceBand } from '../../src/domain/kernel/price-bands.js';
import type { Currency, DecimalText, InstrumentId } from '../../src/domain/kernel/units.js';
import type {
  InstrumentDefined,
  InstrumentEvent,
} from '../../src/domain/instrument/instrument.events.js';
import type { TradingHours } from '../../src/domain/instrument/trading-hours.js';
import { invariant } from '../../src/domain/kernel/assert.js';
import { isoTime } from '../projection.js';
import type { Projection } from '../projection.js';

/** Answers: what can be traded, and on which grids? Read by: the API's instruments. */
export interface InstrumentRow {
  readonly instrumentId: InstrumentId;
  readonly instrumentVersion: number;
  readonly venue: string;
  readonly symbol: string;
  readonly priceTick: DecimalText;
  /** Null: the tick is the same at every price. */
  readonly priceBands: readonly PriceBand[] | null;
  readonly quantityStep: DecimalText;
  readonly quoteCurrency: Currency;
  /** Null: a unit is worth its price in the quote currency. */
  readonly contract: Contract | null;
  /** Local time with the venue's distance from UTC, `15:30+05:30`; null: its session never ends. */
  readonly sessionEnd: string | null;
  /** Null: nobody has said when it trades. */
  readonly tradingHours: TradingHours | null;
  /** Primary first. */
  readonly feeds: readonly string[];
  readonly revision: number;
  readonly definedAt: string;
  readonly updatedAt: string;
}

export const instruments: Projection<InstrumentEvent, InstrumentRow> = {
  name: 'instruments',
  version: 4,
  key: 'instrumentId',
  consumes: { InstrumentDefined: true, InstrumentAmended: true },
  keyOf: (recorded) => recorded.event.data.instrumentId,
  evolve: (row, { event, revision }) => {
    if (event.type === 'InstrumentDefined') return defined(row, event, revision);
    invariant(row !== undefined, 'an instrument is defined before it is split');
    const { instrumentVersion, priceTick, quantityStep, at } = event.data;
    return { ...row, instrumentVersion, priceTick, quantityStep, revision, updatedAt: isoTime(at) };
  },
};

function defined(
  row: InstrumentRow | undefined,
  { data }: InstrumentDefined,
  revision: number,
): InstrumentRow {
  return {
    instrumentId: data.instrumentId,
    instrumentVersion: data.instrumentVersion,
    venue: data.venue,
    symbol: data.symbol,
    priceTick: data.priceTick,
    priceBands: data.priceBands ?? null,
    quantityStep: data.quantityStep,
    quoteCurrency: data.quoteCurrency,
    contract: data.contract ?? null,
    sessionEnd: data.sessionEnd ?? null,
    tradingHours: data.tradingHours ?? null,
    feeds: data.feeds,
    revision,
    definedAt: row?.definedAt ?? isoTime(data.at),
    updatedAt: isoTime(data.at),
  };
}
