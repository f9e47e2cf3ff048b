import { closeSync, fdatasyncSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { DamagedLogError } from './damaged-log-error.js';
import type { SegmentName } from './manifest.codec.js';
import { eventCountOf, type RecordFormat } from './record.codec.js';
import type { SegmentDirectory } from './segment-directory.js';
import { SEGMENT_HEADER_BYTES, segmentHeader } from './segment-header.codec.js';
import { type LogScan, type RecordVisitor, scanSegment } from './segment-scan.js';

const CURRENT_FORMAT: RecordFormat = 2;

/** What the log ends with. */
export interface LogTail {
  /** Where the next record goes. */
  readonly end: number;
  /** Events in the newest segment. */
  readonly events: number;
  /** Bytes of a write that was cut short and never acknowledged, now removed. */
  readonly tornBytes: number;
  /** Set if the segment that was the newest is of a former format: it has one behind it now. */
  readonly former?: RecordFormat | undefined;
}

/** Visits a segment that has another one behind it: nothing of it may be missing. */
export function visitSealed(
  directory: SegmentDirectory,
  name: SegmentName,
  visit: RecordVisitor,
): RecordFormat {
  const path = directory.logPath(name);
  const expected = directory.endOf(name);
  const scan = scanFile(path, name.base, 'r', visit);
  if (scan.end !== expected || scan.tornBytes > 0) {
    const offset = scan.end - name.base + SEGMENT_HEADER_BYTES;
    throw new DamagedLogError(`${path} is damaged at offset ${offset}: the record there is broken`);
  }
  return scan.format ?? CURRENT_FORMAT;
}

/**
 * Visits the newest segment and makes it fit to be written: the torn tail is cut, and a segment of a
 * former format is followed by a new one. Durable before anything else happens.
 */
export function recoverTail(directory: SegmentDirectory, visit: RecordVisitor): LogTail {
  const name = directory.newest;
  const path = directory.logPath(name);
  let events = 0;
  const scan = scanFile(path, name.base, 'r+', (position, record, format) => {
    events += eventCountOf(record);
    visit(position, record, format);
  });
  const { end, tornBytes } = scan;
  repair(path, name.base, scan);
  const isFormer = scan.format !== CURRENT_FORMAT && end > name.base;
  if (!isFormer) return { end, events, tornBytes };
  directory.add(end);
  return { end, events: 0, tornBytes, former: scan.format };
}

function scanFile(path: string, base: number, flags: string, visit: RecordVisitor): LogScan {
  const fd = openSync(path, flags);
  try {
    return scanSegment({ fd, path, base }, visit);
  } finally {
    closeSync(fd);
  }
}

/** Cuts the torn tail; a segment without records gets a header of today. */
function repair(path: string, base: number, { end, tornBytes, format }: LogScan): void {
  const isEmpty = end === base;
  if (tornBytes === 0 && (!isEmpty || format === CURRENT_FORMAT)) return;
  const fd = openSync(path, 'r+');
  ftruncateSync(fd, end - base + SEGMENT_HEADER_BYTES);
  if (isEmpty) writeSync(fd, segmentHeader(CURRENT_FORMAT), 0, SEGMENT_HEADER_BYTES, 0);
  fdatasyncSync(fd);
  closeSync(fd);
}
