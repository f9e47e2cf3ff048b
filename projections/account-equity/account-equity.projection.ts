import type { CashMoved } from '../../src/domain/account/accounting.events.js';
import { settlementOf } from '../../src/domain/kernel/contract.js';
import {
  addedTo,
  compare,
  decimal,
  multiply,
  negate,
  subtract,
} from '../../src/domain/kernel/decimal.js';
import type { Decimal } from '../../src/domain/kernel/decimal.js';
import type { Currency, DecimalText, UnixMs } from '../../src/domain/kernel/units.js';
import type {
  EntryFill,
  PositionEvent,
  PositionOpened,
} from '../../src/domain/position/position.events.js';
import { isoTime, remembered, utcDay } from '../projection.js';
import type { Projection } from '../projection.js';

/**
 * Answers: what has an account in each currency, how much of it is exposed, and how did both go, day by day? The balance
 * is what was paid in and out plus what was settled; what is unrealised is added at query time. Exposure is at entry: size
 * times entry price, for an inverse contract its size in the quote currency.
 * Read by: the API's equity. A day without a fact has no row: the day before still holds.
 */
export interface AccountEquityRow {
  /** `<account>|<currency>|all`, or `<account>|<currency>|day|<date>` */
  readonly equityId: string;
  readonly accountId: string;
  readonly currency: Currency;
  readonly span: 'all' | 'day';
  /** Null for `all`. */
  readonly day: string | null;
  /** All below are sums since the beginning, as they stood at the end of the day. */
  readonly deposits: DecimalText;
  /** Above zero went out. */
  readonly withdrawals: DecimalText;
  readonly realised: DecimalText;
  readonly fees: DecimalText;
  readonly funding: DecimalText;
  readonly dividends: DecimalText;
  /** deposits - withdrawals + realised - fees + funding + dividends */
  readonly balance: DecimalText;
  readonly exposure: DecimalText;
  /** Largest within the span. */
  readonly exposureMax: DecimalText;
  readonly updatedAt: string;
}

type EquityFact = PositionEvent | CashMoved;
type Sum = 'deposits' | 'withdrawals' | 'realised' | 'fees' | 'funding' | 'dividends' | 'exposure';

/** They make the balance less. */
const OUTGOING: ReadonlySet<Sum> = new Set(['withdrawals', 'fees']);

export const accountEquity: Projection<EquityFact, AccountEquityRow> = {
  name: 'account_equity',
  version: 6,
  key: 'equityId',
  consumes: {
    PositionOpened: true,
    PositionIncreased: true,
    PositionReduced: true,
    PositionReconciled: true,
    PositionRestated: true,
    PositionClosed: true,
    CashMoved: true,
  },
  keyOf: ({ event }) => {
    const { accountId, at } = event.data;
    return [...new Set(changesOnce(event).map(({ currency }) => currency))].flatMap((currency) => [
      allKey(accountId, currency),
      `${accountId}|${currency}|day|${utcDay(at)}`,
    ]);
  },
  evolve: (row, { event }, key, before) => {
    const { accountId, at } = event.data;
    const [, currency = ''] = key.split('|');
    const changes = changesOnce(event).filter((change) => change.currency === currency);
    // A new day begins where the account stood.
    const start = before(allKey(accountId, currency)) ?? emptyRow(accountId, currency);
    return afterAll(row ?? begun(start, key), changes, at);
  },
};

function allKey(accountId: string, currency: Currency): string {
  return `${accountId}|${currency}|all`;
}

interface Change {
  readonly sum: Sum;
  readonly currency: Currency;
  readonly by: Decimal;
}

function changesOf(event: EquityFact): readonly Change[] {
  if (event.type === 'CashMoved') return [ofCash(event)];
  const { data } = event;
  if (event.type === 'PositionOpened') {
    const by = exposureOf(event.data);
    const exposure = { sum: 'exposure', currency: data.quoteCurrency, by } as const;
    return event.data.origin === 'fill' ? [exposure, feeOf(event.data.fill)] : [exposure];
  }
  if (event.type === 'PositionReconciled') {
    const by = negate(exposureOf({ ...event.data, quantity: event.data.reducedBy }));
    return [{ sum: 'exposure', currency: data.quoteCurrency, by }];
  }
  if (event.type === 'PositionRestated') {
    const { contract, openQuantity, entryPrice, previousQuantity, previousEntryPrice } = event.data;
    const of = contract && { contract };
    const by = subtract(
      exposureOf({ ...of, quantity: openQuantity, entryPrice }),
      exposureOf({ ...of, quantity: previousQuantity, entryPrice: previousEntryPrice }),
    );
    return [{ sum: 'exposure', currency: data.quoteCurrency, by }];
  }
  if (event.type === 'PositionIncreased') {
    const by = exposureOf({ ...event.data, entryPrice: event.data.price });
    return [{ sum: 'exposure', currency: data.quoteCurrency, by }, feeOf(event.data)];
  }
  const { realisedPnl, feeAmount, feeCurrency, contract } = event.data;
  const settlement = settlementOf(contract, data.quoteCurrency);
  return [
    { sum: 'exposure', currency: data.quoteCurrency, by: negate(exposureOf(event.data)) },
    { sum: 'realised', currency: settlement, by: decimal(realisedPnl) },
    feeOf({ feeAmount, feeCurrency }),
  ];
}

// Asked for the keys, and for each of the rows.
const changesOnce = remembered(changesOf);

function feeOf({ feeAmount, feeCurrency }: Pick<EntryFill, 'feeAmount' | 'feeCurrency'>): Change {
  return { sum: 'fees', currency: feeCurrency, by: decimal(feeAmount) };
}

function ofCash({ data: { kind, amount, currency } }: CashMoved): Change {
  const by = decimal(amount);
  switch (kind) {
    case 'deposit':
      return { sum: 'deposits', currency, by };
    case 'withdrawal':
      return { sum: 'withdrawals', currency, by: negate(by) };
    case 'fee':
      return { sum: 'fees', currency, by: negate(by) };
    case 'funding':
      return { sum: 'funding', currency, by };
    case 'dividend':
      return { sum: 'dividends', currency, by };
  }
}

function exposureOf({
  quantity,
  entryPrice,
  contract,
}: Pick<PositionOpened['data'], 'quantity' | 'entryPrice' | 'contract'>): Decimal {
  const size = multiply(decimal(quantity), decimal(contract?.multiplier ?? '1'));
  return contract?.kind === 'inverse' ? size : multiply(size, decimal(entryPrice));
}

function emptyRow(accountId: string, currency: Currency): AccountEquityRow {
  const none = '0' as DecimalText;
  return {
    equityId: allKey(accountId, currency),
    accountId,
    currency,
    span: 'all',
    day: null,
    deposits: none,
    withdrawals: none,
    realised: none,
    fees: none,
    funding: none,
    dividends: none,
    balance: none,
    exposure: none,
    exposureMax: none,
    updatedAt: '',
  };
}

function begun(start: AccountEquityRow, equityId: string): AccountEquityRow {
  const [, , span, day] = equityId.split('|');
  return {
    ...start,
    equityId,
    span: span as AccountEquityRow['span'],
    day: day ?? null,
    exposureMax: start.exposure,
  };
}

function afterAll(
  before: AccountEquityRow,
  changes: readonly Change[],
  at: UnixMs,
): AccountEquityRow {
  const row: { -readonly [Cell in keyof AccountEquityRow]: AccountEquityRow[Cell] } = { ...before };
  row.updatedAt = isoTime(at);
  for (const { sum, by } of changes) {
    row[sum] = addedTo(row[sum], by);
    if (sum !== 'exposure') row.balance = addedTo(row.balance, OUTGOING.has(sum) ? negate(by) : by);
    else if (compare(decimal(row.exposure), decimal(row.exposureMax)) > 0)
      row.exposureMax = row.exposure;
  }
  return row;
}
