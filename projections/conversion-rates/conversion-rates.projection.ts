import type { ConversionRateStated } from '../../src/domain/account/accounting.events.js';
import type { Currency, DecimalText } from '../../src/domain/kernel/units.js';
import { isoTime } from '../projection.js';
import type { Projection } from '../projection.js';

/** Answers: at which rate, and on whose word, does an account convert? The newest counts. Read by: the API's totals. */
export interface ConversionRateRow {
  /** `<account>|<currency>|<in currency>` */
  readonly rateId: string;
  readonly accountId: string;
  readonly currency: Currency;
  readonly inCurrency: Currency;
  /** What one unit of `currency` is worth in `inCurrency`. */
  readonly rate: DecimalText;
  readonly source: string;
  readonly statedAt: string;
}

export const conversionRates: Projection<ConversionRateStated, ConversionRateRow> = {
  name: 'conversion_rates',
  version: 1,
  key: 'rateId',
  consumes: { ConversionRateStated: true },
  keyOf: ({ event: { data } }) => `${data.accountId}|${data.currency}|${data.inCurrency}`,
  evolve: (_row, { event: { data } }, rateId) => ({
    rateId,
    accountId: data.accountId,
    currency: data.currency,
    inCurrency: data.inCurrency,
    rate: data.rate,
    source: data.source,
    statedAt: isoTime(data.at),
  }),
};
