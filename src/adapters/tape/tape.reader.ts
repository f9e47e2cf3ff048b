import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import type { TapeRecord } from '../../application/ports/tape.port.js';
import { BlockDecoder } from './tape-block.codec.js';
import { decodePayload } from './tape-record.codec.js';
import {
  BLOCK_HEADER_BYTES,
  SEGMENT_HEADER_BYTES,
  TapeCorrupt,
  firstOffset,
  isOfText,
  listSegments,
  nextOffset,
} from './tape-segment.js';
import type { SegmentName } from './tape-segment.js';
import type { ByteCursor } from './varint.codec.js';

export interface TapePlace {
  readonly afterEpoch: number;
  readonly afterSeq: number;
}

const FIRST_BLOCK_BYTES_MAX = 64 * 1024;

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
    for (const record of readSegment(segment, index === segments.length - 1)) {
      if (!place || isAfter(record, place)) yield record;
    }
  }
}

/** The records of one segment. `isNewest`: its end may be torn. */
export function* readSegment(segment: SegmentName, isNewest: boolean): Generator<TapeRecord> {
  const bytes = readFileSync(segment.path);
  let offset = firstOffset(bytes, segment);
  let whole = offset ?? 0;
  const blocks = new Blocks(bytes, segment);
  while (offset !== undefined) {
    const end = nextOffset(bytes, offset, segment.path);
    if (end !== undefined) {
      whole = end;
      yield* blocks.records(offset, end);
    }
    offset = end;
  }
  if (whole < bytes.length && !isNewest) {
    throw new TapeCorrupt(segment.path, whole, 'the segment breaks off, but another follows');
  }
}

/** The records of one segment, block after block from its first. */
class Blocks {
  private readonly decoder: BlockDecoder;
  private readonly isText: boolean;

  constructor(
    private readonly bytes: Buffer,
    private readonly segment: SegmentName,
  ) {
    this.decoder = new BlockDecoder(segment.epoch);
    this.isText = isOfText(bytes, segment.epoch);
  }

  *records(offset: number, end: number): Generator<TapeRecord> {
    const { bytes, segment } = this;
    const start = offset + BLOCK_HEADER_BYTES;
    const cursor = { bytes: bytes.subarray(0, end), at: start };
    while (cursor.at < end) yield this.next(cursor, offset);
    if (cursor.at > end) throw new TapeCorrupt(segment.path, offset, 'a record is too long');
  }

  private next(cursor: ByteCursor, offset: number): TapeRecord {
    const { epoch, path } = this.segment;
    try {
      if (!this.isText) return this.decoder.read(cursor);
      const text = cursor.bytes.toString('utf8', cursor.at);
      cursor.at = cursor.bytes.length;
      return decodePayload(text, epoch);
    } catch (error) {
      throw new TapeCorrupt(path, offset, String(error));
    }
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
  const bytes = Buffer.alloc(FIRST_BLOCK_BYTES_MAX);
  const file = openSync(segment.path, 'r');
  let length: number;
  try {
    length = readSync(file, bytes, 0, bytes.length, 0);
  } finally {
    closeSync(file);
  }
  const start = SEGMENT_HEADER_BYTES + BLOCK_HEADER_BYTES;
  if (length <= start) return undefined;
  const end = start + bytes.readUInt32LE(SEGMENT_HEADER_BYTES);
  if (end > length) return undefined;
  try {
    const [first] = new Blocks(bytes, segment).records(SEGMENT_HEADER_BYTES, end);
    return first?.seq;
  } catch {
    // The scan of the segment names the damage.
    return undefined;
  }
}
