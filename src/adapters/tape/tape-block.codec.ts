import type { TapeRecord } from '../../application/ports/tape.port.js';
import type { GateVerdict, QuoteTick, Tick, TradeTick } from '../../engine/tick.js';
import { TEXT_FOLLOWS, packDecimal, plainId, unpackDecimal } from './digits.codec.js';
import { decodePayload, encodePayload } from './tape-record.codec.js';
import {
  VARINT_BYTES_MAX,
  readText,
  readVarint,
  unzigzag,
  writeText,
  writeVarint,
  zigzag,
} from './varint.codec.js';
import type { ByteCursor } from './varint.codec.js';

/**
 * Records one after the other, each as what differs from the ones before it in the same segment:
 *
 *     flags · [number] · time · (trade | quote | text)
 *     trade = [line] · [verdict] · [venue time] · [receive time] · [id] · price · size
 *     quote = [line] · [verdict] · [venue time] · [receive time] · [sequence] · sides · [bid] · [ask] · [sizes]
 *
 * What stands in brackets is left out where a flag says that it is as expected. A line is a kind of price of one
 * instrument from one feed. Anything that does not fit this form is the text that older tapes are made of.
 */

export const KIND = { trade: 0, quote: 1, text: 2 } as const;
export const KIND_MASK = 3;
export const FLAG = {
  nextNumber: 4,
  sameLine: 8,
  good: 16,
  sameVenueTime: 32,
  receivedAtTime: 64,
  nextId: 128,
} as const;
export const SIDE = { sameBid: 1, sameAsk: 2, sameBidSize: 4, sameAskSize: 8 } as const;

// Places in this list are on tapes: it is only ever added to.
export const VERDICTS: readonly GateVerdict[] = [
  ...(['good', 'gap', 'confirmed', 'duplicate', 'out-of-order', 'not-a-trade'] as const),
  ...(['crossed-book', 'locked-book', 'zero-size', 'outlier', 'unconfirmed', 'standby'] as const),
];

interface Line {
  readonly kind: Tick['kind'];
  readonly instrumentId: string;
  readonly feed: string;
  readonly place: number;
  venueTimeMs: number;
  /** Trade id or sequence, as a number. */
  id: number;
  units: number;
  askUnits: number;
  bidSize: string;
  askSize: string;
}

/** What both sides remember of a segment. A new segment begins with a new one. */
class BlockState {
  seq = -1;
  at = 0;
  line: Line | undefined;
  readonly lines: Line[] = [];
  readonly byKey = new Map<string, Line>();

  /** That of the tick before, mostly. */
  lineOf({ kind, instrumentId, feed }: Tick): Line | undefined {
    const { line } = this;
    if (line?.kind === kind && line.instrumentId === instrumentId && line.feed === feed)
      return line;
    return this.byKey.get(keyOf(kind, instrumentId, feed));
  }

  add(kind: Tick['kind'], instrumentId: string, feed: string): Line {
    const line: Line = {
      kind,
      instrumentId,
      feed,
      place: this.lines.length,
      venueTimeMs: this.at,
      id: -1,
      units: 0,
      askUnits: 0,
      bidSize: '',
      askSize: '',
    };
    this.lines.push(line);
    this.byKey.set(keyOf(kind, instrumentId, feed), line);
    return line;
  }
}

function keyOf(kind: Tick['kind'], instrumentId: string, feed: string): string {
  return `${kind} ${feed} ${instrumentId}`;
}

// Numbers of a tick with its flags, beside the texts in it.
const NUMBERS_BYTES_MAX = 16 * VARINT_BYTES_MAX;
const TICK_BYTES_MAX = 512;

/** No record takes more bytes than this. */
export function recordBytesMax(record: TapeRecord): number {
  if (record.input.kind !== 'tick') return NUMBERS_BYTES_MAX + encodePayload(record).length * 3;
  const { tick } = record.input;
  const texts = tick.kind === 'trade' ? [tick.size, tick.tradeId] : quoteTexts(tick);
  const chars = texts.reduce((sum, text) => sum + text.length, 0);
  // A tick that does not fit the form is written as text, with its names and numbers in it.
  return TICK_BYTES_MAX + (tick.instrumentId.length + tick.feed.length + chars) * 6;
}

/** Writes the records of one segment. */
export class BlockEncoder {
  private readonly state = new BlockState();

  /** Returns where the record ends. */
  write(bytes: Buffer, start: number, record: TapeRecord): number {
    const { state } = this;
    const { input, at } = record;
    const atDelta = zigzag(at - state.at);
    if (input.kind !== 'tick' || atDelta === undefined || !isTickPlain(input.tick)) {
      return this.writeAsText(bytes, start, record);
    }
    const { tick } = input;
    const known = state.lineOf(tick);
    const deltas = deltasOf(tick, known ?? { venueTimeMs: at, id: -1 });
    if (!deltas) return this.writeAsText(bytes, start, record);
    const end = this.writeHead(bytes, start, { record, tick, known, deltas, atDelta });
    const line = state.line;
    if (!line) throw new Error('Invariant: the head of a tick names its line');
    line.id = deltas.id ?? line.id;
    line.venueTimeMs = tick.venueTimeMs;
    return tick.kind === 'trade'
      ? writeTrade(bytes, end, { tick, line })
      : writeQuote(bytes, end, { tick, line });
  }

  /** All that trades and quotes have in common. */
  private writeHead(bytes: Buffer, start: number, head: TickHead): number {
    const { state } = this;
    const { record, tick, known, deltas, atDelta } = head;
    const { seq, at } = record;
    bytes[start] = flagsOf(head, state);
    let end = start + 1;
    if (seq !== state.seq + 1) end = writeVarint(bytes, end, seq);
    end = writeVarint(bytes, end, atDelta);
    state.seq = seq;
    state.at = at;
    const line = known ?? state.add(tick.kind, tick.instrumentId, tick.feed);
    if (line !== state.line) end = writeLine(bytes, end, { line, isNew: !known });
    state.line = line;
    if (tick.verdict !== 'good') end = writeVarint(bytes, end, VERDICTS.indexOf(tick.verdict));
    if (deltas.venueTime !== 0) end = writeVarint(bytes, end, deltas.venueTime);
    if (tick.receivedAtMs !== at) end = writeVarint(bytes, end, deltas.received);
    if (deltas.isNextId) return end;
    return writeId(bytes, end, { id: idOf(tick), last: line.id });
  }

  private writeAsText(bytes: Buffer, start: number, record: TapeRecord): number {
    bytes[start] = KIND.text;
    const end = writeText(bytes, start + 1, encodePayload(record));
    this.state.seq = record.seq;
    this.state.at = record.at;
    return end;
  }
}

interface TickHead {
  readonly record: TapeRecord;
  readonly tick: Tick;
  readonly known: Line | undefined;
  readonly deltas: Deltas;
  readonly atDelta: number;
}

function flagsOf({ record, tick, known, deltas }: TickHead, state: BlockState): number {
  let flags: number = KIND[tick.kind];
  if (record.seq === state.seq + 1) flags |= FLAG.nextNumber;
  if (known !== undefined && known === state.line) flags |= FLAG.sameLine;
  if (tick.verdict === 'good') flags |= FLAG.good;
  if (deltas.venueTime === 0) flags |= FLAG.sameVenueTime;
  if (tick.receivedAtMs === record.at) flags |= FLAG.receivedAtTime;
  if (deltas.isNextId) flags |= FLAG.nextId;
  return flags;
}

function idOf(tick: Tick): string {
  return tick.kind === 'trade' ? tick.tradeId : tick.sequence;
}

interface Deltas {
  readonly venueTime: number;
  readonly id: number | undefined;
  readonly isNextId: boolean;
  readonly received: number;
}

function deltasOf(tick: Tick, before: Pick<Line, 'venueTimeMs' | 'id'>): Deltas | undefined {
  const venueTime = zigzag(tick.venueTimeMs - before.venueTimeMs);
  const received = zigzag(tick.receivedAtMs - tick.venueTimeMs);
  if (venueTime === undefined || received === undefined) return undefined;
  const id = plainId(idOf(tick));
  return {
    venueTime,
    id,
    isNextId: id !== undefined && id === before.id + 1,
    received,
  };
}

/** Whether all its numbers are of the usual size: the sum of two of them must be exact. */
function isTickPlain(tick: Tick): boolean {
  if (!VERDICTS.includes(tick.verdict)) return false;
  if (!isPlain(tick.venueTimeMs) || !isPlain(tick.receivedAtMs)) return false;
  return tick.kind === 'trade'
    ? isPlain(tick.priceUnits)
    : isPlain(tick.bidUnits) && isPlain(tick.askUnits);
}

const PLAIN_MAX = 2 ** 51;

function isPlain(value: number): boolean {
  return Number.isSafeInteger(value) && value > -PLAIN_MAX && value < PLAIN_MAX;
}

function writeLine(
  bytes: Buffer,
  start: number,
  { line, isNew }: { readonly line: Line; readonly isNew: boolean },
): number {
  const end = writeVarint(bytes, start, line.place);
  if (!isNew) return end;
  return writeText(bytes, writeText(bytes, end, line.instrumentId), line.feed);
}

function writeId(
  bytes: Buffer,
  start: number,
  { id, last }: { readonly id: string; readonly last: number },
): number {
  const plain = plainId(id);
  // An odd number: a text follows. An even one: the distance from the last id.
  if (plain === undefined) return writeText(bytes, writeVarint(bytes, start, 1), id);
  const folded = zigzag(plain - last) ?? 0;
  return writeVarint(bytes, start, folded * 2);
}

function readId(cursor: ByteCursor, last: number): string {
  const folded = readVarint(cursor);
  return folded % 2 === 1 ? readText(cursor) : String(last + unzigzag(folded / 2));
}

function writeSize(bytes: Buffer, start: number, size: string): number {
  const packed = packDecimal(size);
  if (packed !== undefined) return writeVarint(bytes, start, packed);
  return writeText(bytes, writeVarint(bytes, start, TEXT_FOLLOWS), size);
}

function readSize(cursor: ByteCursor): string {
  return unpackDecimal(readVarint(cursor)) ?? readText(cursor);
}

function writeTrade(
  bytes: Buffer,
  start: number,
  { tick, line }: { readonly tick: TradeTick; readonly line: Line },
): number {
  const end = writeVarint(bytes, start, zigzag(tick.priceUnits - line.units) ?? 0);
  line.units = tick.priceUnits;
  return writeSize(bytes, end, tick.size);
}

function quoteTexts({ bidSize, askSize, sequence }: QuoteTick): readonly string[] {
  return [bidSize, askSize, sequence];
}

function writeQuote(
  bytes: Buffer,
  start: number,
  { tick, line }: { readonly tick: QuoteTick; readonly line: Line },
): number {
  const { bidUnits, askUnits, bidSize, askSize } = tick;
  let sides = 0;
  if (bidUnits === line.units) sides |= SIDE.sameBid;
  if (askUnits === line.askUnits) sides |= SIDE.sameAsk;
  if (bidSize === line.bidSize) sides |= SIDE.sameBidSize;
  if (askSize === line.askSize) sides |= SIDE.sameAskSize;
  bytes[start] = sides;
  let end = start + 1;
  if (bidUnits !== line.units) end = writeVarint(bytes, end, zigzag(bidUnits - line.units) ?? 0);
  if (askUnits !== line.askUnits) {
    end = writeVarint(bytes, end, zigzag(askUnits - line.askUnits) ?? 0);
  }
  if (bidSize !== line.bidSize) end = writeSize(bytes, end, bidSize);
  if (askSize !== line.askSize) end = writeSize(bytes, end, askSize);
  line.units = bidUnits;
  line.askUnits = askUnits;
  line.bidSize = bidSize;
  line.askSize = askSize;
  return end;
}

/** Reads the records of one segment, block after block. Throws for what this program cannot have written. */
export class BlockDecoder {
  private readonly state = new BlockState();

  constructor(private readonly epoch: number) {}

  read(cursor: ByteCursor): TapeRecord {
    const flags = cursor.bytes[cursor.at] ?? KIND.text;
    cursor.at += 1;
    const { state } = this;
    if ((flags & KIND_MASK) === KIND.text) {
      const record = decodePayload(readText(cursor), this.epoch);
      state.seq = record.seq;
      state.at = record.at;
      return record;
    }
    if ((flags & KIND_MASK) > KIND.text) throw new Error(`record of unknown kind ${flags}`);
    state.seq = (flags & FLAG.nextNumber) !== 0 ? state.seq + 1 : readVarint(cursor);
    state.at += unzigzag(readVarint(cursor));
    const { epoch } = this;
    const { seq, at } = state;
    return { epoch, seq, at, input: { kind: 'tick', tick: this.readTick(cursor, flags) } };
  }

  private readTick(cursor: ByteCursor, flags: number): Tick {
    const { at } = this.state;
    const line = (flags & FLAG.sameLine) !== 0 ? this.state.line : this.readLine(cursor, flags);
    if (!line) throw new Error('record of a line that was not named');
    this.state.line = line;
    const verdict = (flags & FLAG.good) !== 0 ? 'good' : VERDICTS[readVarint(cursor)];
    if (!verdict) throw new Error('record of an unknown verdict');
    if ((flags & FLAG.sameVenueTime) === 0) line.venueTimeMs += unzigzag(readVarint(cursor));
    const { instrumentId, feed, venueTimeMs } = line;
    const isAtTime = (flags & FLAG.receivedAtTime) !== 0;
    const receivedAtMs = isAtTime ? at : venueTimeMs + unzigzag(readVarint(cursor));
    const id = (flags & FLAG.nextId) !== 0 ? String(line.id + 1) : readId(cursor, line.id);
    line.id = plainId(id) ?? line.id;
    if (line.kind === 'trade') {
      line.units += unzigzag(readVarint(cursor));
      const [priceUnits, size, tradeId] = [line.units, readSize(cursor), id];
      const kind = 'trade';
      return {
        kind,
        instrumentId,
        feed,
        priceUnits,
        size,
        tradeId,
        venueTimeMs,
        receivedAtMs,
        verdict,
      };
    }
    readSides(cursor, line);
    return {
      kind: 'quote',
      instrumentId,
      feed,
      bidUnits: line.units,
      askUnits: line.askUnits,
      bidSize: line.bidSize,
      askSize: line.askSize,
      sequence: id,
      venueTimeMs,
      receivedAtMs,
      verdict,
    };
  }

  private readLine(cursor: ByteCursor, flags: number): Line | undefined {
    const place = readVarint(cursor);
    const { lines } = this.state;
    if (place < lines.length) return lines[place];
    const kind = (flags & KIND_MASK) === KIND.trade ? 'trade' : 'quote';
    return this.state.add(kind, readText(cursor), readText(cursor));
  }
}

function readSides(cursor: ByteCursor, line: Line): void {
  const sides = cursor.bytes[cursor.at] ?? 0;
  cursor.at += 1;
  if ((sides & SIDE.sameBid) === 0) line.units += unzigzag(readVarint(cursor));
  if ((sides & SIDE.sameAsk) === 0) line.askUnits += unzigzag(readVarint(cursor));
  if ((sides & SIDE.sameBidSize) === 0) line.bidSize = readSize(cursor);
  if ((sides & SIDE.sameAskSize) === 0) line.askSize = readSize(cursor);
}
