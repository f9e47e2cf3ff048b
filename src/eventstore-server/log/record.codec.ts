import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { crc32 } from './crc32.js';

/**
 * One record of the log = one transaction: all its events are there or none.
 *
 *   magic u32 | payload length u32 | position f64 | group distance u32 | crc u32 | payload | tail
 *   payload, format 1 = event count u32, then per event: length u32, RecordedEvent message
 *   payload, format 2 = event count u32, then per event: length u32, crc u32, RecordedEvent message
 *   payload, format 3 = event count u32, then per event: length u32, position f64, RecordedEvent message
 *   tail, format 2 and 3 = length of the whole record u32
 *
 * `position` is the record's own place in the log: bytes of a log stored inside an event can never
 * pass for a record. `group distance` is how far back the group began that was synced together with
 * it: records of one group may reach the disk in any order, records of an earlier group were safe
 * before. In format 1 the crc covers everything behind the magic except itself; in format 2 each
 * message has its own, so that one event can be checked when it is read, and the record's covers the
 * header, the lengths and those checksums.
 *
 * Format 3 is what a scavenge writes. Its events stand where there is room and say themselves which
 * position they have; `position` of a record is then its place in the file only. In place of the group
 * distance it says whether its events were kept or removed. Of removed ones there is left what keeps
 * the numbering of all streams as it was, compressed.
 */
export type RecordFormat = 1 | 2 | 3;

const MAGIC: Readonly<Record<RecordFormat, number>> = {
  1: 0x31524c45,
  2: 0x32524c45,
  3: 0x33524c45,
};
const KEPT = 0;
const REMOVED = 1;
const PACKED_PREFIX_BYTES = 12;
export const RECORD_HEADER_BYTES = 24;
/** Behind the payload of a record that is written today. */
export const RECORD_TAIL_BYTES = 4;
const COUNT_BYTES = 4;
const CRC_AT = 20;

/** Offset of the first event inside a record. */
export const FIRST_EVENT_AT = RECORD_HEADER_BYTES + COUNT_BYTES;
/** Length and checksum before the message of an event that is written today. */
export const EVENT_PREFIX_BYTES = 8;
const LENGTH_BYTES = 4;

export interface RecordHeader {
  /** Of the whole record. */
  readonly bytes: number;
  readonly groupStart: number;
}

/** One event of a record. */
export interface StoredEvent {
  readonly position: number;
  /** Of the message, from the start of the record; says nothing of an event that was removed. */
  readonly messageAt: number;
  readonly message: Buffer;
  readonly crc: number;
  readonly isRemoved: boolean;
}

export function magicOf(format: RecordFormat): Buffer {
  const magic = Buffer.alloc(4);
  magic.writeUInt32LE(MAGIC[format]);
  return magic;
}

/** Fills the header and the tail of a record whose payload is complete. */
export function sealRecord(
  record: Buffer,
  place: { readonly position: number; readonly groupStart: number },
  eventCount: number,
): void {
  record.writeUInt32LE(MAGIC[2], 0);
  record.writeUInt32LE(record.length - RECORD_HEADER_BYTES - RECORD_TAIL_BYTES, 4);
  record.writeDoubleLE(place.position, 8);
  record.writeUInt32LE(place.position - place.groupStart, 16);
  record.writeUInt32LE(eventCount, RECORD_HEADER_BYTES);
  record.writeUInt32LE(record.length, record.length - RECORD_TAIL_BYTES);
  record.writeUInt32LE(checksumOfPrefixes(record) ?? 0, CRC_AT);
}

/** The header at the start of the bytes if a plausible one stands there; says nothing about the rest. */
export function readHeader(
  bytes: Buffer,
  position: number,
  format: RecordFormat,
): RecordHeader | undefined {
  if (bytes.length < RECORD_HEADER_BYTES || bytes.readUInt32LE(0) !== MAGIC[format]) {
    return undefined;
  }
  if (bytes.readDoubleLE(8) !== position) return undefined;
  const payloadBytes = bytes.readUInt32LE(4);
  if (payloadBytes < COUNT_BYTES) return undefined;
  const tailBytes = format === 1 ? 0 : RECORD_TAIL_BYTES;
  return {
    bytes: RECORD_HEADER_BYTES + payloadBytes + tailBytes,
    groupStart: position - bytes.readUInt32LE(16),
  };
}

/** Whether the record is as it was sealed. */
export function isIntact(record: Buffer, format: RecordFormat): boolean {
  const sum = record.readUInt32LE(CRC_AT);
  if (format === 1) return checksumOfAll(record) === sum;
  if (record.readUInt32LE(record.length - RECORD_TAIL_BYTES) !== record.length) return false;
  if (format === 3) return checksumOfAll(record) === sum;
  if (checksumOfPrefixes(record) !== sum) return false;
  for (const { messageAt, message, crc } of eventsOf(record, 2)) {
    if (crc32(record, messageAt, messageAt + message.length) !== crc) return false;
  }
  return true;
}

/** Where in the log the record says that it stands. */
export function positionOf(record: Buffer): number {
  return record.readDoubleLE(8);
}

export function eventCountOf(record: Buffer): number {
  return record.readUInt32LE(RECORD_HEADER_BYTES);
}

/** Between the position of an event and its message. */
export function prefixBytesOf(format: RecordFormat): number {
  return format === 1 ? LENGTH_BYTES : EVENT_PREFIX_BYTES;
}

/** The events of an intact record. */
export function* eventsOf(record: Buffer, format: RecordFormat): Iterable<StoredEvent> {
  if (format === 3) {
    yield* packedEventsOf(record);
    return;
  }
  const count = eventCountOf(record);
  const base = positionOf(record);
  const prefixBytes = prefixBytesOf(format);
  let at = FIRST_EVENT_AT;
  for (let i = 0; i < count; i++) {
    const messageAt = at + prefixBytes;
    const message = record.subarray(messageAt, messageAt + record.readUInt32LE(at));
    const crc = format === 1 ? crc32(message) : record.readUInt32LE(at + LENGTH_BYTES);
    yield { position: base + at, messageAt, message, crc, isRemoved: false };
    at = messageAt + message.length;
  }
}

function* packedEventsOf(record: Buffer): Iterable<StoredEvent> {
  const isRemoved = record.readUInt32LE(16) === REMOVED;
  const packed = record.subarray(FIRST_EVENT_AT, record.length - RECORD_TAIL_BYTES);
  const bytes = isRemoved ? inflateRawSync(packed) : packed;
  const count = eventCountOf(record);
  for (let i = 0, at = 0; i < count; i++) {
    const messageAt = at + PACKED_PREFIX_BYTES;
    const message = bytes.subarray(messageAt, messageAt + bytes.readUInt32LE(at));
    const position = bytes.readDoubleLE(at + LENGTH_BYTES);
    const crc = crc32(message);
    yield { position, messageAt: FIRST_EVENT_AT + messageAt, message, crc, isRemoved };
    at = messageAt + message.length;
  }
}

/** A record of format 3, as it stands at a place in the file, counted like a position. */
export function packRecord(
  place: number,
  events: readonly { readonly position: number; readonly message: Buffer }[],
  isRemoved: boolean,
): Buffer {
  const parts = events.flatMap(({ position, message }) => {
    const prefix = Buffer.alloc(PACKED_PREFIX_BYTES);
    prefix.writeUInt32LE(message.length, 0);
    prefix.writeDoubleLE(position, LENGTH_BYTES);
    return [prefix, message];
  });
  const packed = isRemoved ? deflateRawSync(Buffer.concat(parts)) : Buffer.concat(parts);
  const record = Buffer.alloc(FIRST_EVENT_AT + packed.length + RECORD_TAIL_BYTES);
  record.writeUInt32LE(MAGIC[3], 0);
  record.writeUInt32LE(COUNT_BYTES + packed.length, 4);
  record.writeDoubleLE(place, 8);
  record.writeUInt32LE(isRemoved ? REMOVED : KEPT, 16);
  record.writeUInt32LE(events.length, RECORD_HEADER_BYTES);
  packed.copy(record, FIRST_EVENT_AT);
  record.writeUInt32LE(record.length, record.length - RECORD_TAIL_BYTES);
  record.writeUInt32LE(checksumOfAll(record), CRC_AT);
  return record;
}

/** Where the message of each event stands in a packed record that holds them. */
export function packedMessageOffsets(events: readonly { readonly message: Buffer }[]): number[] {
  let at = FIRST_EVENT_AT;
  return events.map(({ message }) => {
    const messageAt = at + PACKED_PREFIX_BYTES;
    at = messageAt + message.length;
    return messageAt;
  });
}

function checksumOfAll(record: Buffer): number {
  const head = crc32(record, 4, CRC_AT);
  return crc32(record, RECORD_HEADER_BYTES, record.length, head);
}

/** Undefined if the lengths do not add up to the record. */
function checksumOfPrefixes(record: Buffer): number | undefined {
  const end = record.length - RECORD_TAIL_BYTES;
  const count = eventCountOf(record);
  let sum = crc32(record, RECORD_HEADER_BYTES, FIRST_EVENT_AT, crc32(record, 4, CRC_AT));
  let at = FIRST_EVENT_AT;
  for (let i = 0; i < count; i++) {
    if (at + EVENT_PREFIX_BYTES > end) return undefined;
    sum = crc32(record, at, at + EVENT_PREFIX_BYTES, sum);
    at += EVENT_PREFIX_BYTES + record.readUInt32LE(at);
  }
  return at === end ? sum : undefined;
}
