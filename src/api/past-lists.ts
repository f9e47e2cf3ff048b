import type { RowByList } from '../../projections/row-by-list.js';
import type { Filters, Page, PageRequest } from '../application/ports/read-side.port.js';
import type { Moment } from './past.js';
import { badField } from './problem.js';
import type { ReadModels } from './read-models.port.js';

/** Lists of what never goes: what was there then is among what is there now. */
const PAST_LISTS = {
  stops: { noun: 'stop', key: 'stopId', begun: 'armedAt' },
  orders: { noun: 'order', key: 'orderId', begun: 'placedAt' },
  positions: { noun: 'position', key: 'positionId', begun: 'openedAt' },
} as const;
export type PastList = keyof typeof PAST_LISTS;

/** Changes in the life of a row; the other filters name what it is. */
const CHANGING = 'status';
// Streams that one request reads at most, and at a time: a page may hold fewer rows than its limit and have a next one.
const CANDIDATES_MAX = 1_000;
const AT_ONCE = 16;

type Row = Readonly<Record<string, string>>;

interface AskedPast {
  readonly list: PastList;
  readonly filters: Filters;
  readonly page: PageRequest;
  readonly moment: Moment;
}

export function isPastList(list: string): list is PastList {
  return list in PAST_LISTS;
}

/**
 * A page of a list as it was: of the rows of today those that had begun by then, in the order in which they began, each as
 * the log tells of it. A row that has not changed since is taken as it stands.
 */
export async function pageAt(
  reads: Pick<ReadModels, 'list' | 'past'>,
  { list, filters, page, moment }: AskedPast,
): Promise<Page<RowByList[PastList]>> {
  const { begun } = PAST_LISTS[list];
  const sort = page.sort ?? { field: begun, descending: false };
  if (sort.field !== begun) {
    const rule = `must be ${begun} or -${begun} beside "at"`;
    throw badField({ code: 'NOT_ALLOWED', field: 'sort', rule, value: sort.field });
  }
  const { [CHANGING]: wanted, ...fixed } = filters;
  const begunBy = moment.kind === 'time' ? { begunBy: { field: begun, atMs: moment.atMs } } : {};
  const found: { row: RowByList[PastList]; cursor: string }[] = [];
  let cursor: string | null | undefined = page.cursor;
  let considered = 0;
  let asOfPosition: string | undefined;
  do {
    const terms: PageRequest = {
      ...page,
      ...begunBy,
      sort,
      cursor: cursor ?? undefined,
      wantsCursors: true,
      // What a row was then is known by its key and by when it was changed last.
      fields: undefined,
    };
    const { items, cursors = [], ...rest } = await reads.list(list, fixed, terms);
    asOfPosition ??= shownPosition(moment, rest.asOfPosition);
    const within = { ...moment, notBehind: BigInt(asOfPosition) };
    for (let from = 0; from < items.length && found.length <= page.limit; from += AT_ONCE) {
      const part = items.slice(from, from + AT_ONCE);
      const then = await Promise.all(
        part.map((row) => rowThen(reads, { list, row, moment: within })),
      );
      then.forEach((row, at) => {
        if (row && isOf(row, wanted)) found.push({ row, cursor: cursors[from + at] ?? '' });
      });
    }
    considered += items.length;
    cursor = rest.nextCursor;
  } while (cursor !== null && found.length <= page.limit && considered < CANDIDATES_MAX);
  const kept = found.slice(0, page.limit);
  return {
    items: kept.map(({ row }) => row),
    nextCursor: found.length > page.limit ? (kept.at(-1)?.cursor ?? null) : (cursor ?? null),
    asOfPosition,
    ...(page.wantsCursors === true && { cursors: kept.map((each) => each.cursor) }),
  };
}

async function rowThen(
  reads: Pick<ReadModels, 'past'>,
  { list, row, moment }: Pick<AskedPast, 'list' | 'moment'> & { row: RowByList[PastList] },
): Promise<RowByList[PastList] | undefined> {
  const isAsItWas = moment.kind === 'time' && Date.parse(row.updatedAt) <= moment.atMs;
  if (isAsItWas) return row;
  const { noun, key } = PAST_LISTS[list];
  const id = (row as unknown as Row)[key] ?? '';
  return (await reads.past(noun, id, moment)).item as RowByList[PastList] | undefined;
}

function isOf(row: RowByList[PastList], wanted: Filters[string]): boolean {
  return wanted === undefined || [wanted].flat().includes(row.status);
}

/** No answer is newer than what it was read from. */
function shownPosition(moment: Moment, read: string): string {
  if (moment.kind === 'time' || BigInt(read) < moment.position) return read;
  return moment.position.toString();
}
