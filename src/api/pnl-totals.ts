import type { ConversionRateRow } from '../../projections/conversion-rates/conversion-rates.projection.js';
import type { EngineGateway } from '../application/ports/engine-gateway.port.js';
import type { Page, PageRequest } from '../application/ports/read-side.port.js';
import { ZERO, add, decimal, formatDecimal, multiply } from '../domain/kernel/decimal.js';
import { QUOTIENT_SCALE, roundedQuotient } from '../domain/kernel/rounded-quotient.js';
import type { Currency, DecimalText } from '../domain/kernel/units.js';
import { priced } from './pricing.js';
import type { PricedPnl } from './pricing.js';
import { notFound } from './problem.js';
import type { ReadModels } from './read-models.port.js';

const SUMMED = ['gross', 'fees', 'funding', 'dividends', 'net', 'unrealised'] as const;
type Sums = Record<(typeof SUMMED)[number], DecimalText>;

/** The rate that a conversion rests on. `inverted`: it was stated the other way round. */
export interface AppliedRate {
  readonly rate: DecimalText;
  readonly source: string;
  readonly statedAt: string;
  readonly inverted: boolean;
}

export interface CurrencyTotal extends Sums {
  readonly currency: Currency;
  readonly rate: AppliedRate | null;
  /** net + unrealised in the wanted currency; null without a rate. */
  readonly converted: DecimalText | null;
}

export interface PnlTotals {
  readonly accountId: string;
  readonly inCurrency: Currency;
  readonly currencies: readonly CurrencyTotal[];
  /** Null as long as the rate of one currency is missing: a sum that leaves something out is no sum. */
  readonly total: DecimalText | null;
  readonly asOfPosition: string;
}

const PAGE: PageRequest = { limit: 500 };

/** Adds up the P&L of an account by currency; what is held counts at the last prices. */
export async function pnlTotals(
  { reads, gateway }: { readonly reads: ReadModels; readonly gateway: EngineGateway },
  accountId: string,
  wanted: Currency | undefined,
): Promise<PnlTotals> {
  const { item: account } = await reads.account(accountId);
  if (!account) throw notFound('account', 'accountId', accountId);
  const inCurrency = wanted ?? account.currency;
  const view = await gateway.view();
  const lines = await everyPage((page) => reads.list('pnl', { accountId, span: 'all' }, page));
  const rates = await everyPage((page) => reads.list('conversion_rates', { accountId }, page));
  const sums = new Map<Currency, Sums>();
  for (const line of lines.items) {
    sums.set(line.currency, plus(sums.get(line.currency), priced(line, view)));
  }
  const currencies = [...sums].map(([currency, sum]) =>
    converted(currency, sum, rateFor(rates.items, currency, inCurrency)),
  );
  const parts = currencies.map((each) => each.converted);
  const isWhole = parts.every((part) => part !== null);
  return {
    accountId,
    inCurrency,
    currencies,
    total: isWhole ? formatDecimal(parts.map(decimal).reduce(add, ZERO)) : null,
    asOfPosition: lines.asOfPosition,
  };
}

async function everyPage<Row>(
  read: (page: PageRequest) => Promise<Page<Row>>,
): Promise<{ items: Row[]; asOfPosition: string }> {
  const first = await read(PAGE);
  const items = [...first.items];
  let cursor = first.nextCursor;
  while (cursor !== null) {
    const next = await read({ ...PAGE, cursor });
    items.push(...next.items);
    cursor = next.nextCursor;
  }
  return { items, asOfPosition: first.asOfPosition };
}

function plus(sum: Sums | undefined, line: PricedPnl): Sums {
  const added = SUMMED.map((field) => [
    field,
    formatDecimal(add(decimal(sum?.[field] ?? '0'), decimal(line[field] ?? '0'))),
  ]);
  return Object.fromEntries(added) as Sums;
}

type Known = AppliedRate | 'same' | undefined;

function rateFor(rates: readonly ConversionRateRow[], from: Currency, to: Currency): Known {
  if (from === to) return 'same';
  const direct = rates.find((rate) => rate.currency === from && rate.inCurrency === to);
  const turned = rates.find((rate) => rate.currency === to && rate.inCurrency === from);
  const found = direct ?? turned;
  if (!found) return undefined;
  const { rate, source, statedAt } = found;
  return { rate, source, statedAt, inverted: !direct };
}

function converted(currency: Currency, sums: Sums, rate: Known): CurrencyTotal {
  const amount = add(decimal(sums.net), decimal(sums.unrealised));
  if (rate === undefined) return { currency, ...sums, rate: null, converted: null };
  if (rate === 'same') {
    return { currency, ...sums, rate: null, converted: formatDecimal(amount) };
  }
  const inOther = rate.inverted
    ? roundedQuotient(amount, decimal(rate.rate), QUOTIENT_SCALE)
    : multiply(amount, decimal(rate.rate));
  return { currency, ...sums, rate, converted: formatDecimal(inOther) };
}
