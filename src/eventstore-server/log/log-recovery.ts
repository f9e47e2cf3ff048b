import { closeSync, fdatasyncSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { DamagedLogError } from './damaged-log-error.js';
import { killPoint } from './kill-point.js';
import type { SegmentName } from './manifest.codec.js';
import { eventCountOf, type RecordFormat } from './record.codec.js';
import type { SegmentDirectory } from './segment-directory.js';
import { SEGMENT_HEADER_BYTES, segmentHeader } from './segment-header.codec.js';
import { type LogScan, type RecordVisitor, scanSegment, wholeRecords } from './segment-scan.js';

const CURRENT_FORMAT: RecordFormat = 2;

/** What the log ends with. */
export interface LogTail {
  /** Where the next record goes. */
  readonly end: number;
  /** Events in the newest segment. */
  readonly events: number;
  /** Bytes of a write that was cut short and never acknowledged, now removed. */
  readonly tornBytes: number;
  /** Whether the segment that was the newest is of a former format: it has one behind it now. */
  readonly isFormer: boolean;
}

/** Visits a segment that has another one behind it: nothing of it may be missing. */
export function visitSealed(
  directory: SegmentDirectory,
  name: SegmentName,
  visit: RecordVisitor,
): void {
  const path = directory.logPath(name);
  const fd = openSync(path, 'r');
  try {
    let end = name.base;
    for (const record of wholeRecords({ fd, path, base: name.base })) {
      visit(record);
      end += record.bytes.length;
    }
    const expected = directory.placeEndOf(name);
    if (end === expected) return;
    throw new DamagedLogError(
      `${path} is damaged at offset ${end - name.base + SEGMENT_HEADER_BYTES}: the record there is broken`,
    );
  } finally {
    closeSync(fd);
  }
}

/**
 * Visits the newest segment and makes it fit to be written: the torn tail is cut, and a segment of a
 * former format is followed by a new one. Durable before anything else happens.
 */
export function recoverTail(directory: SegmentDirectory, visit: RecordVisitor): LogTail {
  const name = directory.newest;
  const path = directory.logPath(name);
  let events = 0;
  const scan = scanFile(path, name.base, 'r+', (record) => {
    events += eventCountOf(record.bytes);
    visit(record);
  });
  const { end, tornBytes } = scan;
  repair(path, name.base, scan);
  const isFormer = scan.format !== CURRENT_FORMAT && end > name.base;
  if (!isFormer) return { end, events, tornBytes, isFormer };
  directory.add(end);
  return { end, events: 0, tornBytes, isFormer };
}

function scanFile(path: string, base: number, flags: string, visit: RecordVisitor): LogScan {
  const fd = openSync(path, flags);
  try {
    return scanSegment({ fd, path, base }, visit);
  } finally {
    closeSync(fd);
  }
}

/** Cuts what stands behind the records; a segment without records gets a header of today. */
function repair(path: string, base: number, { end, restBytes, format }: LogScan): void {
  const isEmpty = end === base;
  if (restBytes === 0 && (!isEmpty || format === CURRENT_FORMAT)) return;
  const fd = openSync(path, 'r+');
  ftruncateSync(fd, end - base + SEGMENT_HEADER_BYTES);
  if (isEmpty) writeSync(fd, segmentHeader(CURRENT_FORMAT), 0, SEGMENT_HEADER_BYTES, 0);
  fdatasyncSync(fd);
  closeSync(fd);
  killPoint('tail-cut');
}
