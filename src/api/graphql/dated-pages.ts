import type { z } from 'zod';
import type { ListName, RowByList } from '../../../projections/row-by-list.js';
import type { Page } from '../../application/ports/read-side.port.js';
import type { ReadModels } from '../read-models.port.js';
import { readPage } from '../rest/reading.js';
import { asQuery } from './list-args.js';

type Dated<Row> = Row & { readonly asOfPosition: string };

/** A page whose items carry the position, too: in GraphQL an item has the same fields wherever it is met. */
export async function readDatedPage<Name extends ListName>(
  reads: ReadModels,
  list: Name,
  schema: z.ZodObject,
  args: object,
): Promise<Page<Dated<RowByList[Name]>>> {
  return dated(await readPage(reads, { list, schema, query: asQuery(args) }));
}

export function dated<Row>(page: Page<Row>): Page<Dated<Row>> {
  const { asOfPosition } = page;
  return { ...page, items: page.items.map((row) => ({ ...row, asOfPosition })) };
}
