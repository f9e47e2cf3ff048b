import type { GraphQLResolveInfo } from 'graphql';
import type { z } from 'zod';
import type { ListName, RowByList } from '../../../projections/row-by-list.js';
import type { Page } from '../../application/ports/read-side.port.js';
import type { PageInfo } from '../nouns/page-views.js';
import type { ReadModels } from '../read-models.port.js';
import { readPage } from '../rest/reading.js';
import { asQuery } from './list-args.js';
import { wantedOf } from './page-selection.js';

type Dated<Row> = Row & { readonly asOfPosition: string };

interface Connection<Row> extends Page<Row> {
  readonly edges: readonly { readonly cursor: string; readonly node: Row }[];
  readonly pageInfo: PageInfo;
}

/** A page whose items carry the position, too: in GraphQL an item has the same fields wherever it is met. */
export async function readDatedPage<Name extends ListName>(
  reads: ReadModels,
  list: Name,
  schema: z.ZodObject,
  { args, info }: { readonly args: object; readonly info: GraphQLResolveInfo },
): Promise<Connection<Dated<RowByList[Name]>>> {
  const query = asQuery(args);
  const page = await readPage(reads, { list, schema, query, ...wantedOf(info) });
  return connectionOf(page, query);
}

/** Takes the page over: its rows are dated where they stand, for a copy of each would cost as much as to read it. */
export function connectionOf<Row extends object>(
  { items: rows, nextCursor, asOfPosition, cursors = [] }: Page<Row>,
  { cursor }: Readonly<Record<string, string>>,
): Connection<Dated<Row>> {
  const items = rows.map((row) => Object.assign(row, { asOfPosition }));
  const edges = cursors.map((each, at) => ({ cursor: each, node: items[at]! }));
  const pageInfo = {
    hasNextPage: nextCursor !== null,
    // Forwards only: whoever came by a cursor has seen what is before it.
    hasPreviousPage: cursor !== undefined,
    startCursor: cursors[0] ?? null,
    endCursor: cursors.at(-1) ?? null,
  };
  return { items, nextCursor, asOfPosition, edges, pageInfo };
}

export function dated<Row>(page: Page<Row>): Page<Dated<Row>> {
  const { asOfPosition } = page;
  return { ...page, items: page.items.map((row) => ({ ...row, asOfPosition })) };
}
