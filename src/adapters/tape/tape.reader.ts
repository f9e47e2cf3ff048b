import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import type { TapeRecord } from '../../application/ports/tape.port.js';
import { decodePayload } from './tape-record.codec.js';
import {
  RECORD_HEADER_BYTES,
  SEGMENT_HEADER_BYTES,
  TapeCorrupt,
  firstOffset,
  listSegments,
  nextOffset,
  recordAt,
} from './tape-segment.js';
import type { SegmentName } from './tape-segment.js';

export interface TapePlace {
  readonly afterEpoch: number;
  readonly afterSeq: number;
}

const FIRST_RECORD_BYTES_MAX = 64 * 1024;

/**
 * Records of a tape in their order, those after a place if one is given. Segments that lie wholly before it are not
 * read. A torn end of the newest segment ends the reading in silence: whoever opens the tape for writing reports it.
 *
 * Throws TapeCorrupt, naming file and byte, for damage anywhere else.
 */
export function* readTape(dir: string, place?: TapePlace): Generator<TapeRecord> {
  const segments = listSegments(dir);
  const from = place ? firstNeeded(segments, place) : 0;
  for (const [index, segment] of segments.entries()) {
    if (index < from) continue;
    yield* readSegment(segment, index === segments.length - 1, place);
  }
}

function* readSegment(
  segment: SegmentName,
  isNewest: boolean,
  place?: TapePlace,
): Generator<TapeRecord> {
  const bytes = readFileSync(segment.path);
  let offset = firstOffset(bytes, segment);
  let whole = offset ?? 0;
  while (offset !== undefined) {
    const end = nextOffset(bytes, offset, segment.path);
    if (end !== undefined) {
      whole = end;
      const record = recordAt(bytes, { offset, end }, segment);
      if (!place || isAfter(record, place)) yield record;
    }
    offset = end;
  }
  if (whole < bytes.length && !isNewest) {
    throw new TapeCorrupt(segment.path, whole, 'the segment breaks off, but another follows');
  }
}

function isAfter({ epoch, seq }: { epoch: number; seq: number }, place: TapePlace): boolean {
  return epoch > place.afterEpoch || (epoch === place.afterEpoch && seq > place.afterSeq);
}

/** Index of the last segment that begins at or before the place: all earlier ones lie wholly before it. */
function firstNeeded(segments: readonly SegmentName[], place: TapePlace): number {
  for (let index = segments.length - 1; index > 0; index -= 1) {
    const segment = segments[index];
    const seq = segment && segment.epoch <= place.afterEpoch ? firstSeq(segment) : undefined;
    if (segment && seq !== undefined && !isAfter({ epoch: segment.epoch, seq }, place)) {
      return index;
    }
  }
  return 0;
}

/** Undefined when the segment holds no record, or one that only a whole scan can judge. */
function firstSeq(segment: SegmentName): number | undefined {
  const bytes = Buffer.alloc(FIRST_RECORD_BYTES_MAX);
  const file = openSync(segment.path, 'r');
  let length: number;
  try {
    length = readSync(file, bytes, 0, bytes.length, 0);
  } finally {
    closeSync(file);
  }
  const start = SEGMENT_HEADER_BYTES + RECORD_HEADER_BYTES;
  if (length <= start) return undefined;
  const end = start + bytes.readUInt32LE(SEGMENT_HEADER_BYTES);
  if (end > length) return undefined;
  try {
    return decodePayload(bytes.toString('utf8', start, end), segment.epoch).seq;
  } catch {
    // The scan of the segment names the damage.
    return undefined;
  }
}
