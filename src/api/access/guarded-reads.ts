import type { ListName } from '../../../projections/row-by-list.js';
import { mayUse } from '../../application/ports/access.port.js';
import type { Filters, Found, Page, PageRequest } from '../../application/ports/read-side.port.js';
import type { ReadModels } from '../read-models.port.js';
import { caller, requireScope } from './caller.js';

interface Owned {
  readonly accountId: string;
}

/** Lists that belong to no account. */
const COMMON: ReadonlySet<ListName> = new Set<ListName>(['feed_health', 'instruments']);

/**
 * The read models as the caller of the request may see them: rows of other accounts are not there, in lists and alone.
 * Every way to a row leads through here, so that a new route or resolver is guarded before anybody thinks of it.
 */
export class GuardedReads implements ReadModels {
  constructor(private readonly inner: ReadModels) {}

  list: ReadModels['list'] = async (name, filters, page) =>
    this.inner.list(name, within(name, filters), page);
  listText: ReadModels['listText'] = async (name, filters, page) =>
    this.inner.listText(name, within(name, filters), page);
  export: ReadModels['export'] = async (name, filters, sort) =>
    this.inner.export(name, within(name, filters), sort);

  stop: ReadModels['stop'] = async (stopId) => own(await this.inner.stop(stopId));
  order: ReadModels['order'] = async (orderId) => own(await this.inner.order(orderId));
  position: ReadModels['position'] = async (id) => own(await this.inner.position(id));
  account: ReadModels['account'] = async (id) => own(await this.inner.account(id));

  async stopTimeline(stopId: string, page: PageRequest) {
    const steps = await this.inner.stopTimeline(stopId, page);
    const { item } = await this.stop(stopId);
    return item ? steps : nothingOf(steps);
  }

  instrument: ReadModels['instrument'] = async (instrumentId) => {
    requireScope('read');
    return this.inner.instrument(instrumentId);
  };

  past: ReadModels['past'] = async (noun, id, moment) => {
    requireScope('read');
    const found = await this.inner.past(noun, id, moment);
    return noun === 'instrument' ? found : own(found as Found<Owned>);
  };

  newestPosition(): Promise<bigint> {
    return this.inner.newestPosition();
  }

  waitFor(position: bigint, timeoutMs: number): Promise<boolean> {
    return this.inner.waitFor(position, timeoutMs);
  }

  lowestPosition(): Promise<bigint> {
    return this.inner.lowestPosition();
  }
}

/** The filters, narrowed to the accounts of the caller. */
function within(name: ListName, filters: Filters): Filters {
  requireScope('read');
  const { accounts, scopes } = caller();
  if (accounts === 'all' || scopes.has('admin') || COMMON.has(name)) return filters;
  const asked = [filters['accountId'] ?? [...accounts]].flat();
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
