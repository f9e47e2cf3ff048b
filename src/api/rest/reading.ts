import type { z } from 'zod';
import type { Type } from '@nestjs/common';
import type { ListName, RowByList } from '../../../projections/row-by-list.js';
import type { StopTimelineRow } from '../../../projections/stop-timeline/stop-timeline.projection.js';
import type { Filters, Found, Page, PageRequest } from '../../application/ports/read-side.port.js';
import type { Moment, PastNoun } from '../past.js';
import { isPastList, pageAt } from '../past-lists.js';
import { badField, logAway, notFound, notYet } from '../problem.js';
import type { ReadModels } from '../read-models.port.js';
import { settle } from '../read-your-writes.js';
import { isPossibleId, oneQuery, splitQuery, timelineQuery } from './request-queries.parse.js';
import { parseRequest } from './request-problems.parse.js';
import { chosenFields, onlyFields } from './shown-fields.js';

interface Noun {
  readonly noun: PastNoun;
  readonly field: string;
}

/** Reads a page: parses the query, waits for the caller's own write, reads. */
export async function readPage<Name extends ListName>(
  reads: ReadModels,
  {
    list,
    schema,
    query,
    ...wanted
  }: { list: Name; schema: z.ZodObject; query: unknown } & Pick<
    PageRequest,
    'fields' | 'wantsCursors'
  >,
): Promise<Page<RowByList[Name]>> {
  const { filters, page, at, waitFor } = splitQuery(parseRequest(schema, query));
  await settle(reads, waitFor);
  return readList(reads, { list, filters: filters as Filters, page: { ...page, ...wanted }, at });
}

/** A page of now, or of the moment that is asked for. */
export async function readList<Name extends ListName>(
  reads: ReadModels,
  asked: { list: Name; filters: Filters; page: PageRequest; at: Moment | undefined },
): Promise<Page<RowByList[Name]>> {
  const { list, filters, page, at: moment } = asked;
  if (!moment || !isPastList(list)) return reads.list(list, filters, page);
  await refuseFuture(reads, moment);
  return (await pageAt(reads, { list, filters, page, moment })) as Page<RowByList[Name]>;
}

/** Reads one: an id that cannot be is not found, whatever characters it has. */
export async function readOne<Row extends object>(
  reads: ReadModels,
  { noun, field, id, query }: Noun & { readonly id: string; readonly query: unknown },
  read: (id: string) => Promise<Found<Row>>,
): Promise<Row & { readonly asOfPosition: string }> {
  const { at, waitFor } = parseRequest(oneQuery, query);
  if (!isPossibleId(id)) throw notFound(noun, field, printable(id));
  await settle(reads, waitFor);
  if (at) await refuseFuture(reads, at);
  const found = at ? await reads.past(noun, id, at) : await read(id);
  const { item, asOfPosition } = found as Found<Row>;
  if (!item && at && (await read(id)).item) throw notYet(noun, shownMoment(at));
  if (!item) throw notFound(noun, field, id);
  return { ...item, asOfPosition };
}

// The caller's clock may be this far ahead of ours.
const CLOCKS_APART_MS_MAX = 1_000;

/** Of a moment to come nothing is known: what is true now would be told as what will be true then. */
async function refuseFuture(reads: Pick<ReadModels, 'newestPosition'>, at: Moment): Promise<void> {
  const isAhead =
    at.kind === 'time'
      ? at.atMs > Date.now() + CLOCKS_APART_MS_MAX
      : at.position > (await reads.newestPosition().catch(logAway));
  if (!isAhead) return;
  const rule =
    at.kind === 'time'
      ? 'must not lie in the future'
      : 'must be a position that the log has reached';
  throw badField({ code: 'OUT_OF_RANGE', field: 'at', rule, value: shownMoment(at) });
}

function shownMoment(at: Moment): string {
  return at.kind === 'position' ? at.position.toString() : new Date(at.atMs).toISOString();
}

/** Of what was read, the fields that are asked for. */
export function shownOne(view: Type, query: unknown, row: object): object {
  const { fields } = parseRequest(oneQuery, query);
  return fields ? onlyFields(row, chosenFields(view, fields)) : row;
}

export function shownPage<Row extends object>(
  view: Type,
  schema: z.ZodObject,
  query: unknown,
  page: Page<Row>,
): Page<object> {
  const { fields } = splitQuery(parseRequest(schema, query));
  if (!fields) return page;
  const chosen = chosenFields(view, fields);
  return { ...page, items: page.items.map((row) => onlyFields(row, chosen)) };
}

/** Reads the steps of a stop: of one that there is, even when the page that is asked for holds none. */
export async function readTimeline(
  reads: ReadModels,
  stopId: string,
  query: unknown,
  wantsCursors = false,
): Promise<Page<StopTimelineRow>> {
  if (!isPossibleId(stopId)) throw notFound('stop', 'stopId', printable(stopId));
  const { page, waitFor } = splitQuery(parseRequest(timelineQuery, query));
  await settle(reads, waitFor);
  const steps = await reads.stopTimeline(stopId, wantsCursors ? { ...page, wantsCursors } : page);
  const isUnknown = steps.items.length === 0 && !(await reads.stop(stopId)).item;
  if (isUnknown) throw notFound('stop', 'stopId', stopId);
  return steps;
}

/** The id as a problem may repeat it. */
export function printable(id: string): string {
  return id.replace(/[^\x20-\x7e]/g, '?').slice(0, 100);
}
