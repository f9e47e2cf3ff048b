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
// Streams that one request reads at a time, for a page that holds something already, and before it gives up.
const AT_ONCE = 16;
const READS_MAX = 1_000;
const READS_IN_VAIN_MAX = 20_000;
const CANDIDATES_MIN = 100;

type Row = Readonly<Record<string, string>>;
type Past = Pick<ReadModels, 'list' | 'past'>;

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
 * the log tells of it. A row that has not changed since is taken as it stands. A page with a next one holds something: for
 * the first row that fits, more is read than for the others.
 */
export async function pageAt(reads: Past, asked: AskedPast): Promise<Page<RowByList[PastList]>> {
  const { list, filters, page, moment } = asked;
  const { begun } = PAST_LISTS[list];
  const sort = page.sort ?? { field: begun, descending: false };
  if (sort.field !== begun) {
    const rule = `must be ${begun} or -${begun} beside "at"`;
    throw badField({ code: 'NOT_ALLOWED', field: 'sort', rule, value: sort.field });
  }
  const { [CHANGING]: wanted, ...fixed } = filters;
  const found: { row: RowByList[PastList]; cursor: string }[] = [];
  let cursor: string | null | undefined = page.cursor;
  let readCount = 0;
  let asOfPosition: string | undefined;
  do {
    const terms: PageRequest = { ...candidatesOf(asked), sort, cursor: cursor ?? undefined };
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
    readCount += items.filter((row) => !isAsItWas(row, moment)).length;
    cursor = rest.nextCursor;
  } while (cursor !== null && isToGoOn({ found: found.length, limit: page.limit, readCount }));
  const kept = found.slice(0, page.limit);
  return {
    items: kept.map(({ row }) => row),
    nextCursor: found.length > page.limit ? (kept.at(-1)?.cursor ?? null) : (cursor ?? null),
    asOfPosition,
    ...(page.wantsCursors === true && { cursors: kept.map((each) => each.cursor) }),
  };
}

/** What a row was then is known by its key and by when it was changed last. */
function candidatesOf({ list, page, moment }: AskedPast): PageRequest {
  const { noun, begun } = PAST_LISTS[list];
  const begunBy =
    moment.kind === 'time'
      ? { field: begun, atMs: moment.atMs }
      : { streamPrefix: `${noun}-`, position: moment.position };
  const limit = Math.max(page.limit, CANDIDATES_MIN);
  return { ...page, begunBy, limit, wantsCursors: true, fields: undefined };
}

interface Walk {
  readonly found: number;
  readonly limit: number;
  readonly readCount: number;
}

function isToGoOn({ found, limit, readCount }: Walk): boolean {
  if (found > 0) return found <= limit && readCount < READS_MAX;
  if (readCount < READS_IN_VAIN_MAX) return true;
  const rule = `fits none of the first ${String(readCount)} that had begun by then: narrow the list by account or instrument`;
  throw badField({ code: 'TOO_RARE', field: CHANGING, rule, value: '' });
}

async function rowThen(
  reads: Past,
  { list, row, moment }: Pick<AskedPast, 'list' | 'moment'> & { row: RowByList[PastList] },
): Promise<RowByList[PastList] | undefined> {
  if (isAsItWas(row, moment)) return row;
  const { noun, key } = PAST_LISTS[list];
  const id = (row as unknown as Row)[key] ?? '';
  return (await reads.past(noun, id, moment)).item as RowByList[PastList] | undefined;
}

function isAsItWas(row: RowByList[PastList], moment: Moment): boolean {
  return moment.kind === 'time' && Date.parse(row.updatedAt) <= moment.atMs;
}

function isOf(row: RowByList[PastList], wanted: Filters[string]): boolean {
  return wanted === undefined || [wanted].flat().includes(row.status);
}

/** No answer is newer than what it was read from. */
function shownPosition(moment: Moment, read: string): string {
  if (moment.kind === 'time' || BigInt(read) < moment.position) return read;
  return moment.position.toString();
}
