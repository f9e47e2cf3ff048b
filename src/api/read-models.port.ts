import type { AccountRow } from '../../projections/accounts/accounts.projection.js';
import type { InstrumentRow } from '../../projections/instruments/instruments.projection.js';
import type { OpenStopRow } from '../../projections/open-stops/open-stops.projection.js';
import type { OrderRow } from '../../projections/orders/orders.projection.js';
import type { PnlRow } from '../../projections/pnl/pnl.projection.js';
import type { PositionRow } from '../../projections/positions/positions.projection.js';
import type { PlainModel, RowByModel } from '../../projections/row-by-model.js';
import type { StopTimelineRow } from '../../projections/stop-timeline/stop-timeline.projection.js';
import type {
  CoverageRow,
  Found,
  Page,
  PageRequest,
  ProjectorStatus,
} from '../application/ports/read-side.port.js';

type Wanted<Key extends string> = Readonly<
  Partial<Record<Key, string | readonly string[] | undefined>>
>;
export type StopFilters = Wanted<'status' | 'accountId' | 'instrumentId' | 'positionId'>;
export type OrderFilters = StopFilters & Wanted<'stopId'>;
export type PositionFilters = Wanted<'status' | 'accountId' | 'instrumentId'>;
export type PnlFilters = Wanted<'accountId' | 'instrumentId' | 'currency' | 'span'>;

/** A line of the P&L with how its account counts. */
export interface PnlLine extends PnlRow {
  readonly costBasis: 'fifo' | 'average';
}

/**
 * What the API reads. Throws `ReadSideUnavailable` while it cannot answer, `CursorUnreadable` for a cursor of another
 * list; an answer is never partly from one moment and partly from another.
 */
export interface ReadModels {
  stops(filters: StopFilters, page: PageRequest): Promise<Page<OpenStopRow>>;
  stop(stopId: string): Promise<Found<OpenStopRow>>;
  /** Oldest step first. */
  stopTimeline(stopId: string, page: PageRequest): Promise<Page<StopTimelineRow>>;
  orders(filters: OrderFilters, page: PageRequest): Promise<Page<OrderRow>>;
  order(orderId: string): Promise<Found<OrderRow>>;
  positions(filters: PositionFilters, page: PageRequest): Promise<Page<PositionRow>>;
  position(positionId: string): Promise<Found<PositionRow>>;
  pnl(filters: PnlFilters, page: PageRequest): Promise<Page<PnlLine>>;
  /** Read models that are shown as they stand, filtered by columns. */
  list<Model extends PlainModel>(
    model: Model,
    filters: Wanted<string>,
    page: PageRequest,
  ): Promise<Page<RowByModel[Model]>>;
  instruments(page: PageRequest): Promise<Page<InstrumentRow>>;
  instrument(instrumentId: string): Promise<Found<InstrumentRow>>;
  accounts(filters: Wanted<'accountId'>, page: PageRequest): Promise<Page<AccountRow>>;
  account(accountId: string): Promise<Found<AccountRow>>;
  coverage(filters: PositionFilters, page: PageRequest): Promise<Page<CoverageRow>>;
  /** Resolves with false when the read models did not get that far in time. */
  waitFor(position: bigint, timeoutMs: number): Promise<boolean>;
  /** Lowest position that every read model has reached; -1 before anything was read. */
  lowestPosition(): Promise<bigint>;
}

/** The projector of this process; undefined when it runs in another. */
export type ProjectorStatusSource = (() => ProjectorStatus) | undefined;
