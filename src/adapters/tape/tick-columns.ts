import { readFileSync } from 'node:fs';
import type { GateVerdict, Tick } from '../../engine/tick.js';
import { TEXT_FOLLOWS } from './digits.codec.js';
import { FLAG, KIND, KIND_MASK, SIDE, VERDICTS } from './tape-block.codec.js';
import { decodePayload } from './tape-record.codec.js';
import {
  BLOCK_HEADER_BYTES,
  TapeCorrupt,
  firstOffset,
  isOfText,
  listSegments,
  nextOffset,
} from './tape-segment.js';
import type { SegmentName } from './tape-segment.js';
import { readText, readVarint, unzigzag } from './varint.codec.js';

/** A kind of price of one instrument from one feed. */
export interface TickLine {
  readonly kind: Tick['kind'];
  readonly instrumentId: string;
  readonly feed: string;
}

/** So many ticks are shown at once. */
export const COLUMN_TICKS = 16_384;
const RADIX = 16;

/**
 * Ticks as columns: one place in every column is one tick. It is filled anew for the next ticks, so that reading makes no
 * object for any of them; whoever wants to keep a column copies it.
 */
export class TickColumns {
  count = 0;
  /** Which line a tick belongs to: place in `lines`. */
  readonly line = new Uint32Array(COLUMN_TICKS);
  /** Place in `VERDICTS`. */
  readonly verdict = new Uint8Array(COLUMN_TICKS);
  readonly seq = new Float64Array(COLUMN_TICKS);
  readonly atMs = new Float64Array(COLUMN_TICKS);
  readonly venueTimeMs = new Float64Array(COLUMN_TICKS);
  readonly receivedAtMs = new Float64Array(COLUMN_TICKS);
  /** Price of a trade, bid of a quote. */
  readonly priceUnits = new Float64Array(COLUMN_TICKS);
  /** Ask of a quote; the price of a trade. */
  readonly askUnits = new Float64Array(COLUMN_TICKS);
  /** Of all segments read so far. */
  readonly lines: TickLine[] = [];
  private readonly places = new Map<string, number>();

  placeOf(line: TickLine): number {
    const key = `${line.kind} ${line.feed} ${line.instrumentId}`;
    let place = this.places.get(key);
    if (place === undefined) {
      place = this.lines.push(line) - 1;
      this.places.set(key, place);
    }
    return place;
  }
}

export const VERDICT_NAMES: readonly GateVerdict[] = VERDICTS;

/**
 * All ticks of a tape in their order, some thousand at once, without their sizes and ids. Inputs of other kinds are only
 * counted: `onOther` is told each.
 *
 * Throws TapeCorrupt as `readTape` does. Cost: no allocation for a tick.
 */
export function* readTickColumns(
  dir: string,
  onOther: (kind: string) => void = () => undefined,
): Generator<TickColumns> {
  const columns = new TickColumns();
  const segments = listSegments(dir);
  for (const [index, segment] of segments.entries()) {
    yield* segmentColumns(segment, index === segments.length - 1, { columns, onOther });
  }
  if (columns.count > 0) yield columns;
}

interface Sink {
  readonly columns: TickColumns;
  readonly onOther: (kind: string) => void;
}

function* segmentColumns(
  segment: SegmentName,
  isNewest: boolean,
  sink: Sink,
): Generator<TickColumns> {
  const { columns } = sink;
  const bytes = readFileSync(segment.path);
  let offset = firstOffset(bytes, segment);
  let whole = offset ?? 0;
  const reader = isOfText(bytes, segment.epoch)
    ? new TextColumns(bytes, segment.epoch, sink)
    : new BlockColumns(bytes, segment.epoch, sink);
  while (offset !== undefined) {
    const end = nextOffset(bytes, offset, segment.path);
    if (end !== undefined) {
      whole = end;
      yield* blockColumns(reader, columns, { offset, end, path: segment.path });
    }
    offset = end;
  }
  if (whole < bytes.length && !isNewest) {
    throw new TapeCorrupt(segment.path, whole, 'the segment breaks off, but another follows');
  }
}

interface BlockPlace {
  readonly offset: number;
  readonly end: number;
  readonly path: string;
}

function* blockColumns(
  reader: BlockColumns | TextColumns,
  columns: TickColumns,
  place: BlockPlace,
): Generator<TickColumns> {
  let at = place.offset + BLOCK_HEADER_BYTES;
  while (at < place.end) {
    at = readOn(reader, at, place);
    if (columns.count < COLUMN_TICKS) continue;
    yield columns;
    columns.count = 0;
  }
}

/** Reads on until the block ends or the columns are full. Returns where. */
function readOn(reader: BlockColumns | TextColumns, start: number, place: BlockPlace): number {
  let at: number;
  try {
    at = reader.read(start, place.end);
  } catch (error) {
    throw new TapeCorrupt(place.path, place.offset, String(error));
  }
  if (at > place.end) throw new TapeCorrupt(place.path, place.offset, 'a record is too long');
  return at;
}

/** Segments of an older program: a block is one record as text. */
class TextColumns {
  constructor(
    private readonly bytes: Buffer,
    private readonly epoch: number,
    private readonly sink: Sink,
  ) {}

  read(start: number, end: number): number {
    const { seq, at, input } = decodePayload(this.bytes.toString('utf8', start, end), this.epoch);
    if (input.kind !== 'tick') {
      this.sink.onOther(input.kind);
      return end;
    }
    const { tick } = input;
    const { columns } = this.sink;
    const place = columns.count;
    columns.line[place] = columns.placeOf(tick);
    columns.verdict[place] = VERDICTS.indexOf(tick.verdict);
    columns.seq[place] = seq;
    columns.atMs[place] = at;
    columns.venueTimeMs[place] = tick.venueTimeMs;
    columns.receivedAtMs[place] = tick.receivedAtMs;
    columns.priceUnits[place] = tick.kind === 'trade' ? tick.priceUnits : tick.bidUnits;
    columns.askUnits[place] = tick.kind === 'trade' ? tick.priceUnits : tick.askUnits;
    columns.count = place + 1;
    return end;
  }
}

interface LineState {
  readonly place: number;
  readonly isTrade: boolean;
  venueTimeMs: number;
  units: number;
  askUnits: number;
}

/** The blocks of one segment, as `BlockDecoder` reads them, into columns. */
class BlockColumns {
  private seq = -1;
  private atMs = 0;
  private line: LineState | undefined;
  private readonly lines: LineState[] = [];
  private readonly cursor: { readonly bytes: Buffer; at: number };

  constructor(
    bytes: Buffer,
    private readonly epoch: number,
    private readonly sink: Sink,
  ) {
    this.cursor = { bytes, at: 0 };
  }

  read(start: number, end: number): number {
    const { cursor } = this;
    const { columns } = this.sink;
    cursor.at = start;
    while (cursor.at < end && columns.count < COLUMN_TICKS) {
      const flags = cursor.bytes[cursor.at] ?? KIND.text;
      cursor.at += 1;
      if ((flags & KIND_MASK) < KIND.text) this.readTick(columns, flags);
      else this.readOther(flags);
    }
    return cursor.at;
  }

  private readOther(flags: number): void {
    if ((flags & KIND_MASK) > KIND.text) throw new Error(`record of unknown kind ${flags}`);
    const { seq, at, input } = decodePayload(readText(this.cursor), this.epoch);
    this.seq = seq;
    this.atMs = at;
    if (input.kind === 'tick') this.readTickAsText(input.tick);
    else this.sink.onOther(input.kind);
  }

  /** A tick with a number or a name that does not fit the form; it leaves the line as it was. */
  private readTickAsText(tick: Tick): void {
    const { columns } = this.sink;
    const place = columns.count;
    columns.line[place] = columns.placeOf(tick);
    columns.verdict[place] = VERDICTS.indexOf(tick.verdict);
    this.put(columns, place, tick.venueTimeMs, tick.receivedAtMs);
    columns.priceUnits[place] = tick.kind === 'trade' ? tick.priceUnits : tick.bidUnits;
    columns.askUnits[place] = tick.kind === 'trade' ? tick.priceUnits : tick.askUnits;
  }

  private readTick(columns: TickColumns, flags: number): void {
    const { cursor } = this;
    this.seq = (flags & FLAG.nextNumber) !== 0 ? this.seq + 1 : readVarint(cursor);
    this.atMs += this.delta();
    const line = (flags & FLAG.sameLine) !== 0 ? this.line : this.readLine(flags);
    if (!line) throw new Error('record of a line that was not named');
    this.line = line;
    const place = columns.count;
    columns.line[place] = line.place;
    columns.verdict[place] = (flags & FLAG.good) !== 0 ? 0 : readVarint(cursor);
    if ((flags & FLAG.sameVenueTime) === 0) line.venueTimeMs += this.delta();
    const isAtTime = (flags & FLAG.receivedAtTime) !== 0;
    this.put(
      columns,
      place,
      line.venueTimeMs,
      isAtTime ? this.atMs : line.venueTimeMs + this.delta(),
    );
    if ((flags & FLAG.nextId) === 0 && readVarint(cursor) % 2 === 1) skipText(cursor);
    if (line.isTrade) {
      line.units += this.delta();
      line.askUnits = line.units;
      this.skipSize();
    } else {
      this.readSides(line);
    }
    columns.priceUnits[place] = line.units;
    columns.askUnits[place] = line.askUnits;
  }

  private put(
    columns: TickColumns,
    place: number,
    venueTimeMs: number,
    receivedAtMs: number,
  ): void {
    columns.seq[place] = this.seq;
    columns.atMs[place] = this.atMs;
    columns.venueTimeMs[place] = venueTimeMs;
    columns.receivedAtMs[place] = receivedAtMs;
    columns.count = place + 1;
  }

  private readSides(line: LineState): void {
    const { cursor } = this;
    const sides = cursor.bytes[cursor.at] ?? 0;
    cursor.at += 1;
    if ((sides & SIDE.sameBid) === 0) line.units += this.delta();
    if ((sides & SIDE.sameAsk) === 0) line.askUnits += this.delta();
    if ((sides & SIDE.sameBidSize) === 0) this.skipSize();
    if ((sides & SIDE.sameAskSize) === 0) this.skipSize();
  }

  /** Mostly one byte, which needs no loop. */
  private delta(): number {
    const { cursor } = this;
    const byte = cursor.bytes[cursor.at] ?? 128;
    if (byte >= 128) return unzigzag(readVarint(cursor));
    cursor.at += 1;
    return (byte >>> 1) ^ -(byte & 1);
  }

  private skipSize(): void {
    const { cursor } = this;
    // The scale is in the lowest bits of the first byte, and it tells whether a text follows.
    const isText = (cursor.bytes[cursor.at] ?? 0) % RADIX === TEXT_FOLLOWS;
    skipVarint(cursor);
    if (isText) skipText(cursor);
  }

  private readLine(flags: number): LineState | undefined {
    const { cursor, lines } = this;
    const number = readVarint(cursor);
    if (number < lines.length) return lines[number];
    const isTrade = (flags & KIND_MASK) === KIND.trade;
    const instrumentId = readText(cursor);
    const feed = readText(cursor);
    const kind = isTrade ? 'trade' : 'quote';
    const place = this.sink.columns.placeOf({ kind, instrumentId, feed });
    const line = { place, isTrade, venueTimeMs: this.atMs, units: 0, askUnits: 0 };
    lines.push(line);
    return line;
  }
}

function skipVarint(cursor: { readonly bytes: Buffer; at: number }): void {
  while ((cursor.bytes[cursor.at] ?? 0) >= 128) cursor.at += 1;
  cursor.at += 1;
}

function skipText(cursor: { readonly bytes: Buffer; at: number }): void {
  const length = readVarint(cursor);
  cursor.at += length;
}
