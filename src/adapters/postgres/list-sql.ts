import type { BegunBy, Filters, PageRequest } from '../../application/ports/read-side.port.js';
import { decodeCursor } from './list-cursor.js';
import type { ListOrder, ListPlace } from './list-cursor.js';
import type { ListSource, SortKind } from './list-sources.js';
import { toColumn } from './row-codec.js';

export interface Statement {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** Marks the rows behind a parked fact. `$1` is the read model. */
const IS_SUSPECT = (key: string) =>
  `exists (
     select 1 from dead_letters d where d.projection = $1 and md5(d.row_key) = md5(r.${key}::text)
   ) as is_suspect`;

export const AS_OF = `select * from (
  select coalesce(max(position), -1)::text as as_of_position from projection_checkpoints where name = $1 and serving
) checkpoint`;

/** Throws for an order that the list does not have: the edge has checked it against the same names. */
export function orderOf(source: ListSource, sort: PageRequest['sort']): ListOrder {
  const column = sort ? toColumn(sort.field) : source.key;
  const kind = column === source.key ? source.keyKind : source.sorts[column];
  if (kind === undefined) throw new Error(`Invariant: ${source.model} is ordered by ${column}`);
  return { column, kind, descending: sort?.descending ?? false };
}

/** A page and its position in one statement, so that they belong together. One row more than asked for tells whether more follow. */
export function pageSql(source: ListSource, filters: Filters, page: PageRequest): Statement {
  const order = orderOf(source, page.sort);
  const rows = rowsSql(source, { filters, order, page });
  return {
    sql: `${AS_OF} left join lateral (
       select r.*, ${IS_SUSPECT(source.key)} from (${rows.sql}) r
     ) found on true ${orderBy(source, order, 'found')}`,
    values: rows.values,
  };
}

/** Every row of the list, for whoever reads them one by one. */
export function wholeSql(source: ListSource, filters: Filters, sort: PageRequest['sort']) {
  const order = orderOf(source, sort);
  const rows = rowsSql(source, { filters, order });
  return {
    sql: `select r.*, ${IS_SUSPECT(source.key)} from (${rows.sql}) r ${orderBy(source, order, 'r')}`,
    values: rows.values,
  };
}

export function oneSql(source: ListSource, id: string): Statement {
  return {
    sql: `${AS_OF} left join lateral (
       select r.*, ${IS_SUSPECT(source.key)} from ${source.from} r where r.${source.key} = $2
     ) found on true`,
    values: [source.model, id],
  };
}

interface Wanted {
  readonly filters: Filters;
  readonly order: ListOrder;
  readonly page?: PageRequest;
}

// More than this many values are no choice that somebody made by hand: one read with "one of" is cheaper then.
const BRANCHES_MAX = 16;

/** A filter by one value whose index is followed by the order: `column` is read from `param` on. */
interface Lane {
  readonly column: string;
  readonly param: string;
}

/**
 * A filter by one value is an equation, so that an index of filter and order gives the rows as they are wanted. The
 * first filter by several values becomes one such read for each of them, merged: no index gives "one of" in order, and
 * only with the values before it does the planner know how rare each of them is.
 *
 * Where the filter has an index with this order, it is a range from the value to itself and the first thing that is
 * ordered by. As an equation the planner would take it for no part of the order, and for an account that trades much
 * rather walk all rows of all accounts in that order: through the whole table, when the account has been silent since.
 */
function rowsSql(source: ListSource, { filters, order, page }: Wanted): Statement {
  const values: unknown[] = [source.model];
  const put = (value: unknown) => `$${String(values.push(value))}`;
  const conditions: string[] = [];
  let branches: readonly string[] = [];
  let lane: Lane | undefined;
  for (const [key, wanted] of Object.entries(filters)) {
    if (wanted === undefined) continue;
    const column = `r.${toColumn(key)}`;
    const distinct = [...new Set([wanted].flat())];
    const canBranch = branches.length === 0 && distinct.length <= BRANCHES_MAX;
    if (distinct.length === 1) {
      const param = put(distinct[0]);
      if (!lane && source.lanes[toColumn(key)]?.includes(order.column)) lane = { column, param };
      else conditions.push(`${column} = ${param}`);
    } else if (canBranch && distinct.length > 0) {
      branches = distinct.map((value) => `${column} = ${put(value)}`);
    } else conditions.push(`${column} = any(${put(distinct)}::text[])`);
  }
  const place = page?.cursor === undefined ? undefined : decodeCursor(source, order, page.cursor);
  if (page?.begunBy) conditions.push(hadBegun(source, page.begunBy, put));
  conditions.push(...bounds(source, order, { lane, place, put }));
  const limited = page
    ? `${orderBy(source, order, 'r', lane)} limit ${String(page.limit + 1)}`
    : '';
  const rows = (own: readonly string[]) => {
    const all = [...own, ...conditions];
    const where = all.length === 0 ? '' : `where ${all.join(' and ')}`;
    return `select r.* from ${source.from} r ${where} ${limited}`;
  };
  if (branches.length === 0) return { sql: rows([]), values };
  const merged = branches.map((branch) => `(${rows([branch])})`).join(' union all ');
  return { sql: `select r.* from (${merged}) r ${limited}`, values };
}

/**
 * A row keeps the time at which it began, and the audit trail where in the log: by each stream's first fact, which is one
 * step in an index. Keys are compared by their bytes and streams are not: without the collation no index would fit. A
 * trail that has not come as far does not know what it lacks.
 */
function hadBegun({ key }: ListSource, begunBy: BegunBy, put: Bounds['put']): string {
  if ('atMs' in begunBy) {
    const time = put(new Date(begunBy.atMs).toISOString());
    return `r.${toColumn(begunBy.field)} <= ${time}::timestamptz`;
  }
  const stream = `(${put(begunBy.streamPrefix)} || r.${key}) collate "default"`;
  const position = `${put(begunBy.position.toString())}::numeric`;
  return `coalesce(
    (select a.audit_id::numeric from audit_trail a where a.stream_id = ${stream} order by a.audit_id limit 1) <= ${position},
    (select coalesce(max(position), -1) < ${position} from projection_checkpoints where name = 'audit_trail' and serving)
  )`;
}

const TYPES: Readonly<Record<SortKind, string>> = {
  text: 'text',
  time: 'timestamptz',
  integer: 'integer',
};

interface Bounds {
  readonly lane: Lane | undefined;
  readonly place: ListPlace | undefined;
  readonly put: (value: unknown) => string;
}

/** The lane's two ends, the nearer of them moved to behind the last row that was given. */
function bounds(
  { key, keyKind }: ListSource,
  { column, kind, descending }: ListOrder,
  { lane, place, put }: Bounds,
): readonly string[] {
  const [beyond, notBeyond] = descending ? ['<', '>='] : ['>', '<='];
  const farEnd = lane ? [`${lane.column} ${notBeyond} ${lane.param}`] : [];
  if (!place) return lane ? [`${lane.column} ${beyond}= ${lane.param}`, ...farEnd] : [];
  const ofKey = { column: `r.${key}`, param: `${put(place.key)}::${TYPES[keyKind]}` };
  const ordered =
    column === key
      ? [ofKey]
      : [{ column: `r.${column}`, param: `${put(place.value)}::${TYPES[kind]}` }, ofKey];
  const all = [...(lane ? [lane] : []), ...ordered];
  const row = (side: 'column' | 'param') => `(${all.map((each) => each[side]).join(', ')})`;
  return [`${row('column')} ${beyond} ${row('param')}`, ...farEnd];
}

function orderBy(
  { key }: ListSource,
  { column, descending }: ListOrder,
  of: string,
  lane?: Lane,
): string {
  const direction = descending ? ' desc' : '';
  const columns = (column === key ? [key] : [column, key]).map((each) => `${of}.${each}`);
  const all = [...(lane ? [lane.column] : []), ...columns];
  return `order by ${all.map((each) => `${each}${direction}`).join(', ')}`;
}
