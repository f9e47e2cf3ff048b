import type { DataSource } from 'typeorm';
import type { z } from 'zod';
import { LIST_SOURCES } from '../../src/adapters/postgres/list-sources.js';
import { oneSql, pageSql } from '../../src/adapters/postgres/list-sql.js';
import type { Statement } from '../../src/adapters/postgres/list-sql.js';
import { toColumn } from '../../src/adapters/postgres/row-codec.js';
import { encodeCursor } from '../../src/adapters/postgres/list-cursor.js';
import { orderOf } from '../../src/adapters/postgres/list-sql.js';
import type { PageRequest } from '../../src/application/ports/read-side.port.js';
import {
  auditQuery,
  coverageQuery,
  fillsQuery,
  latencyQuery,
  ordersQuery,
  pnlQuery,
  positionsQuery,
  protectionQuery,
  stopsQuery,
  tradesQuery,
} from '../../src/api/rest/request-queries.parse.js';

/** Lists that grow for ever, with the query of the API that reads them. Others hold a row for each account or feed. */
export const LONG_LISTS = {
  stops: stopsQuery,
  orders: ordersQuery,
  positions: positionsQuery,
  coverage: coverageQuery,
  pnl: pnlQuery,
  fills: fillsQuery,
  trades: tradesQuery,
  protection: protectionQuery,
  decision_latency: latencyQuery,
  audit_trail: auditQuery,
} as const;
type LongList = keyof typeof LONG_LISTS;

const TERMS: ReadonlySet<string> = new Set([
  'sort',
  'fields',
  'format',
  'limit',
  'cursor',
  'at',
  'waitFor',
]);
const LIMIT = 100;
/** What no row has: a filter without an index would look for it through the whole table. */
const NOWHERE = 'nowhere';
/** The position of the read model, its dead letters, and the accounts that some lists are joined with. */
const IN_VAIN_MAX = 50;
/** What is long silent: an index of time alone would be walked from today to then. */
const SILENT_MAX = 3 * LIMIT;
const SILENT: Readonly<Record<string, string>> = { accountId: 'ASILENT', instrumentId: 'V:SILENT' };

/** What filters are asked with; a list is one of several. */
const WANTED: Readonly<Record<string, string | readonly string[]>> = {
  status: ['armed', 'open', 'placed', 'suspended'],
  accountId: 'A0007',
  instrumentId: 'V:S0007',
  positionId: 'K0000000007',
  stopId: 'S0000000007',
  orderId: 'S0000000007-1-1',
  span: 'all',
  currency: 'USDT',
  streamId: 'stop-S0000000007',
  actor: 'token:7',
  type: 'StopTrailed',
};

export interface PlannedQuery {
  readonly name: string;
  readonly statement: Statement;
  /** At most so many rows may be taken up, however many there are. */
  readonly rowsTakenMax?: number;
}

/** Every filter of every list by itself, with account and status together, in every order, from the start and from the middle. */
export function plannedQueries(rows: number): readonly PlannedQuery[] {
  return (Object.keys(LONG_LISTS) as LongList[]).flatMap((list) => {
    const { shape } = LONG_LISTS[list] as z.ZodObject;
    const filters = Object.keys(shape).filter((name) => !TERMS.has(name));
    const source = LIST_SOURCES[list];
    const sorts = [source.key, ...Object.keys(source.sorts)];
    const alone = filters.map((name) => ({ [name]: wantedOf(name) }));
    const single = filters
      .filter((name) => Array.isArray(WANTED[name]))
      .map((name) => ({ [name]: wantedOf(name)[0]! }));
    const both = filters.includes('status')
      ? [{ accountId: 'A0007', status: WANTED['status']! }]
      : [];
    // As the API asks where nobody names a span.
    const span = filters.includes('span') ? { span: 'all' } : {};
    const asked = [{}, ...alone, ...single, ...both].map((each) => ({ ...span, ...each }));
    const inVain = filters.map((name) => ({ [name]: NOWHERE, ...(name !== 'span' && span) }));
    const silent = filters.flatMap((name) => {
      const value = SILENT[name];
      return value === undefined || !(toColumn(name) in source.lanes) ? [] : [{ [name]: value }];
    });
    const one = { name: `${list} one`, statement: oneSql(source, 'K0000000007') };
    return [
      one,
      ...('at' in shape ? [beforeAll(list, rows)] : []),
      ...sorts.flatMap((column) => [
        ...asked.flatMap((wanted) => pagesOf(list, wanted, column, rows)),
        ...[...inVain, ...silent].flatMap((wanted) => pagesOf(list, wanted, column, rows)),
      ]),
    ];
  });
}

/** As it was before anything in it had begun: every row is passed over, and costs one step in the index of streams. */
function beforeAll(list: LongList, rows: number): PlannedQuery {
  const source = LIST_SOURCES[list];
  const [column = source.key] = Object.keys(source.sorts);
  const sort = { field: fieldOf(column), descending: true };
  const begunBy = { streamPrefix: 'stop-', position: -1n };
  return {
    name: `${list} as it was`,
    statement: pageSql(source, {}, { limit: LIMIT, sort, begunBy }),
    rowsTakenMax: 3 * rows,
  };
}

function fieldOf(column: string): string {
  return column.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}

function boundOf(filters: Readonly<Record<string, unknown>>) {
  const [wanted] = Object.values(filters);
  if (wanted === NOWHERE) return { rowsTakenMax: IN_VAIN_MAX };
  const isSilent = Object.values(SILENT).some((value) => value === wanted);
  return isSilent ? { rowsTakenMax: SILENT_MAX } : {};
}

function wantedOf(name: string): string | readonly string[] {
  const wanted = WANTED[name];
  if (wanted === undefined) throw new Error(`a value for the filter ${name} is missing here`);
  return wanted;
}

function pagesOf(
  list: LongList,
  filters: Readonly<Record<string, string | readonly string[]>>,
  column: string,
  rows: number,
): PlannedQuery[] {
  const source = LIST_SOURCES[list];
  return [false, true].flatMap((descending) => {
    const field = fieldOf(column);
    const sort: PageRequest['sort'] = { field, descending };
    const middle = Math.floor(rows / 2);
    const key = `K${String(middle).padStart(10, '0')}`;
    const at = new Date(Date.UTC(2025, 5, 21) + middle * 1_000).toISOString();
    const order = orderOf(source, sort);
    const value = column === source.key ? key : at;
    const cursor = encodeCursor(source, order, { value, key });
    return [
      { limit: LIMIT, sort },
      { limit: LIMIT, sort, cursor },
    ].map((page) => ({
      name: `${list} ${JSON.stringify(filters)} by ${descending ? '-' : ''}${field}${'cursor' in page ? ' from the middle' : ''}`,
      statement: pageSql(source, filters, page),
      ...boundOf(filters),
    }));
  });
}

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly PlanNode[];
}

export interface Looked {
  /** Tables that were read from end to end. */
  readonly scanned: readonly string[];
  /** Rows that were taken up, in all nodes that read a table. */
  readonly rows: number;
  readonly ms: number;
}

export async function lookedAt(database: DataSource, statement: Statement): Promise<Looked> {
  const [answer] = await database.query<
    { 'QUERY PLAN': readonly { Plan: PlanNode; 'Execution Time': number }[] }[]
  >(`explain (analyze, format json) ${statement.sql}`, [...statement.values]);
  const [{ Plan: plan, 'Execution Time': ms }] = answer!['QUERY PLAN'] as [never];
  const nodes = flattened(plan);
  const readers = nodes.filter((node) => node['Relation Name'] !== undefined);
  return {
    scanned: readers
      .filter((node) => /Seq Scan/.test(node['Node Type']))
      .map((node) => node['Relation Name']!),
    rows: readers.reduce(
      (sum, node) =>
        sum + (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'],
      0,
    ),
    ms,
  };
}

function flattened(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(flattened)];
}
