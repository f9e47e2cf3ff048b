import { closeSync, openSync, readSync } from 'node:fs';
import { crc32 } from '../log/crc32.js';
import type { StoredMessage } from '../log/log-reader.js';
import type { SegmentName } from '../log/manifest.codec.js';
import { type PageCache, PagedFile } from '../log/page-cache.js';
import type { Uuid } from '../protocol/uuid.codec.js';
import { secondHashOf } from './event-id-hash.js';
import {
  bloomMayHave,
  DIRECTORY_BYTES,
  ENTRY,
  HEADER,
  ID_BYTES,
  INDEX_HEADER_BYTES,
  INDEX_MARK,
  INDEX_VERSION,
  type IndexLayout,
  type IndexSizes,
  layoutOf,
  type PartState,
  REMOVED_FLAG,
  ROW,
  ROW_BYTES,
  sizesIn,
  SUMMED_FROM,
} from './index-part.codec.js';
import type { StreamHash } from './stream-hash.js';

const CHUNK_BYTES = 1024 * 1024;

/** The events of one stream within a part. */
export interface StreamRun {
  readonly firstRevision: number;
  readonly count: number;
  /** Number of the first one among the postings. */
  readonly start: number;
}

/**
 * The index of one segment, read in place. Events are counted from the first one of the segment.
 *
 * What it knows by number (streams, types) are numbers of its own; `streamNos` and `typeNos` translate
 * them into those of the running node.
 */
export class IndexPart {
  readonly streamNos: Uint32Array;
  readonly typeNos: Uint32Array;
  readonly events: number;
  private readonly layout: IndexLayout;
  private readonly file: PagedFile;

  private constructor(
    readonly name: SegmentName,
    private readonly fd: number,
    private readonly sizes: IndexSizes,
    parts: { readonly bloom: Uint8Array; readonly state: PartState; readonly cache: PageCache },
  ) {
    this.layout = layoutOf(sizes);
    this.events = sizes.events;
    this.streamNos = new Uint32Array(sizes.streams);
    this.typeNos = new Uint32Array(parts.state.types.length);
    this.file = new PagedFile(fd, this.layout.end, parts.cache);
    this.bloom = parts.bloom;
    this.state = parts.state;
  }

  private readonly bloom: Uint8Array;
  readonly state: PartState;

  /** Undefined if the file is not there, of another version or segment, or not as it was written. */
  static open(path: string, name: SegmentName, cache: PageCache): IndexPart | undefined {
    let fd: number;
    try {
      fd = openSync(path, 'r');
    } catch {
      return undefined; // Whatever the reason: an index can be made again.
    }
    const sizes = checkFile(fd, name);
    if (sizes === undefined) {
      closeSync(fd);
      return undefined;
    }
    const layout = layoutOf(sizes);
    const bloom = readAt(fd, layout.bloom, sizes.bloomBytes);
    const text = readAt(fd, layout.state, sizes.stateBytes).toString('utf8');
    const state = JSON.parse(text) as PartState;
    return new IndexPart(name, fd, sizes, { bloom, state, cache });
  }

  close(): void {
    closeSync(this.fd);
  }

  position(event: number): number {
    return this.file.double(rowAt(event) + ROW.position);
  }

  createdMs(event: number): number {
    return this.file.double(rowAt(event) + ROW.createdMs);
  }

  length(event: number): number {
    return this.file.word(rowAt(event) + ROW.length);
  }

  revision(event: number): number {
    return this.file.word(rowAt(event) + ROW.revision);
  }

  streamNo(event: number): number {
    return this.streamNos[this.file.word(rowAt(event) + ROW.stream)] ?? 0;
  }

  typeNo(event: number): number {
    return this.typeNos[this.file.word(rowAt(event) + ROW.type)] ?? 0;
  }

  isRemoved(event: number): boolean {
    return this.file.word(rowAt(event) + ROW.flags) === REMOVED_FLAG;
  }

  /** The event at a position, which is known to be one. */
  eventAt(position: number): number {
    return lowerBound(this.events, (i) => this.position(i) < position);
  }

  message(event: number): StoredMessage {
    const at = rowAt(event);
    return {
      position: this.file.double(at + ROW.position),
      offset: this.file.double(at + ROW.offset),
      length: this.file.word(at + ROW.length),
      crc: this.file.word(at + ROW.crc),
    };
  }

  idWord(event: number, word: 0 | 1 | 2 | 3): number {
    return this.file.word(rowAt(event) + ROW.id + word * 4);
  }

  hasId(event: number, id: Uuid): boolean {
    return (
      this.idWord(event, 3) === id.d &&
      this.idWord(event, 0) === id.a &&
      this.idWord(event, 1) === id.b &&
      this.idWord(event, 2) === id.c
    );
  }

  /** The first event with this id in the stream with this number, or -1. */
  findId(hash: number, id: Uuid, streamNo: number): number {
    if (!bloomMayHave(this.bloom, hash, secondHashOf(hash, id.d))) return -1;
    let first = Infinity;
    for (let i = this.firstIdAt(hash); i < this.events; i++) {
      const at = this.layout.ids + i * ID_BYTES;
      if (this.file.word(at + 4) !== hash) break;
      const event = this.file.word(at);
      const isIt = this.hasId(event, id) && this.streamNo(event) === streamNo;
      if (isIt && event < first) first = event;
    }
    return first === Infinity ? -1 : first;
  }

  /** Where the events of a stream are, if it has any here. */
  findStream(name: string, hash: StreamHash): StreamRun | undefined {
    const from = lowerBound(this.sizes.streams, (i) => {
      const high = this.entryWord(i, ENTRY.high);
      return high < hash.high || (high === hash.high && this.entryWord(i, ENTRY.low) < hash.low);
    });
    for (let i = from; i < this.sizes.streams; i++) {
      const isSame =
        this.entryWord(i, ENTRY.high) === hash.high && this.entryWord(i, ENTRY.low) === hash.low;
      if (!isSame) return undefined;
      if (this.streamName(i) === name) return this.run(i);
    }
    return undefined;
  }

  /** Streams by their number in this part. */
  get streamCount(): number {
    return this.sizes.streams;
  }

  streamName(i: number): string {
    const at = this.layout.names + this.entryWord(i, ENTRY.nameAt);
    return this.file.text(at, this.entryWord(i, ENTRY.nameBytes));
  }

  run(i: number): StreamRun {
    const start = this.entryWord(i, ENTRY.start);
    const end =
      i + 1 < this.sizes.streams ? this.entryWord(i + 1, ENTRY.start) : this.sizes.postings;
    return { firstRevision: this.entryWord(i, ENTRY.firstRevision), count: end - start, start };
  }

  posting(place: number): number {
    return this.file.word(this.layout.postings + place * 4);
  }

  private firstIdAt(hash: number): number {
    return lowerBound(
      this.events,
      (i) => this.file.word(this.layout.ids + i * ID_BYTES + 4) < hash,
    );
  }

  private entryWord(i: number, field: number): number {
    return this.file.word(this.layout.directory + i * DIRECTORY_BYTES + field);
  }
}

function rowAt(event: number): number {
  return INDEX_HEADER_BYTES + event * ROW_BYTES;
}

/** The first number below `count` that is not before what is looked for. */
export function lowerBound(count: number, isBefore: (i: number) => boolean): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The sizes of the sections if the whole file is what was written for this segment. */
function checkFile(fd: number, name: SegmentName): IndexSizes | undefined {
  const header = readAt(fd, 0, INDEX_HEADER_BYTES);
  if (header.length < INDEX_HEADER_BYTES) return undefined;
  const word = (at: number): number => header.readUInt32LE(at);
  const isOurs =
    header.subarray(0, INDEX_MARK.length).equals(INDEX_MARK) &&
    word(HEADER.version) === INDEX_VERSION &&
    header.readDoubleLE(HEADER.base) === name.base &&
    word(HEADER.generation) === name.generation;
  if (!isOurs) return undefined;
  const sizes = sizesIn(header);
  let sum = crc32(header, SUMMED_FROM, INDEX_HEADER_BYTES);
  let at = INDEX_HEADER_BYTES;
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  for (;;) {
    const count = readSync(fd, chunk, 0, CHUNK_BYTES, at);
    if (count === 0) break;
    sum = crc32(chunk, 0, count, sum);
    at += count;
  }
  return at === layoutOf(sizes).end && sum === word(HEADER.crc) ? sizes : undefined;
}

function readAt(fd: number, at: number, count: number): Buffer {
  const bytes = Buffer.alloc(count);
  let filled = 0;
  while (filled < count) {
    const got = readSync(fd, bytes, filled, count - filled, at + filled);
    if (got === 0) break;
    filled += got;
  }
  return bytes.subarray(0, filled);
}
