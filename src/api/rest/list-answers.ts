import { Readable } from 'node:stream';
import { StreamableFile } from '@nestjs/common';
import type { Type } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import type { ListName, RowByList } from '../../../projections/row-by-list.js';
import type { Filters, Page, PageText } from '../../application/ports/read-side.port.js';
import { badField } from '../problem.js';
import type { ReadModels } from '../read-models.port.js';
import { settle } from '../read-your-writes.js';
import { exportLines } from './export-lines.js';
import { readList } from './reading.js';
import { parseRequest } from './request-problems.parse.js';
import { splitQuery } from './request-queries.parse.js';
import { chosenFields, onlyFields } from './shown-fields.js';

/** A list as it is asked for. */
export interface AskedList<Name extends ListName> {
  readonly list: Name;
  readonly schema: z.ZodObject;
  readonly view: Type;
  readonly query: unknown;
  /** Fetches once what every row is shown with. Default: rows are shown as they stand, and go out as they come in. */
  readonly present?: () => Promise<(row: RowByList[Name]) => object>;
}

interface Answering {
  readonly reads: ReadModels;
  readonly reply: FastifyReply;
}

/** Answers a page, or streams the whole list as CSV or JSON Lines: memory does not grow with it. */
export async function answerList<Name extends ListName>(
  { reads, reply }: Answering,
  { list, schema, view, query, present }: AskedList<Name>,
): Promise<Page<object> | StreamableFile | string> {
  const { filters, page, fields, format, at, waitFor } = splitQuery(parseRequest(schema, query));
  const chosen = chosenFields(view, fields);
  if (format !== 'json') refuseInFiles(query as Readonly<Record<string, unknown>>);
  await settle(reads, waitFor);
  if (format === 'json' && !present && !at) {
    const terms = { ...page, fields: fields && [...new Set(chosen)] };
    return asJson(reply, await reads.listText(list, filters as Filters, terms));
  }
  const shown = present ? await present() : (row: RowByList[Name]): object => row;
  if (format === 'json') {
    const found = await readList(reads, { list, filters: filters as Filters, page, at });
    return { ...found, items: found.items.map((row) => onlyFields(shown(row), chosen)) };
  }
  const whole = await reads.export(list, filters as Filters, page.sort);
  const lines = exportLines(format, chosen, shownBatches(whole.rows, shown));
  void reply.header('x-as-of-position', whole.asOfPosition);
  return new StreamableFile(Readable.from(lines), {
    type: format === 'csv' ? 'text/csv; charset=utf-8' : 'application/jsonl; charset=utf-8',
    disposition: `attachment; filename="${list}.${format}"`,
  });
}

function asJson(reply: FastifyReply, page: PageText): string {
  const { itemsText, nextCursor, asOfPosition } = page;
  void reply.type('application/json; charset=utf-8');
  return `{"items":${itemsText},${JSON.stringify({ nextCursor, asOfPosition }).slice(1)}`;
}

function refuseInFiles(query: Readonly<Record<string, unknown>>): void {
  const field = ['limit', 'cursor', 'at'].find((each) => query[each] !== undefined);
  if (field === undefined) return;
  const rule = 'must be left out: an export is the whole list of now';
  throw badField({ code: 'NOT_ALLOWED', field, rule, value: '' });
}

async function* shownBatches<Row>(
  batches: AsyncIterable<readonly Row[]>,
  shown: (row: Row) => object,
): AsyncGenerator<readonly object[]> {
  for await (const batch of batches) yield batch.map(shown);
}
