import type { z } from 'zod';
import type { Page, PageRequest } from '../../application/ports/read-side.port.js';
import type { ReadModels } from '../read-models.port.js';
import { readPage } from '../rest/reading.js';
import { asQuery } from './list-args.js';

type Dated<Row> = Row & { readonly asOfPosition: string };

/** A page whose items carry the position, too: in GraphQL an item has the same fields wherever it is met. */
export async function readDatedPage<Query extends z.ZodObject, Row>(
  reads: ReadModels,
  schema: Query,
  args: object,
  read: (
    filters: Omit<z.output<Query>, 'limit' | 'cursor' | 'waitFor'>,
    page: PageRequest,
  ) => Promise<Page<Row>>,
): Promise<Page<Dated<Row>>> {
  return dated(await readPage(reads, schema, asQuery(args), read));
}

export function dated<Row>(page: Page<Row>): Page<Dated<Row>> {
  const { asOfPosition } = page;
  return { ...page, items: page.items.map((row) => ({ ...row, asOfPosition })) };
}
