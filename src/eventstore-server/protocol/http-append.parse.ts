import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { ANY } from '../streams/expected-version.js';
import type { ProposedEvent } from './recorded-event.codec.js';
import { parseUuid } from './uuid.codec.js';

export type HttpAppend =
  | {
      readonly kind: 'append';
      readonly expected: bigint;
      readonly events: readonly ProposedEvent[];
    }
  | { readonly kind: 'bad-request'; readonly message: string }
  | { readonly kind: 'wrong-type'; readonly message: string };

interface ListedEvent {
  readonly eventId?: unknown;
  readonly eventType?: unknown;
  readonly data?: unknown;
  readonly metadata?: unknown;
}

/** A type that no form of a web page can send. */
const EVENT_LIST = 'application/vnd.eventstore.events+json';
const ONE_EVENT = 'application/json';
const NO_BYTES = Buffer.alloc(0);
const EXPECTED = /^(-[124]|\d{1,18})$/;

/**
 * An append over HTTP: a list of events, each with its id and type. `isTrusted` callers, who showed
 * who they are, may also post the data of one event as it is and name its type in a header.
 */
export function parseHttpAppend(
  headers: IncomingHttpHeaders,
  body: Buffer,
  isTrusted: boolean,
): HttpAppend {
  const expected = String(headers['es-expectedversion'] ?? ANY);
  if (!EXPECTED.test(expected)) {
    return bad(`ES-ExpectedVersion must be a revision, -1, -2 or -4, was '${expected}'`);
  }
  const [type = ''] = (headers['content-type'] ?? '').split(';');
  const contentType = type.trim().toLowerCase();
  if (contentType === EVENT_LIST) return parseList(body, BigInt(expected));
  if (isTrusted && contentType === ONE_EVENT && headers['es-eventtype'] !== undefined) {
    return parseOne(headers, body, BigInt(expected));
  }
  return { kind: 'wrong-type', message: `Content-Type must be ${EVENT_LIST}` };
}

function parseList(body: Buffer, expected: bigint): HttpAppend {
  let list: unknown;
  try {
    list = JSON.parse(body.toString('utf8'));
  } catch (error) {
    return bad(`the body is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!Array.isArray(list) || list.length === 0) return bad('the body must be a list of events');
  const events: ProposedEvent[] = [];
  for (const [i, item] of (list as unknown[]).entries()) {
    const event = eventOf(item as ListedEvent | null);
    if (typeof event === 'string') return bad(`[${i}].${event}`);
    events.push(event);
  }
  return { kind: 'append', expected, events };
}

/** The event, or what is wrong with it. */
function eventOf(item: ListedEvent | null): ProposedEvent | string {
  const { eventId, eventType, data, metadata } = item ?? {};
  const id = typeof eventId === 'string' ? parseUuid(eventId) : undefined;
  if (id === undefined) return 'eventId must be a uuid';
  if (typeof eventType !== 'string' || eventType === '') return 'eventType must not be empty';
  return { id, type: eventType, isJson: true, data: bytesOf(data), metadata: bytesOf(metadata) };
}

function parseOne(headers: IncomingHttpHeaders, body: Buffer, expected: bigint): HttpAppend {
  const id = parseUuid(String(headers['es-eventid'] ?? randomUUID()));
  if (id === undefined) return bad('ES-EventId must be a uuid');
  const type = String(headers['es-eventtype']);
  if (type === '') return bad('ES-EventType must not be empty');
  const data = Buffer.from(body);
  return {
    kind: 'append',
    expected,
    events: [{ id, type, isJson: true, data, metadata: NO_BYTES }],
  };
}

function bytesOf(value: unknown): ProposedEvent['data'] {
  return value === undefined ? NO_BYTES : Buffer.from(JSON.stringify(value), 'utf8');
}

function bad(message: string): HttpAppend {
  return { kind: 'bad-request', message };
}
