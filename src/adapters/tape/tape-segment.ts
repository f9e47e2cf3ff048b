import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from './crc32.js';

/**
 * One file of the tape, `tape-<epoch>-<n>.log`:
 *
 *     "SLTAPE02" · u32 epoch · u32 crc of these 12 bytes · block ...
 *     block = u32 payload length · u32 crc of the payload · payload          (all little-endian)
 *
 * A block is what was written at once: one or more records, each as its difference from those before it in the segment.
 * In files that begin with "SLTAPE01", which are only read, a block is one record as text.
 */
export interface SegmentName {
  readonly path: string;
  readonly epoch: number;
  /** 0-based within the epoch. */
  readonly ordinal: number;
}

export const SEGMENT_HEADER_BYTES = 16;
export const BLOCK_HEADER_BYTES = 8;
// The largest input is a command; its door takes far less. A length above this is no length.
export const BLOCK_PAYLOAD_BYTES_MAX = 16 * 1024 * 1024;
const MAGIC = 'SLTAPE02';
const MAGIC_OF_TEXT = 'SLTAPE01';
const NAME = /^tape-(\d{1,15})-(\d{1,15})\.log$/;

/** The tape holds bytes that nobody of us wrote there, before its end. */
export class TapeCorrupt extends Error {
  constructor(
    readonly path: string,
    readonly offset: number,
    readonly found: string,
  ) {
    super(`tape ${path} is damaged at byte ${offset}: ${found}`);
  }
}

export function segmentPath(dir: string, epoch: number, ordinal: number): string {
  return join(dir, `tape-${epoch}-${ordinal}.log`);
}

/** Segments of a folder, oldest first. Other files are not ours and are left alone. */
export function listSegments(dir: string): readonly SegmentName[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir)
    .map((file) => ({ file, match: NAME.exec(file) }))
    .filter(({ match }) => match !== null)
    .map(({ file, match }) => ({
      path: join(dir, file),
      epoch: Number(match?.[1]),
      ordinal: Number(match?.[2]),
    }))
    .sort((a, b) => a.epoch - b.epoch || a.ordinal - b.ordinal);
}

export function segmentHeader(epoch: number, magic = MAGIC): Buffer {
  const header = Buffer.alloc(SEGMENT_HEADER_BYTES);
  header.write(magic, 'latin1');
  header.writeUInt32LE(epoch, 8);
  header.writeUInt32LE(crc32(header, 0, 12), 12);
  return header;
}

/** Where the first block of a segment begins; undefined when the file ends within its header. Throws TapeCorrupt. */
export function firstOffset(bytes: Buffer, segment: SegmentName): number | undefined {
  return hasHeader(bytes, segment) ? SEGMENT_HEADER_BYTES : undefined;
}

/**
 * Where the block at `offset` ends; undefined at the end of the segment or of what is whole of it.
 * Throws TapeCorrupt for damage before the end.
 */
export function nextOffset(bytes: Buffer, offset: number, path: string): number | undefined {
  if (offset >= bytes.length) return undefined;
  const end = blockEnd(bytes, offset);
  if (end === undefined) refuseDamage(bytes, offset, path);
  return end;
}

/** How many bytes at the end of a segment are no whole block. Throws TapeCorrupt for damage before that. */
export function tornBytes(bytes: Buffer, segment: SegmentName): number {
  let end = firstOffset(bytes, segment) ?? 0;
  for (;;) {
    const next = end === 0 ? undefined : nextOffset(bytes, end, segment.path);
    if (next === undefined) return bytes.length - end;
    end = next;
  }
}

/** False when the file ends within its header. */
function hasHeader(bytes: Buffer, { path, epoch }: SegmentName): boolean {
  const wanted = segmentHeader(epoch);
  if (startsWith(bytes, wanted) || isOfText(bytes, epoch)) return true;
  // A machine that loses power may leave a file that was made longer but not yet written.
  const isUnwritten = bytes.every((byte) => byte === 0);
  const isCutShort = bytes.length < SEGMENT_HEADER_BYTES && wanted.indexOf(bytes) === 0;
  if (isUnwritten || isCutShort) return false;
  throw new TapeCorrupt(path, 0, 'this is no header of a segment of this epoch');
}

/** Where the whole and sound block at `offset` ends; undefined when there is none. */
function blockEnd(bytes: Buffer, offset: number): number | undefined {
  if (offset + BLOCK_HEADER_BYTES > bytes.length) return undefined;
  const length = bytes.readUInt32LE(offset);
  const start = offset + BLOCK_HEADER_BYTES;
  // A length of 0 is what unwritten blocks read like, with a checksum that would even fit.
  if (length === 0 || length > BLOCK_PAYLOAD_BYTES_MAX || start + length > bytes.length)
    return undefined;
  const isSound = bytes.readUInt32LE(offset + 4) === crc32(bytes, start, start + length);
  return isSound ? start + length : undefined;
}

/** What cannot be read at `offset` is the torn end, unless a sound block follows: then the middle is damaged. */
function refuseDamage(bytes: Buffer, offset: number, path: string): void {
  for (let at = offset + 1; at + BLOCK_HEADER_BYTES < bytes.length; at += 1) {
    if (blockEnd(bytes, at) !== undefined) {
      throw new TapeCorrupt(path, offset, `no sound block, but one at byte ${at}`);
    }
  }
}

/** Whether the blocks of a segment are single records as text. */
export function isOfText(bytes: Buffer, epoch: number): boolean {
  return startsWith(bytes, segmentHeader(epoch, MAGIC_OF_TEXT));
}

function startsWith(bytes: Buffer, header: Buffer): boolean {
  return bytes.length >= header.length && bytes.subarray(0, header.length).equals(header);
}
