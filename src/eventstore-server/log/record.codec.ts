import { crc32 } from './crc32.js';

/**
 * One record of the log = one transaction: all its events are there or none.
 *
 *   magic u32 | payload length u32 | position f64 | group distance u32 | crc u32 | payload
 *   payload = event count u32, then per event: length u32, RecordedEvent message
 *
 * `position` is the record's own offset: bytes of a log stored inside an event can never pass for a
 * record. `group distance` is how far back the group began that was synced together with it: records
 * of one group may reach the disk in any order, records of an earlier group were safe before.
 * The crc covers everything behind the magic except itself.
 */
export const RECORD_MAGIC = 0x31524c45;
export const RECORD_HEADER_BYTES = 24;
const COUNT_BYTES = 4;
const CRC_AT = 20;

/** Offset of the first event inside a record. */
export const FIRST_EVENT_AT = RECORD_HEADER_BYTES + COUNT_BYTES;
export const EVENT_LENGTH_BYTES = 4;

export interface RecordHeader {
  readonly payloadBytes: number;
  readonly groupStart: number;
}

/** Fills the header of a record whose payload is complete. */
export function sealRecord(
  record: Buffer,
  place: { readonly position: number; readonly groupStart: number },
  eventCount: number,
): void {
  record.writeUInt32LE(RECORD_MAGIC, 0);
  record.writeUInt32LE(record.length - RECORD_HEADER_BYTES, 4);
  record.writeDoubleLE(place.position, 8);
  record.writeUInt32LE(place.position - place.groupStart, 16);
  record.writeUInt32LE(eventCount, RECORD_HEADER_BYTES);
  record.writeUInt32LE(checksum(record, 0, record.length), CRC_AT);
}

/** The header at `offset` if a plausible one stands there; says nothing about the payload. */
export function readHeader(
  bytes: Buffer,
  offset: number,
  position: number,
): RecordHeader | undefined {
  if (offset + RECORD_HEADER_BYTES > bytes.length) return undefined;
  if (bytes.readUInt32LE(offset) !== RECORD_MAGIC) return undefined;
  if (bytes.readDoubleLE(offset + 8) !== position) return undefined;
  const payloadBytes = bytes.readUInt32LE(offset + 4);
  if (payloadBytes < COUNT_BYTES) return undefined;
  return { payloadBytes, groupStart: position - bytes.readUInt32LE(offset + 16) };
}

/** Whether the whole record at `offset` is there and its checksum holds. */
export function isIntact(bytes: Buffer, offset: number, header: RecordHeader): boolean {
  const end = offset + RECORD_HEADER_BYTES + header.payloadBytes;
  if (end > bytes.length) return false;
  return checksum(bytes, offset, end) === bytes.readUInt32LE(offset + CRC_AT);
}

/** Calls `visit` with the offset and the bytes of each event of an intact record. */
export function forEachEvent(record: Buffer, visit: (offset: number, event: Buffer) => void): void {
  const count = record.readUInt32LE(RECORD_HEADER_BYTES);
  let at = FIRST_EVENT_AT;
  for (let i = 0; i < count; i++) {
    const start = at + EVENT_LENGTH_BYTES;
    const end = start + record.readUInt32LE(at);
    visit(at, record.subarray(start, end));
    at = end;
  }
}

function checksum(bytes: Buffer, start: number, end: number): number {
  const head = crc32(bytes, start + 4, start + CRC_AT);
  return crc32(bytes, start + RECORD_HEADER_BYTES, end, head);
}
