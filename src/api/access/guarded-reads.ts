import type { PlainModel } from '../../../projections/row-by-model.js';
import type { Found, Page, PageRequest } from '../../application/ports/read-side.port.js';
import { mayUse } from '../../application/ports/access.port.js';
import type { ReadModels } from '../read-models.port.js';
import { caller, requireScope } from './caller.js';

interface Owned {
  readonly accountId: string;
}
type AccountFilter = string | readonly string[] | undefined;

/** Read models that belong to no account. */
const COMMON: ReadonlySet<PlainModel> = new Set<PlainModel>(['feed_health']);

/**
 * The read models as the caller of the request may see them: rows of other accounts are not there, in lists and alone.
 * Every way to a row leads through here, so that a new route or resolver is guarded before anybody thinks of it.
 */
export class GuardedReads implements ReadModels {
  constructor(private readonly inner: ReadModels) {}

  stops: ReadModels['stops'] = (filters, page) => this.inner.stops(within(filters), page);
  orders: ReadModels['orders'] = (filters, page) => this.inner.orders(within(filters), page);
  positions: ReadModels['positions'] = (filters, page) =>
    this.inner.positions(within(filters), page);
  coverage: ReadModels['coverage'] = (filters, page) => this.inner.coverage(within(filters), page);
  pnl: ReadModels['pnl'] = (filters, page) => this.inner.pnl(within(filters), page);

  stop: ReadModels['stop'] = async (stopId) => own(await this.inner.stop(stopId));
  order: ReadModels['order'] = async (orderId) => own(await this.inner.order(orderId));
  position: ReadModels['position'] = async (id) => own(await this.inner.position(id));
  account: ReadModels['account'] = async (id) => own(await this.inner.account(id));

  list: ReadModels['list'] = (model, filters, page) => {
    requireScope('read');
    return this.inner.list(model, COMMON.has(model) ? filters : within(filters), page);
  };

  async stopTimeline(stopId: string, page: PageRequest) {
    const steps = await this.inner.stopTimeline(stopId, page);
    const { item } = await this.stop(stopId);
    return item ? steps : nothingOf(steps);
  }

  instruments: ReadModels['instruments'] = (page) => {
    requireScope('read');
    return this.inner.instruments(page);
  };

  instrument: ReadModels['instrument'] = (instrumentId) => {
    requireScope('read');
    return this.inner.instrument(instrumentId);
  };

  accounts: ReadModels['accounts'] = (filters, page) => this.inner.accounts(within(filters), page);

  waitFor(position: bigint, timeoutMs: number): Promise<boolean> {
    return this.inner.waitFor(position, timeoutMs);
  }

  lowestPosition(): Promise<bigint> {
    return this.inner.lowestPosition();
  }
}

/** The filters, narrowed to the accounts of the caller. */
function within<Filters extends { readonly accountId?: AccountFilter }>(filters: Filters): Filters {
  requireScope('read');
  const { accounts, scopes } = caller();
  if (accounts === 'all' || scopes.has('admin')) return filters;
  const asked = [filters.accountId ?? [...accounts]].flat();
  return { ...filters, accountId: asked.filter((each) => accounts.has(each)) };
}

function own<Row extends Owned>(found: Found<Row>): Found<Row> {
  requireScope('read');
  const { item } = found;
  return item && !mayUse(caller(), item.accountId) ? { ...found, item: undefined } : found;
}

function nothingOf<Row>(page: Page<Row>): Page<Row> {
  return { ...page, items: [], nextCursor: null };
}
