import {
  type Uuid,
  parseUuid,
  parseUuidBytes,
  putUuidText,
  UUID_TEXT_BYTES,
  writeStructuredUuid,
} from './uuid.codec.js';
import { WireError, WireReader, WireWriter } from './wire.codec.js';

export const CONTENT_JSON = 'application/json';
export const CONTENT_BYTES = 'application/octet-stream';
export const LINK_TYPE = '$>';
export const METADATA_TYPE = '$metadata';
export const TOMBSTONE_TYPE = '$streamDeleted';
export const TOMBSTONE_REVISION = 9223372036854775807n;

/** An event as it was proposed: nothing of it depends on where it will be written. */
export interface ProposedEvent {
  readonly id: Uuid;
  readonly type: string;
  readonly isJson: boolean;
  readonly data: Buffer;
  readonly metadata: Buffer;
}

/** Where and when a proposed event is written. */
export interface EventPlace {
  readonly stream: string;
  readonly revision: number | bigint;
  /** Commit and prepare position in one: this server never tells them apart. */
  readonly position: number;
  readonly createdMs: number;
}

export interface RecordedEvent {
  readonly id: Uuid;
  readonly stream: string;
  readonly revision: bigint;
  readonly type: string;
  readonly isJson: boolean;
  readonly createdMs: number;
  readonly data: Buffer;
  readonly metadata: Buffer;
}

/** The id is the first field and always in text form, so that another form can be put in its place. */
const ID_FIELD_HEAD = Uint8Array.of(0x0a, UUID_TEXT_BYTES + 2, 0x12, UUID_TEXT_BYTES);
const ID_FIELD_BYTES = ID_FIELD_HEAD.length + UUID_TEXT_BYTES;
const TICKS_PER_MS = '0000';

/**
 * Writes the RecordedEvent message that clients get, byte for byte: it is stored in this form, so a
 * read is a copy from the log into the answer.
 */
export function writeRecordedEvent(
  writer: WireWriter,
  event: ProposedEvent,
  place: EventPlace,
): void {
  new EventScribe(place.stream, place.createdMs).write(writer, event, place);
}

/** Writes events of one stream and moment as `writeRecordedEvent` does; what they share is encoded once. */
export class EventScribe {
  private readonly streamField: Buffer;
  private propertyFields = Buffer.alloc(0);
  private type: string | undefined;
  private isJson = false;

  constructor(
    stream: string,
    private readonly createdMs: number,
  ) {
    const writer = new WireWriter();
    this.streamField = writer.message(2, (identifier) => identifier.string(3, stream)).finish();
  }

  write(
    writer: WireWriter,
    event: ProposedEvent,
    { revision, position }: Pick<EventPlace, 'revision' | 'position'>,
  ): void {
    const isLikeLast = event.type === this.type && event.isJson === this.isJson;
    if (!isLikeLast) this.setProperties(event);
    writer
      .put(ID_FIELD_BYTES, event.id, putIdField)
      .raw(this.streamField)
      .uint(3, revision)
      .uint(4, position)
      .uint(5, position)
      .raw(this.propertyFields);
    if (event.metadata.length > 0) writer.bytes(7, event.metadata);
    if (event.data.length > 0) writer.bytes(8, event.data);
  }

  private setProperties({ type, isJson }: ProposedEvent): void {
    this.type = type;
    this.isJson = isJson;
    const writer = new WireWriter();
    property(writer, 'type', type);
    property(writer, 'content-type', isJson ? CONTENT_JSON : CONTENT_BYTES);
    property(writer, 'created', `${this.createdMs}${TICKS_PER_MS}`);
    this.propertyFields = writer.finish() as typeof this.propertyFields;
  }
}

/** Throws a WireError for bytes that `writeRecordedEvent` cannot have written. */
export function readRecordedEvent(bytes: Buffer): RecordedEvent {
  const reader = new WireReader(bytes);
  let id: Uuid | undefined;
  let stream = '';
  let revision = 0n;
  let data = Buffer.alloc(0);
  let metadata = data;
  const properties = { type: '', 'content-type': '', created: '0' };
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) id = parseUuid(lastText(reader.message(), 2));
    else if (field === 2) stream = lastText(reader.message(), 3);
    else if (field === 3) revision = reader.uint64Exact();
    else if (field === 6) readProperty(reader.message(), properties);
    else if (field === 7) metadata = reader.bytes() as typeof data;
    else if (field === 8) data = reader.bytes() as typeof data;
    else reader.skip();
  }
  const created = Number(properties.created.slice(0, -TICKS_PER_MS.length));
  if (id === undefined || stream === '' || !Number.isFinite(created)) {
    throw new WireError('recorded event lacks its id, stream or time');
  }
  const isJson = properties['content-type'] === CONTENT_JSON;
  return {
    id,
    stream,
    revision,
    type: properties.type,
    isJson,
    createdMs: created,
    data,
    metadata,
  };
}

/** The same event with its id in structured form, for callers that did not ask for text. */
export function withStructuredId(recorded: Buffer): Buffer {
  const uuid = parseUuidBytes(recorded, ID_FIELD_HEAD.length, ID_FIELD_BYTES);
  if (uuid === undefined) throw new WireError('recorded event has no text id');
  const writer = new WireWriter(recorded.length);
  writer.message(1, (id) => writeStructuredUuid(id, uuid));
  return writer.raw(recorded.subarray(ID_FIELD_BYTES)).finish();
}

function putIdField(target: Buffer, at: number, id: Uuid): void {
  target.set(ID_FIELD_HEAD, at);
  putUuidText(target, at + ID_FIELD_HEAD.length, id);
}

function property(writer: WireWriter, key: string, value: string): void {
  writer.message(6, (entry) => entry.string(1, key).string(2, value));
}

function lastText(reader: WireReader, wanted: number): string {
  let text = '';
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === wanted) text = reader.string();
    else reader.skip();
  }
  return text;
}

/** Takes the value of one property over, if its key is among those that are wanted. */
export function readProperty(reader: WireReader, into: Record<string, string>): void {
  let key = '';
  let value = '';
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) key = reader.string();
    else if (field === 2) value = reader.string();
    else reader.skip();
  }
  if (key in into) into[key] = value;
}
