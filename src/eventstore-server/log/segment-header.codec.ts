import type { RecordFormat } from './record.codec.js';

const MARK = 'EVENTLOG';

/** The first bytes of every segment: a mark, then the format of its records. */
export const SEGMENT_HEADER_BYTES = 16;

/** Position of the first record of a log: its first segment begins with a header like any other. */
export const FIRST_POSITION = SEGMENT_HEADER_BYTES;

export function segmentHeader(format: RecordFormat): Buffer {
  const header = Buffer.alloc(SEGMENT_HEADER_BYTES);
  header.write(MARK, 'latin1');
  header[SEGMENT_HEADER_BYTES - 1] = format;
  return header;
}

/** Undefined for a file that is something else or damaged. */
export function formatOf(header: Buffer): RecordFormat | undefined {
  for (const format of [1, 2, 3] as const) if (segmentHeader(format).equals(header)) return format;
  return undefined;
}
