import type { AccountRow } from '../../projections/accounts/accounts.projection.js';
import type { InstrumentRow } from '../../projections/instruments/instruments.projection.js';
import type { OpenStopRow } from '../../projections/open-stops/open-stops.projection.js';
import type { OrderRow } from '../../projections/orders/orders.projection.js';
import type { PositionRow } from '../../projections/positions/positions.projection.js';
import type { ListName, RowByList } from '../../projections/row-by-list.js';
import type { StopTimelineRow } from '../../projections/stop-timeline/stop-timeline.projection.js';
import type {
  Export,
  Filters,
  Found,
  Page,
  PageRequest,
  PageText,
  ProjectorStatus,
} from '../application/ports/read-side.port.js';
import type { Moment, PastNoun } from './past.js';

/**
 * What the API reads. Throws `ReadSideUnavailable` while it cannot answer, `CursorUnreadable` for a cursor of another
 * list; an answer is never partly from one moment and partly from another.
 */
export interface ReadModels {
  list<Name extends ListName>(
    name: Name,
    filters: Filters,
    page: PageRequest,
  ): Promise<Page<RowByList[Name]>>;
  /** The same, in JSON: for whoever hands the rows on as they stand. */
  listText(name: ListName, filters: Filters, page: PageRequest): Promise<PageText>;
  /** The whole list, some rows at a time. */
  export<Name extends ListName>(
    name: Name,
    filters: Filters,
    sort: PageRequest['sort'],
  ): Promise<Export<RowByList[Name]>>;
  stop(stopId: string): Promise<Found<OpenStopRow>>;
  /** Oldest step first. */
  stopTimeline(stopId: string, page: PageRequest): Promise<Page<StopTimelineRow>>;
  order(orderId: string): Promise<Found<OrderRow>>;
  position(positionId: string): Promise<Found<PositionRow>>;
  instrument(instrumentId: string): Promise<Found<InstrumentRow>>;
  account(accountId: string): Promise<Found<AccountRow>>;
  /** One thing as it was, from the log. */
  past(noun: PastNoun, id: string, moment: Moment): Promise<Found<object>>;
  /** Of the log itself. Rejects while it is away. */
  newestPosition(): Promise<bigint>;
  /** Resolves with false when the read models did not get that far in time. */
  waitFor(position: bigint, timeoutMs: number): Promise<boolean>;
  /** Lowest position that every read model has reached; -1 before anything was read. */
  lowestPosition(): Promise<bigint>;
}

/** The projector of this process; undefined when it runs in another. */
export type ProjectorStatusSource = (() => ProjectorStatus) | undefined;
