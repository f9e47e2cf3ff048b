import type { DataSource } from 'typeorm';
import type { AccountRow } from '../../../projections/accounts/accounts.projection.js';
import type { InstrumentRow } from '../../../projections/instruments/instruments.projection.js';
import type { OpenStopRow } from '../../../projections/open-stops/open-stops.projection.js';
import type { OrderRow } from '../../../projections/orders/orders.projection.js';
import type { PositionRow } from '../../../projections/positions/positions.projection.js';
import type { CoverageRow, ListName, RowByList } from '../../../projections/row-by-list.js';
import type { StopTimelineRow } from '../../../projections/stop-timeline/stop-timeline.projection.js';
import type {
  Export,
  Filters,
  Found,
  Page,
  PageRequest,
} from '../../application/ports/read-side.port.js';
import { canonical } from '../../domain/kernel/decimal.js';
import type { DecimalText } from '../../domain/kernel/units.js';
import { encodeCursor } from './list-cursor.js';
import { ListExports } from './list-exports.js';
import { LIST_SOURCES, TIMELINE } from './list-sources.js';
import type { ListSource } from './list-sources.js';
import { oneSql, orderOf, pageSql, wholeSql } from './list-sql.js';
import type { Statement } from './list-sql.js';
import { answering } from './postgres-errors.js';
import { decodeRow } from './row-codec.js';
import type { StoredRow } from './row-codec.js';

const NOT_OF_THE_ROW: ReadonlySet<string> = new Set(['as_of_position', 'is_suspect']);

/** Typed reads of the read models. Every answer comes from one statement, so rows and `asOfPosition` belong together. */
export class ReadModelQueries {
  private readonly exports: ListExports;

  constructor(private readonly dataSource: DataSource) {
    this.exports = new ListExports(dataSource);
  }

  async list<Name extends ListName>(
    name: Name,
    filters: Filters,
    page: PageRequest,
  ): Promise<Page<RowByList[Name]>> {
    const found = await this.page<RowByList[Name]>(LIST_SOURCES[name], filters, page);
    return { ...found, items: found.items.map((row) => shown(name, row)) };
  }

  /** Rows of one moment, some at a time. */
  async export<Name extends ListName>(
    name: Name,
    filters: Filters,
    sort: PageRequest['sort'],
  ): Promise<Export<RowByList[Name]>> {
    const source = LIST_SOURCES[name];
    const { asOfPosition, rows } = await answering(() =>
      this.exports.open(source.model, wholeSql(source, filters, sort)),
    );
    return { asOfPosition, rows: shownRows(name, rows) };
  }

  stop(stopId: string): Promise<Found<OpenStopRow>> {
    return this.one(LIST_SOURCES.stops, stopId);
  }

  stopTimeline(stopId: string, page: PageRequest): Promise<Page<StopTimelineRow>> {
    return this.page(TIMELINE, { stopId }, page);
  }

  order(orderId: string): Promise<Found<OrderRow>> {
    return this.one(LIST_SOURCES.orders, orderId);
  }

  position(positionId: string): Promise<Found<PositionRow>> {
    return this.one(LIST_SOURCES.positions, positionId);
  }

  instrument(instrumentId: string): Promise<Found<InstrumentRow>> {
    return this.one(LIST_SOURCES.instruments, instrumentId);
  }

  account(accountId: string): Promise<Found<AccountRow>> {
    return this.one(LIST_SOURCES.accounts, accountId);
  }

  /** The lowest checkpoint of all read models. */
  async lowestPosition(): Promise<bigint> {
    const [row] = await this.read({
      sql: 'select coalesce(min(coalesce(position, -1)), -1)::text as position from projection_checkpoints where serving',
      values: [],
    });
    return BigInt(row?.['position'] as string);
  }

  private async page<Row>(
    source: ListSource,
    filters: Filters,
    page: PageRequest,
  ): Promise<Page<Row>> {
    const stored = await this.read(pageSql(source, filters, page));
    const rows = stored.filter((row) => row[source.key] !== null);
    const kept = rows.slice(0, page.limit);
    const last = rows.length > page.limit ? kept.at(-1) : undefined;
    return {
      items: kept.map(withoutAsOf) as Row[],
      nextCursor: last ? cursorAt(source, page, last) : null,
      asOfPosition: asOf(stored),
      ...(page.wantsCursors === true && {
        cursors: kept.map((row) => cursorAt(source, page, row)),
      }),
    };
  }

  private async one<Row>(source: ListSource, key: string): Promise<Found<Row>> {
    const stored = await this.read(oneSql(source, key));
    const row = stored.find((each) => each[source.key] !== null);
    return { item: row && (withoutAsOf(row) as Row), asOfPosition: asOf(stored) };
  }

  private read({ sql, values }: Statement): Promise<StoredRow[]> {
    return answering(() => this.dataSource.query(sql, [...values]));
  }
}

function cursorAt(source: ListSource, { sort }: PageRequest, last: StoredRow): string {
  const order = orderOf(source, sort);
  const at = (column: string) => last[column] as string | number;
  return encodeCursor(source, order, { value: at(order.column), key: at(source.key) });
}

function asOf(stored: readonly StoredRow[]): string {
  return stored[0]?.['as_of_position'] as string;
}

/** A row behind a parked fact is marked: it is older than the answer says. Others carry no mark. */
function withoutAsOf(stored: StoredRow): Record<string, unknown> {
  const row = decodeRow(stored, NOT_OF_THE_ROW);
  if (stored['is_suspect'] === true) row['suspect'] = true;
  return row;
}

function shown<Name extends ListName>(name: Name, row: RowByList[Name]): RowByList[Name] {
  return name === 'coverage' ? (exact(row as CoverageRow) as RowByList[Name]) : row;
}

/** A sum keeps the longest scale of its parts: `0.5 + 0.5` comes as `1.0`. */
function exact(row: CoverageRow): CoverageRow {
  const plain = (text: DecimalText) => canonical(text);
  return {
    ...row,
    quantity: plain(row.quantity),
    coveredQuantity: plain(row.coveredQuantity),
    exitingQuantity: plain(row.exitingQuantity),
    uncoveredQuantity: plain(row.uncoveredQuantity),
  };
}

async function* shownRows<Name extends ListName>(
  name: Name,
  batches: AsyncIterable<readonly StoredRow[]>,
): AsyncGenerator<readonly RowByList[Name][]> {
  for await (const batch of batches) {
    yield batch.map((row) => shown(name, withoutAsOf(row) as unknown as RowByList[Name]));
  }
}
