import {
  CONTENT_BYTES,
  CONTENT_JSON,
  readRecordedEvent,
} from '../protocol/recorded-event.codec.js';
import { WireReader, WireWriter } from '../protocol/wire.codec.js';
import { ANY, NO_STREAM } from '../streams/expected-version.js';
import type { CarriedEvent } from './transfer-line.codec.js';

const EVERYTHING = 9_007_199_254_740_991n;
const DEADLINE_SECONDS = 30;

/** A read of $all, forwards and without resolving, from a position that is read again (inclusive). */
export function readAllRequest(from: bigint | undefined): Buffer {
  return new WireWriter()
    .message(1, (options) => {
      options.message(2, (all) => {
        if (from === undefined) all.empty(2);
        else all.message(1, (position) => position.uint(1, from).uint(2, from));
      });
      options.uintAlways(5, EVERYTHING).empty(8);
      options.message(9, (uuids) => uuids.empty(2));
    })
    .finish();
}

/** The event in an answer to `readAllRequest`; undefined for answers of another kind. */
export function readAllAnswer(message: Buffer): CarriedEvent | undefined {
  const reader = new WireReader(message);
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) return readEvent(reader.message());
    reader.skip();
  }
  return undefined;
}

function readEvent(reader: WireReader): CarriedEvent {
  let recorded: Buffer | undefined;
  let position = 0n;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) recorded = reader.bytes();
    else if (field === 3) position = reader.uint64Exact();
    else reader.skip();
  }
  if (recorded === undefined) throw new Error('the store sent an event without its record');
  return { ...readRecordedEvent(recorded), position };
}

export interface BatchToSend {
  readonly correlationId: string;
  readonly stream: string;
  readonly expected: bigint;
  readonly events: readonly CarriedEvent[];
}

export function batchRequest(batch: BatchToSend): Buffer {
  const writer = new WireWriter(1024);
  writer.message(1, (id) => id.string(2, batch.correlationId));
  writer.message(2, (options) => {
    options.message(1, (identifier) => identifier.string(3, batch.stream));
    if (batch.expected === ANY) options.empty(4);
    else if (batch.expected === NO_STREAM) options.empty(3);
    else options.uintAlways(2, batch.expected);
    options.message(7, (deadline) => deadline.uint(1, DEADLINE_SECONDS));
  });
  for (const event of batch.events) writer.message(3, (message) => writeProposed(message, event));
  return writer.bool(4, true).finish();
}

function writeProposed(writer: WireWriter, event: CarriedEvent): void {
  const contentType = event.isJson ? CONTENT_JSON : CONTENT_BYTES;
  writer.message(1, (id) => id.string(2, event.id.text));
  writer.message(2, (entry) => entry.string(1, 'type').string(2, event.type));
  writer.message(2, (entry) => entry.string(1, 'content-type').string(2, contentType));
  if (event.metadata.length > 0) writer.bytes(3, event.metadata);
  if (event.data.length > 0) writer.bytes(4, event.data);
}

export interface BatchAnswer {
  readonly correlationId: string;
  /** Name of the error, undefined for a success. */
  readonly error: string | undefined;
  /** The last revision of a stream that has another one than expected; -1 of one without events. */
  readonly current: bigint;
}

export function readBatchAnswer(message: Buffer): BatchAnswer {
  const reader = new WireReader(message);
  let correlationId = '';
  let error: string | undefined;
  let current = NO_STREAM;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) correlationId = reader.message().textOf(2);
    else if (field === 2) {
      const status = reader.bytes();
      error = new WireReader(status).textOf(2);
      if (error === 'WrongExpectedVersion') current = currentIn(status);
    } else reader.skip();
  }
  return { correlationId, error, current };
}

/** Of a Status whose details are a WrongExpectedVersion. */
function currentIn(status: Buffer): bigint {
  const detail = bytesIn(bytesIn(status, 3), 2);
  const reader = new WireReader(detail);
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) return reader.uint64Exact();
    reader.skip();
  }
  return NO_STREAM;
}

function bytesIn(message: Buffer, wanted: number): Buffer {
  const reader = new WireReader(message);
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === wanted) return reader.bytes();
    reader.skip();
  }
  return Buffer.alloc(0);
}

export function tombstoneRequest(stream: string): Buffer {
  return new WireWriter()
    .message(1, (options) =>
      options.message(1, (identifier) => identifier.string(3, stream)).empty(4),
    )
    .finish();
}
