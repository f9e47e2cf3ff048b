import type { z } from 'zod';
import type { StopTimelineRow } from '../../../projections/stop-timeline/stop-timeline.projection.js';
import type { Found, Page, PageRequest } from '../../application/ports/read-side.port.js';
import { notFound } from '../problem.js';
import type { ReadModels } from '../read-models.port.js';
import { settle } from '../read-your-writes.js';
import { isPossibleId, listQuery, oneQuery, splitQuery } from './request-queries.parse.js';
import { parseRequest } from './request-problems.parse.js';

interface Noun {
  readonly noun: string;
  readonly field: string;
}

/** Reads a list: parses the query, waits for the caller's own write, reads a page. */
export async function readPage<Query extends z.ZodObject, Row>(
  reads: ReadModels,
  schema: Query,
  query: unknown,
  read: (
    filters: Omit<z.output<Query>, 'limit' | 'cursor' | 'waitFor'>,
    page: PageRequest,
  ) => Promise<Page<Row>>,
): Promise<Page<Row>> {
  const { filters, page, waitFor } = splitQuery(parseRequest(schema, query));
  await settle(reads, waitFor);
  return read(filters, page);
}

/** Reads one: an id that cannot be is not found, whatever characters it has. */
export async function readOne<Row>(
  reads: ReadModels,
  { noun, field, id, query }: Noun & { readonly id: string; readonly query: unknown },
  read: (id: string) => Promise<Found<Row>>,
): Promise<Row & { readonly asOfPosition: string }> {
  const { waitFor } = parseRequest(oneQuery, query);
  if (!isPossibleId(id)) throw notFound(noun, field, printable(id));
  await settle(reads, waitFor);
  const { item, asOfPosition } = await read(id);
  if (!item) throw notFound(noun, field, id);
  return { ...item, asOfPosition };
}

/** Reads the steps of a stop: of one that there is, even when the page that is asked for holds none. */
export async function readTimeline(
  reads: ReadModels,
  stopId: string,
  query: unknown,
): Promise<Page<StopTimelineRow>> {
  if (!isPossibleId(stopId)) throw notFound('stop', 'stopId', printable(stopId));
  const steps = await readPage(reads, listQuery, query, (_filters, page) =>
    reads.stopTimeline(stopId, page),
  );
  const isUnknown = steps.items.length === 0 && !(await reads.stop(stopId)).item;
  if (isUnknown) throw notFound('stop', 'stopId', stopId);
  return steps;
}

/** The id as a problem may repeat it. */
export function printable(id: string): string {
  return id.replace(/[^\x20-\x7e]/g, '?').slice(0, 100);
}
