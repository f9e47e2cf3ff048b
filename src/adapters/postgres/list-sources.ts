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
}

type Said = Partial<Omit<ListSource, 'model'>>;

function source(model: string, sorts: Said['sorts'] = {}, said: Said = {}): ListSource {
  const projection = READ_MODELS.find(({ name }) => name === model);
  if (!projection) throw new Error(`Invariant: ${model} is in the catalogue`);
  return { from: model, model, key: toColumn(projection.key), keyKind: 'text', sorts, ...said };
}

const PNL_LINES = `(select p.*, coalesce(a.cost_basis, 'fifo') as cost_basis from pnl p left join accounts a using (account_id))`;

export const LIST_SOURCES: Readonly<Record<ListName, ListSource>> = {
  stops: source('open_stops', { armed_at: 'time' }),
  orders: source('orders', { placed_at: 'time' }),
  positions: source('positions', { opened_at: 'time' }),
  coverage: source('positions', {}, { from: coverageSource }),
  pnl: source('pnl', {}, { from: PNL_LINES }),
  instruments: source('instruments'),
  accounts: source('accounts'),
  fills: source('fills', { filled_at: 'time' }),
  trades: source('trades'),
  account_equity: source('account_equity'),
  conversion_rates: source('conversion_rates'),
  protection: source('protection'),
  decision_latency: source('decision_latency'),
  feed_health: source('feed_health'),
  audit_trail: source('audit_trail', { recorded_at: 'time' }),
};

/** The steps of one stop, oldest first. */
export const TIMELINE: ListSource = source(
  'stop_timeline',
  {},
  { key: 'revision', keyKind: 'integer' },
);
