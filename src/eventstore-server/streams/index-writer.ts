import { rename, writeFile } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { crc32 } from '../log/crc32.js';
import { killPoint } from '../log/kill-point.js';
import type { SegmentName } from '../log/manifest.codec.js';
import type { EventColumns } from './event-columns.js';
import { secondHashOf } from './event-id-hash.js';
import {
  bloomAdd,
  bloomBytesFor,
  DIRECTORY_BYTES,
  ENTRY,
  HEADER,
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
  SUMMED_FROM,
} from './index-part.codec.js';
import type { StreamEntry } from './stream-entry.js';
import type { StreamHash } from './stream-hash.js';

/** What the index of a segment is made of: the oldest events in memory. */
export interface PartSource {
  readonly name: SegmentName;
  readonly columns: EventColumns;
  /** How many of the columns' events belong to the segment. */
  readonly events: number;
  /** Where the message of an event stands in the file, if the columns do not say so. */
  readonly offsetOf: (position: number) => number;
  /** Every stream that has one of the events. */
  readonly entries: readonly StreamEntry[];
  /** How many streams and types there are by number. */
  readonly streamNosMax: number;
  readonly typeNames: readonly string[];
  readonly state: Omit<PartState, 'types'>;
}

/** Rows that are laid out before others get their turn. */
const ROWS_AT_A_TIME = 4096;

/** Lays out the index of a segment, in small steps so that appends go on meanwhile. */
export async function layOutPart(source: PartSource): Promise<Buffer> {
  const end = source.columns.first + source.events;
  const runs = source.entries
    .map((entry): Run => {
      const { hash, name } = entry;
      return { entry, hash, ordinals: entry.recentBefore(end), name: Buffer.from(name) };
    })
    .sort((a, b) => a.hash.high - b.hash.high || a.hash.low - b.hash.low);
  await nextTurn();
  const localTypes = new Map<number, number>();
  for (let i = 0; i < source.events; i++) {
    const typeNo = source.columns.typeNo(i);
    if (!localTypes.has(typeNo)) localTypes.set(typeNo, localTypes.size);
  }
  const types = [...localTypes.keys()].map((no) => source.typeNames[no] ?? '');
  const state = Buffer.from(JSON.stringify({ types, ...source.state }), 'utf8');
  const sizes: IndexSizes = {
    events: source.events,
    streams: runs.length,
    postings: runs.reduce((sum, run) => sum + run.ordinals.length, 0),
    bloomBytes: bloomBytesFor(source.events),
    namesBytes: padded(runs.reduce((sum, run) => sum + run.name.length, 0)),
    stateBytes: state.length,
  };
  const layout = layoutOf(sizes);
  const bytes = Buffer.alloc(layout.end);
  const localStreams = new Uint32Array(source.streamNosMax);
  for (const [i, { entry }] of runs.entries()) localStreams[entry.no] = i;
  await writeRows(bytes, source, { localStreams, localTypes });
  await writeIds(bytes, source, { layout, sizes });
  writeRuns(bytes, runs, { layout, first: source.columns.first });
  state.copy(bytes, layout.state);
  await nextTurn();
  writeHeader(bytes, source.name, sizes);
  return bytes;
}

/** Puts the bytes where the index of a segment is looked for. What a crash leaves is made anew. */
export async function writePart(path: string, bytes: Buffer): Promise<void> {
  await writeFile(`${path}.new`, bytes);
  killPoint('index-written');
  await rename(`${path}.new`, path);
  killPoint('index-renamed');
}

function padded(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}

async function writeRows(
  bytes: Buffer,
  { columns, events, offsetOf }: PartSource,
  local: { readonly localStreams: Uint32Array; readonly localTypes: ReadonlyMap<number, number> },
): Promise<void> {
  for (let i = 0; i < events; i++) {
    if (i % ROWS_AT_A_TIME === 0) await nextTurn();
    const at = INDEX_HEADER_BYTES + i * ROW_BYTES;
    const position = columns.position(i);
    bytes.writeDoubleLE(position, at + ROW.position);
    const isRemoved = columns.isRemoved(i);
    const offset = isRemoved ? 0 : (columns.message(i).offset ?? offsetOf(position));
    bytes.writeDoubleLE(offset, at + ROW.offset);
    bytes.writeUInt32LE(isRemoved ? REMOVED_FLAG : 0, at + ROW.flags);
    bytes.writeDoubleLE(columns.createdMs(i), at + ROW.createdMs);
    bytes.writeUInt32LE(isRemoved ? 0 : columns.length(i), at + ROW.length);
    bytes.writeUInt32LE(isRemoved ? 0 : columns.crc(i), at + ROW.crc);
    bytes.writeUInt32LE(local.localStreams[columns.streamNo(i)] ?? 0, at + ROW.stream);
    bytes.writeUInt32LE(local.localTypes.get(columns.typeNo(i)) ?? 0, at + ROW.type);
    bytes.writeUInt32LE(columns.revision(i), at + ROW.revision);
    for (const word of [0, 1, 2, 3] as const) {
      bytes.writeUInt32LE(columns.idWord(i, word), at + ROW.id + word * 4);
    }
  }
}

async function writeIds(
  bytes: Buffer,
  { columns, events }: PartSource,
  { layout, sizes }: { readonly layout: IndexLayout; readonly sizes: IndexSizes },
): Promise<void> {
  // As 64-bit numbers with the hash above the ordinal, which a native sort puts in order.
  const words = new Uint32Array(events * 2);
  const bloom = new Uint8Array(sizes.bloomBytes);
  for (let i = 0; i < events; i++) {
    if (i % ROWS_AT_A_TIME === 0) await nextTurn();
    const hash = columns.idHash(i);
    words[i * 2] = i;
    words[i * 2 + 1] = hash;
    bloomAdd(bloom, hash, secondHashOf(hash, columns.idWord(i, 3)));
  }
  new BigUint64Array(words.buffer).sort();
  bytes.set(new Uint8Array(words.buffer), layout.ids);
  bytes.set(bloom, layout.bloom);
}

interface Run {
  readonly entry: StreamEntry;
  readonly hash: StreamHash;
  readonly ordinals: readonly number[];
  readonly name: Buffer;
}

function writeRuns(
  bytes: Buffer,
  runs: readonly Run[],
  { layout, first }: { readonly layout: IndexLayout; readonly first: number },
): void {
  let posting = 0;
  let nameAt = 0;
  for (const [i, { entry, hash, ordinals, name }] of runs.entries()) {
    const at = layout.directory + i * DIRECTORY_BYTES;
    bytes.writeUInt32LE(hash.high, at + ENTRY.high);
    bytes.writeUInt32LE(hash.low, at + ENTRY.low);
    bytes.writeUInt32LE(entry.sealedCount, at + ENTRY.firstRevision);
    bytes.writeUInt32LE(posting, at + ENTRY.start);
    bytes.writeUInt32LE(nameAt, at + ENTRY.nameAt);
    bytes.writeUInt32LE(name.length, at + ENTRY.nameBytes);
    name.copy(bytes, layout.names + nameAt);
    nameAt += name.length;
    for (const ordinal of ordinals) {
      bytes.writeUInt32LE(ordinal - first, layout.postings + posting * 4);
      posting++;
    }
  }
}

function writeHeader(bytes: Buffer, name: SegmentName, sizes: IndexSizes): void {
  INDEX_MARK.copy(bytes);
  bytes.writeUInt32LE(INDEX_VERSION, HEADER.version);
  bytes.writeDoubleLE(name.base, HEADER.base);
  bytes.writeUInt32LE(name.generation, HEADER.generation);
  for (const [field, value] of Object.entries(sizes) as [keyof IndexSizes, number][]) {
    bytes.writeUInt32LE(value, HEADER[field]);
  }
  bytes.writeUInt32LE(crc32(bytes, SUMMED_FROM, bytes.length), HEADER.crc);
}
