import type { Contract } from '../../src/domain/kernel/contract.js';
import type { Currency, DecimalText, InstrumentId } from '../../src/domain/kernel/units.js';
import type {
  InstrumentDefined,
  InstrumentEvent,
} from '../../src/domain/instrument/instrument.events.js';
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
  readonly quantityStep: DecimalText;
  readonly quoteCurrency: Currency;
  /** Null: a unit is worth its price in the quote currency. */
  readonly contract: Contract | null;
  /** Primary first. */
  readonly feeds: readonly string[];
  readonly revision: number;
  readonly definedAt: string;
  readonly updatedAt: string;
}

export const instruments: Projection<InstrumentEvent, InstrumentRow> = {
  name: 'instruments',
  version: 3,
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
    quantityStep: data.quantityStep,
    quoteCurrency: data.quoteCurrency,
    contract: data.contract ?? null,
    feeds: data.feeds,
    revision,
    definedAt: row?.definedAt ?? isoTime(data.at),
    updatedAt: isoTime(data.at),
  };
}
