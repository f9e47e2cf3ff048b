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
  PageText,
} from '../../application/ports/read-side.port.js';
import { canonical } from '../../domain/kernel/decimal.js';
import { encodeCursor } from './list-cursor.js';
import { ListExports } from './list-exports.js';
import { LIST_SOURCES, TIMELINE } from './list-sources.js';
import type { ListSource } from './list-sources.js';
import { oneSql, orderOf, pageSql, wholeSql } from './list-sql.js';
import type { Statement } from './list-sql.js';
import { answering } from './postgres-errors.js';
import { decodeRow, toColumn } from './row-codec.js';
import type { StoredRow } from './row-codec.js';
import { storedRows } from './stored-rows.js';
import type { StoredCells, StoredRows } from './stored-rows.js';

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

  /** The same page, whose rows are not looked at but handed on: it costs half of what objects do. */
  async listText(name: ListName, filters: Filters, page: PageRequest): Promise<PageText> {
    if (name === 'coverage') {
      const { items, ...rest } = await this.list(name, filters, page);
      return { ...rest, itemsText: JSON.stringify(items) };
    }
    const source = LIST_SOURCES[name];
    const { stored, kept, ...rest } = await this.read(source, filters, page);
    const isSuspect = suspectIn(stored);
    const json = stored.json(columnsOf(stored, page));
    const texts = kept.map((row) => json(row, isSuspect(row) ? ',"suspect":true' : ''));
    return { ...rest, itemsText: `[${texts.join(',')}]` };
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
    const stored = await this.stored({
      sql: 'select coalesce(min(coalesce(position, -1)), -1)::text as position from projection_checkpoints where serving',
      values: [],
    });
    return BigInt(stored.value(stored.rows[0] ?? [], 'position') as string);
  }

  private async page<Row>(
    source: ListSource,
    filters: Filters,
    page: PageRequest,
  ): Promise<Page<Row>> {
    const { stored, kept, nextCursor, ...rest } = await this.read(source, filters, page);
    return { items: kept.map(rowsOf(stored, page)) as Row[], nextCursor, ...rest };
  }

  private async read(source: ListSource, filters: Filters, page: PageRequest) {
    const stored = await this.stored(pageSql(source, filters, page));
    const rows = rowsIn(stored, source);
    const kept = rows.slice(0, page.limit);
    const cursorAt = cursorsIn(stored, source, page);
    const last = rows.length > page.limit ? kept.at(-1) : undefined;
    return {
      ...{ stored, kept, asOfPosition: asOf(stored) },
      nextCursor: last ? cursorAt(last) : null,
      ...(page.wantsCursors === true && { cursors: kept.map(cursorAt) }),
    };
  }

  private async one<Row>(source: ListSource, key: string): Promise<Found<Row>> {
    const stored = await this.stored(oneSql(source, key));
    const [row] = rowsIn(stored, source).map(rowsOf(stored));
    return { item: row as Row | undefined, asOfPosition: asOf(stored) };
  }

  private stored(statement: Statement): Promise<StoredRows> {
    return answering(() => storedRows(this.dataSource, statement));
  }
}

function rowsIn(stored: StoredRows, { key }: ListSource): readonly StoredCells[] {
  return stored.rows.filter((row) => stored.value(row, key) !== null);
}

function cursorsIn(stored: StoredRows, source: ListSource, { sort }: PageRequest) {
  const order = orderOf(source, sort);
  return (row: StoredCells): string => {
    const at = (column: string) => stored.value(row, column) as string | number;
    return encodeCursor(source, order, { value: at(order.column), key: at(source.key) });
  };
}

function asOf(stored: StoredRows): string {
  return stored.value(stored.rows[0] ?? [], 'as_of_position') as string;
}

/** The columns that a row is made of: those that are asked for, or all. */
function columnsOf({ names }: StoredRows, page?: PageRequest): readonly string[] {
  return page?.fields?.map(toColumn) ?? names.filter((name) => !NOT_OF_THE_ROW.has(name));
}

function suspectIn(stored: StoredRows): (row: StoredCells) => boolean {
  return (row) => stored.value(row, 'is_suspect') === true;
}

/** A row behind a parked fact is marked: it is older than the answer says. Others carry no mark. */
function rowsOf(stored: StoredRows, page?: PageRequest) {
  const object = stored.objects(columnsOf(stored, page));
  const isSuspect = suspectIn(stored);
  return (cells: StoredCells): Record<string, unknown> => {
    const row = object(cells);
    if (isSuspect(cells)) row['suspect'] = true;
    return row;
  };
}

function withoutAsOf(stored: StoredRow): Record<string, unknown> {
  const row = decodeRow(stored, NOT_OF_THE_ROW);
  if (stored['is_suspect'] === true) row['suspect'] = true;
  return row;
}

function shown<Name extends ListName>(name: Name, row: RowByList[Name]): RowByList[Name] {
  return name === 'coverage' ? (exact(row as CoverageRow) as RowByList[Name]) : row;
}

const SUMS = ['quantity', 'coveredQuantity', 'exitingQuantity', 'uncoveredQuantity'] as const;

/** A sum keeps the longest scale of its parts: `0.5 + 0.5` comes as `1.0`. */
function exact(row: CoverageRow): CoverageRow {
  const shownSums = SUMS.filter((name) => name in row);
  return { ...row, ...Object.fromEntries(shownSums.map((name) => [name, canonical(row[name])])) };
}

async function* shownRows<Name extends ListName>(
  name: Name,
  batches: AsyncIterable<readonly StoredRow[]>,
): AsyncGenerator<readonly RowByList[Name][]> {
  for await (const batch of batches) {
    yield batch.map((row) => shown(name, withoutAsOf(row) as unknown as RowByList[Name]));
  }
}
