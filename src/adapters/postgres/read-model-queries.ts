import type { DataSource } from 'typeorm';
import type { AccountRow } from '../../../projections/accounts/accounts.projection.js';
import type { InstrumentRow } from '../../../projections/instruments/instruments.projection.js';
import type { OpenStopRow } from '../../../projections/open-stops/open-stops.projection.js';
import type { OrderRow } from '../../../projections/orders/orders.projection.js';
import { READ_MODELS } from '../../../projections/catalogue.js';
import type { PnlRow } from '../../../projections/pnl/pnl.projection.js';
import type { PlainModel, RowByModel } from '../../../projections/row-by-model.js';
import type { PositionRow } from '../../../projections/positions/positions.projection.js';
import type { StopTimelineRow } from '../../../projections/stop-timeline/stop-timeline.projection.js';
import { CursorUnreadable } from '../../application/ports/read-side.port.js';
import type {
  CoverageRow,
  Found,
  Page,
  PageRequest,
} from '../../application/ports/read-side.port.js';
import { canonical } from '../../domain/kernel/decimal.js';
import type { DecimalText } from '../../domain/kernel/units.js';
import { coverageSource } from './coverage-source.js';

import { answering } from './postgres-errors.js';
import { decodeRow, toColumn } from './row-codec.js';
import type { StoredRow } from './row-codec.js';

/** Equal to the value, or to one of several; undefined filters nothing. */
type Filters = Readonly<Record<string, string | readonly string[] | undefined>>;

interface Source {
  /** A view, or a subquery that reads several. */
  readonly from: string;
  /** The read model whose checkpoint dates the answer: all of them move together. */
  readonly model: string;
  /** Lists are ordered by this column, ascending, and cut at it. */
  readonly order: string;
}

const STOPS: Source = { from: 'open_stops', model: 'open_stops', order: 'stop_id' };
const TIMELINE: Source = { from: 'stop_timeline', model: 'stop_timeline', order: 'revision' };
const ORDERS: Source = { from: 'orders', model: 'orders', order: 'order_id' };
const POSITIONS: Source = { from: 'positions', model: 'positions', order: 'position_id' };
const PNL: Source = {
  from: `(select p.*, coalesce(a.cost_basis, 'fifo') as cost_basis from pnl p left join accounts a using (account_id))`,
  model: 'pnl',
  order: 'pnl_id',
};
const INSTRUMENTS: Source = { from: 'instruments', model: 'instruments', order: 'instrument_id' };
const ACCOUNTS: Source = { from: 'accounts', model: 'accounts', order: 'account_id' };
const COVERAGE: Source = { from: coverageSource, model: 'positions', order: 'position_id' };

type PnlLine = PnlRow & { readonly costBasis: 'fifo' | 'average' };

function plainSource(model: PlainModel): Source {
  const projection = READ_MODELS.find(({ name }) => name === model);
  if (!projection) throw new Error(`Invariant: ${model} is in the catalogue`);
  return { from: model, model, order: toColumn(projection.key) };
}

/** Typed reads of the read models. Every answer comes from one statement, so rows and `asOfPosition` belong together. */
export class ReadModelQueries {
  constructor(private readonly dataSource: DataSource) {}

  stops(filters: Filters, page: PageRequest): Promise<Page<OpenStopRow>> {
    return this.page(STOPS, filters, page);
  }

  stop(stopId: string): Promise<Found<OpenStopRow>> {
    return this.one(STOPS, stopId);
  }

  stopTimeline(stopId: string, page: PageRequest): Promise<Page<StopTimelineRow>> {
    return this.page(TIMELINE, { stopId }, page);
  }

  orders(filters: Filters, page: PageRequest): Promise<Page<OrderRow>> {
    return this.page(ORDERS, filters, page);
  }

  order(orderId: string): Promise<Found<OrderRow>> {
    return this.one(ORDERS, orderId);
  }

  positions(filters: Filters, page: PageRequest): Promise<Page<PositionRow>> {
    return this.page(POSITIONS, filters, page);
  }

  position(positionId: string): Promise<Found<PositionRow>> {
    return this.one(POSITIONS, positionId);
  }

  /** Read models that are shown as they stand. */
  list<Model extends PlainModel>(
    model: Model,
    filters: Filters,
    page: PageRequest,
  ): Promise<Page<RowByModel[Model]>> {
    return this.page(plainSource(model), filters, page);
  }

  pnl(filters: Filters, page: PageRequest): Promise<Page<PnlLine>> {
    return this.page(PNL, filters, page);
  }

  instruments(page: PageRequest): Promise<Page<InstrumentRow>> {
    return this.page(INSTRUMENTS, {}, page);
  }

  instrument(instrumentId: string): Promise<Found<InstrumentRow>> {
    return this.one(INSTRUMENTS, instrumentId);
  }

  accounts(filters: Filters, page: PageRequest): Promise<Page<AccountRow>> {
    return this.page(ACCOUNTS, filters, page);
  }

  account(accountId: string): Promise<Found<AccountRow>> {
    return this.one(ACCOUNTS, accountId);
  }

  async coverage(filters: Filters, page: PageRequest): Promise<Page<CoverageRow>> {
    const found = await this.page<CoverageRow>(COVERAGE, filters, page);
    const exact = (text: DecimalText) => canonical(text);
    return {
      ...found,
      // A sum keeps the longest scale of its parts: `0.5 + 0.5` comes as `1.0`.
      items: found.items.map((row) => ({
        ...row,
        quantity: exact(row.quantity),
        coveredQuantity: exact(row.coveredQuantity),
        exitingQuantity: exact(row.exitingQuantity),
        uncoveredQuantity: exact(row.uncoveredQuantity),
      })),
    };
  }

  /** The lowest checkpoint of all read models. */
  async lowestPosition(): Promise<bigint> {
    const [row] = await this.read(
      'select coalesce(min(coalesce(position, -1)), -1)::text as position from projection_checkpoints where serving',
      [],
    );
    return BigInt(row?.['position'] as string);
  }

  private async page<Row>(
    source: Source,
    filters: Filters,
    { limit, cursor }: PageRequest,
  ): Promise<Page<Row>> {
    const values: unknown[] = [source.model];
    const conditions: string[] = [];
    for (const [key, wanted] of Object.entries(filters)) {
      if (wanted === undefined) continue;
      values.push(typeof wanted === 'string' ? [wanted] : wanted);
      conditions.push(`r.${toColumn(key)} = any($${String(values.length)}::text[])`);
    }
    if (cursor !== undefined) {
      values.push(decodeCursor(source, cursor));
      conditions.push(`r.${source.order} > $${String(values.length)}`);
    }
    const where = conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`;
    // One row more than asked for tells whether anything follows.
    const stored = await this.read(
      `${AS_OF} left join lateral (
         select r.*, ${SUSPECT(source)} from ${source.from} r ${where} order by r.${source.order} limit ${String(limit + 1)}
       ) found on true order by found.${source.order}`,
      values,
    );
    const rows = stored.filter((row) => row[source.order] !== null);
    const kept = rows.slice(0, limit);
    const last = rows.length > limit ? kept.at(-1) : undefined;
    return {
      items: kept.map(withoutAsOf) as Row[],
      nextCursor: last ? encodeCursor(source, last[source.order]) : null,
      asOfPosition: asOf(stored),
    };
  }

  private async one<Row>(source: Source, key: string): Promise<Found<Row>> {
    const stored = await this.read(
      `${AS_OF} left join lateral (
         select r.*, ${SUSPECT(source)} from ${source.from} r where r.${source.order} = $2
       ) found on true`,
      [source.model, key],
    );
    const row = stored.find((each) => each[source.order] !== null);
    return { item: row && (withoutAsOf(row) as Row), asOfPosition: asOf(stored) };
  }

  private read(sql: string, values: readonly unknown[]): Promise<StoredRow[]> {
    return answering(() => this.dataSource.query(sql, [...values]));
  }
}

const AS_OF = `select * from (
  select coalesce(max(position), -1)::text as as_of_position from projection_checkpoints where name = $1 and serving
) checkpoint`;

function asOf(stored: readonly StoredRow[]): string {
  return stored[0]?.['as_of_position'] as string;
}

/** A row behind a parked fact is marked: it is older than the answer says. Others carry no mark. */
function withoutAsOf({
  as_of_position: _asOf,
  is_suspect: isSuspect,
  ...row
}: StoredRow): Record<string, unknown> {
  return { ...decodeRow(row), ...(isSuspect === true && { suspect: true }) };
}

const SUSPECT = ({ order }: Source) =>
  `exists (
     select 1 from dead_letters d where d.projection = $1 and md5(d.row_key) = md5(r.${order}::text)
   ) as is_suspect`;

function encodeCursor({ model, order }: Source, value: unknown): string {
  return Buffer.from(JSON.stringify([model, order, value])).toString('base64url');
}

function decodeCursor({ model, order }: Source, cursor: string): string | number {
  try {
    const parts = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown;
    if (Array.isArray(parts) && parts[0] === model && parts[1] === order) {
      const value: unknown = parts[2];
      if (order === 'revision' ? isRevision(value) : isText(value)) return value as string;
    }
  } catch {
    // Falls through: whatever it is, this list did not make it.
  }
  throw new CursorUnreadable('was not made by this list');
}

function isRevision(value: unknown): boolean {
  return Number.isInteger(value) && Math.abs(value as number) < 2 ** 31;
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && !value.includes('\0');
}
