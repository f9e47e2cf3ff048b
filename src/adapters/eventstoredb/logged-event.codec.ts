import { readProperty } from '../../eventstore-server/protocol/recorded-event.codec.js';
import { WireError, WireReader, WireWriter } from '../../eventstore-server/protocol/wire.codec.js';

/** What readers of facts want of an event, whoever took it from the log. */
export interface LoggedEvent {
  readonly streamId: string;
  readonly id: string;
  readonly type: string;
  readonly revision: number | bigint;
  readonly isJson: boolean;
  readonly data?: unknown;
  readonly metadata?: unknown;
  readonly created: Date;
}

export interface PlacedEvent {
  readonly event: LoggedEvent;
  /** Commit position. */
  readonly position: bigint;
}

const EVERYTHING = 0xffff_ffff_ffff_ffffn;
const CONTENT_JSON = 'application/json';
const TICKS_PER_MS_DIGITS = 4;

/** A `ReadReq` for all events from a position on, it included, of streams whose names begin so. */
export function readRequest(from: bigint | 'start', prefixes: readonly string[]): Buffer {
  return new WireWriter()
    .message(1, (options) => {
      options.message(2, (all) => {
        if (from === 'start') all.empty(2);
        else all.message(1, (position) => position.uint(1, from).uint(2, from));
      });
      options.uintAlways(5, EVERYTHING);
      options.message(7, (filter) => {
        filter.message(1, (stream) => {
          for (const prefix of prefixes) stream.string(2, prefix);
        });
        filter.empty(4);
        // Of subscriptions alone, but a server refuses none.
        filter.uint(5, 1);
      });
      // Ids as text.
      options.message(9, (uuid) => uuid.empty(2));
    })
    .finish();
}

/** The event of a `ReadResp`; undefined for a message that carries none. Throws a WireError for what it is not sure of. */
export function placedEventOf(message: Buffer): PlacedEvent | undefined {
  const reader = new WireReader(message);
  let placed: PlacedEvent | undefined;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) placed = readEvent(reader);
    else reader.skip();
  }
  return placed;
}

function readEvent(reader: WireReader): PlacedEvent {
  const outerEnd = reader.enter();
  let event: LoggedEvent | undefined;
  let position: bigint | undefined;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) event = readRecorded(reader);
    else if (field === 3) position = BigInt(safe(reader.uint64()));
    else reader.skip();
  }
  reader.leave(outerEnd);
  if (!event || position === undefined) throw new WireError('an event lacks itself or its place');
  return { event, position };
}

function readRecorded(reader: WireReader): LoggedEvent {
  const outerEnd = reader.enter();
  let id = '';
  let streamId = '';
  let revision = 0;
  let data = '';
  let metadata = '';
  const properties = { type: '', 'content-type': '', created: '' };
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) id = reader.message().textOf(2);
    else if (field === 2) streamId = reader.message().textOf(3);
    else if (field === 3) revision = safe(reader.uint64());
    else if (field === 6) readProperty(reader.message(), properties);
    else if (field === 7) metadata = reader.string();
    else if (field === 8) data = reader.string();
    else reader.skip();
  }
  reader.leave(outerEnd);
  const { type, 'content-type': contentType, created } = properties;
  if (id === '' || streamId === '' || type === '' || created === '')
    throw new WireError('an event lacks its id, stream, type or time');
  const isJson = contentType === CONTENT_JSON;
  return {
    streamId,
    id,
    type,
    revision,
    isJson,
    data: isJson ? parsed(data) : undefined,
    metadata: metadata === '' ? undefined : parsed(metadata),
    created: new Date(Number(created.slice(0, -TICKS_PER_MS_DIGITS))),
  };
}

/** What is no JSON stays the text that it is, as the official client has it. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function safe(value: number): number {
  if (!Number.isSafeInteger(value)) throw new WireError(`${value} is too large a number`);
  return value;
}
