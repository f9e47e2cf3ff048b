import { CONTENT_JSON, type ProposedEvent } from './recorded-event.codec.js';
import { readUuid, type Uuid } from './uuid.codec.js';
import { WireError, WireReader } from './wire.codec.js';
import { parseKnownText } from './known-text.parse.js';
import { GrpcError, invalidArgument, metadataPropertyMissing } from './grpc-status.js';

/** Of an append, delete or tombstone. `expected` is undefined if the request names none. */
export interface WriteOptions {
  readonly stream: string | undefined;
  readonly expected: bigint | undefined;
}

export interface BatchOptions extends WriteOptions {
  /** Milliseconds from now; undefined if the request sets no deadline. */
  readonly deadlineMs: number | undefined;
}

export interface BatchChunk {
  /** The UUID message as sent: it is echoed in the form it came. */
  readonly correlation: Buffer | undefined;
  readonly correlationId: Uuid | undefined;
  readonly options: BatchOptions | undefined;
  /** Those before the first that is none, and what is wrong with that one. */
  readonly events: readonly ProposedEvent[];
  readonly fault: string | undefined;
  /** Of all events as they were sent. */
  readonly eventBytes: number;
  readonly isFinal: boolean;
}

export type AppendMessage =
  | { readonly kind: 'options'; readonly options: WriteOptions }
  | { readonly kind: 'event'; readonly message: Buffer }
  | { readonly kind: 'nothing' };

const NO_BYTES = Buffer.alloc(0);
const EXPECTED_BY_FIELD: Readonly<Record<number, bigint>> = { 3: -1n, 4: -2n, 5: -4n };

export function parseAppendMessage(message: Buffer): AppendMessage {
  const reader = new WireReader(message);
  let parsed: AppendMessage = { kind: 'nothing' };
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) parsed = { kind: 'options', options: parseWriteOptions(reader.message()) };
    else if (field === 2) parsed = { kind: 'event', message: reader.bytes() };
    else reader.skip();
  }
  return parsed;
}

/** The options of DeleteReq and TombstoneReq, which are those of an append. */
export function parseDeleteRequest(message: Buffer): WriteOptions | undefined {
  const parsed = parseAppendMessage(message);
  return parsed.kind === 'options' ? parsed.options : undefined;
}

export function parseBatchChunk(message: Buffer): BatchChunk {
  const reader = new WireReader(message);
  let correlation: Buffer | undefined;
  let options: BatchOptions | undefined;
  const events: ProposedEvent[] = [];
  let fault: string | undefined;
  let eventBytes = 0;
  let isFinal = false;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) correlation = reader.bytes();
    else if (field === 2) options = parseBatchOptions(reader.message());
    else if (field === 3) {
      const outerEnd = reader.enter();
      eventBytes += reader.left;
      if (fault === undefined) fault = takeEvent(reader, events);
      reader.leave(outerEnd);
    } else if (field === 4) isFinal = reader.bool();
    else reader.skip();
  }
  const correlationId = correlation && readUuid(new WireReader(correlation));
  return { correlation, correlationId, options, events, fault, eventBytes, isFinal };
}

/** An event that is none is the fault of its append: other appends of the call go on. */
function takeEvent(reader: WireReader, events: ProposedEvent[]): string | undefined {
  try {
    events.push(readProposedEvent(reader));
    return undefined;
  } catch (error) {
    if (!(error instanceof GrpcError || error instanceof WireError)) throw error;
    return error.message;
  }
}

/** Throws a GrpcError that says what is missing. */
export function parseProposedEvent(message: Buffer): ProposedEvent {
  return readProposedEvent(new WireReader(message));
}

function readProposedEvent(reader: WireReader): ProposedEvent {
  let id: Uuid | undefined;
  let data = NO_BYTES;
  let metadata = NO_BYTES;
  const properties: Properties = { type: undefined, contentType: undefined };
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) {
      const outerEnd = reader.enter();
      id = readUuid(reader);
      reader.leave(outerEnd);
    } else if (field === 2) {
      const outerEnd = reader.enter();
      readProperty(reader, properties);
      reader.leave(outerEnd);
    } else if (field === 3) metadata = reader.bytes() as typeof data;
    else if (field === 4) data = reader.bytes() as typeof data;
    else reader.skip();
  }
  const { type, contentType } = properties;
  if (type === undefined) throw metadataPropertyMissing('type');
  if (contentType === undefined) throw metadataPropertyMissing('content-type');
  if (type === '') throw invalidArgument('event type must not be empty');
  if (id === undefined) throw invalidArgument('event id must be a uuid');
  return { id, type, isJson: contentType === CONTENT_JSON, data, metadata };
}

/** The name in a StreamIdentifier message. */
export function readStreamName(reader: WireReader): string {
  let name = '';
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 3) name = reader.take(parseKnownText);
    else reader.skip();
  }
  return name;
}

function parseWriteOptions(reader: WireReader): WriteOptions {
  let stream: string | undefined;
  let expected: bigint | undefined;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) stream = readStreamName(reader.message());
    else if (field === 2) expected = reader.uint64Exact();
    else {
      expected = EXPECTED_BY_FIELD[field] ?? expected;
      reader.skip();
    }
  }
  return { stream, expected };
}

function parseBatchOptions(reader: WireReader): BatchOptions {
  let stream: string | undefined;
  let expected: bigint | undefined;
  let deadlineMs: number | undefined;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) stream = readStreamName(reader.message());
    else if (field === 2) expected = reader.uint64Exact();
    else if (field === 6) deadlineMs = readMillis(reader.message()) - Date.now();
    else if (field === 7) deadlineMs = readMillis(reader.message());
    else {
      expected = EXPECTED_BY_FIELD[field] ?? expected;
      reader.skip();
    }
  }
  return { stream, expected, deadlineMs };
}

/** A Timestamp or a Duration: both are seconds and nanoseconds. */
function readMillis(reader: WireReader): number {
  let seconds = 0n;
  let nanos = 0;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) seconds = reader.int64Exact();
    else if (field === 2) nanos = reader.int32();
    else reader.skip();
  }
  return Number(seconds) * 1000 + nanos / 1e6;
}

interface Properties {
  type: string | undefined;
  contentType: string | undefined;
}

function readProperty(reader: WireReader, into: Properties): void {
  let key = '';
  let value = '';
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) key = reader.take(parseKnownText);
    else if (field === 2) value = reader.take(parseKnownText);
    else reader.skip();
  }
  if (key === 'type') into.type = value;
  else if (key === 'content-type') into.contentType = value;
}
