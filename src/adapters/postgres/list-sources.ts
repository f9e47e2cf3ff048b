import { READ_MODELS } from '../../../projections/catalogue.js';
import type { ListName } from '../../../projections/row-by-list.js';
import { coverageSource } from './coverage-source.js';
import { toColumn } from './row-codec.js';

/** What a column that lists are ordered by holds; it is never null. */
export type SortKind = 'text' | 'time' | 'integer';

export interface ListSource {
  /** A view, or a subquery that reads several. */
  readonly from: string;
  /** The read model whose checkpoint dates the answer: all of them move together. */
  readonly model: string;
  /** Tells rows apart; lists are ordered by it unless something else is asked for. */
  readonly key: string;
  readonly keyKind: SortKind;
  /** Columns beside the key that lists may be ordered by. Each has an index. */
  readonly sorts: Readonly<Record<string, SortKind>>;
  /** For columns that are filtered by: the orders in which an index gives the rows of one value. */
  readonly lanes: Readonly<Record<string, readonly string[]>>;
}

type Said = Partial<Omit<ListSource, 'model'>>;

function source(model: string, sorts: Said['sorts'] = {}, said: Said = {}): ListSource {
  const projection = READ_MODELS.find(({ name }) => name === model);
  if (!projection) throw new Error(`Invariant: ${model} is in the catalogue`);
  const key = toColumn(projection.key);
  return { from: model, model, key, keyKind: 'text', sorts, lanes: {}, ...said };
}

const PNL_LINES = `(select p.*, coalesce(a.cost_basis, 'fifo') as cost_basis from pnl p left join accounts a using (account_id))`;

/** Of accounts and instruments some have most of the rows, and some of those are silent since. */
function busy(...orders: readonly string[]): Said {
  return { lanes: { account_id: orders, instrument_id: orders } };
}

export const LIST_SOURCES: Readonly<Record<ListName, ListSource>> = {
  stops: source('open_stops', { armed_at: 'time' }, busy('stop_id', 'armed_at')),
  orders: source('orders', { placed_at: 'time' }, busy('order_id', 'placed_at')),
  positions: source('positions', { opened_at: 'time' }, busy('position_id', 'opened_at')),
  coverage: source('positions', {}, { from: coverageSource }),
  pnl: source('pnl', {}, { from: PNL_LINES }),
  instruments: source('instruments'),
  accounts: source('accounts'),
  fills: source('fills', { filled_at: 'time' }, busy('fill_id', 'filled_at')),
  trades: source('trades', {}, busy('position_id')),
  account_equity: source('account_equity'),
  conversion_rates: source('conversion_rates'),
  protection: source('protection', {}, busy('position_id')),
  decision_latency: source('decision_latency', {}, busy('order_id')),
  feed_health: source('feed_health'),
  audit_trail: source(
    'audit_trail',
    { recorded_at: 'time' },
    { lanes: { account_id: ['audit_id', 'recorded_at'] } },
  ),
};

/** The steps of one stop, oldest first. */
export const TIMELINE: ListSource = source(
  'stop_timeline',
  {},
  { key: 'revision', keyKind: 'integer' },
);
