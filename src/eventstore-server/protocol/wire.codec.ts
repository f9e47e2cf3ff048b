/** Bytes that are no message of the protocol. The peer is told so; nothing else is affected. */
export class WireError extends Error {
  override readonly name = 'WireError';
}

const NO_BYTES = Buffer.alloc(0);
const VARINT_BYTES_MAX = 10;
const WIRE_VARINT = 0;
const WIRE_FIXED64 = 1;
const WIRE_LENGTH = 2;
const WIRE_FIXED32 = 5;

/**
 * Reads the fields of one protobuf message in the order of the bytes.
 *
 * Loop on `next()` until it returns 0 and call exactly one of the value methods (or `skip`) per field.
 * Every byte sequence either yields fields or throws a WireError: lengths are checked before use.
 */
export class WireReader {
  private at: number;
  private wireType = 0;

  constructor(
    private readonly source: Buffer,
    start = 0,
    private end = source.length,
  ) {
    this.at = start;
  }

  next(): number {
    if (this.at >= this.end) return 0;
    const tag = this.varint();
    const field = Math.floor(tag / 8);
    this.wireType = tag % 8;
    if (field < 1 || field > 0x1fffffff)
      throw new WireError(`field number ${field} is out of range`);
    return field;
  }

  /** Above 2^53 the result is the nearest double: fine for "beyond the end", wrong for an echo. */
  uint64(): number {
    this.expect(WIRE_VARINT);
    return this.varint();
  }

  uint64Exact(): bigint {
    this.expect(WIRE_VARINT);
    let value = 0n;
    for (let i = 0; i < VARINT_BYTES_MAX; i++) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << BigInt(7 * i);
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new WireError('varint is longer than 10 bytes');
  }

  int64Exact(): bigint {
    return BigInt.asIntN(64, this.uint64Exact());
  }

  int32(): number {
    return Number(BigInt.asIntN(32, this.uint64Exact()));
  }

  uint32(): number {
    return this.uint64() >>> 0;
  }

  bool(): boolean {
    return this.uint64() !== 0;
  }

  /** A view, not a copy: it stays valid as long as the source does. */
  bytes(): Buffer {
    const start = this.span();
    return start === this.at ? NO_BYTES : this.source.subarray(start, this.at);
  }

  /** Reads to the end of the message; the text of one of its fields, empty if it is not there. */
  textOf(wanted: number): string {
    let text = '';
    for (let field = this.next(); field !== 0; field = this.next()) {
      if (field === wanted) text = this.string();
      else this.skip();
    }
    return text;
  }

  string(): string {
    const start = this.span();
    return this.source.toString('utf8', start, this.at);
  }

  /** The bytes as something else, without a view of them between. */
  take<T>(parse: (source: Buffer, start: number, end: number) => T): T {
    const start = this.span();
    return parse(this.source, start, this.at);
  }

  message(): WireReader {
    const start = this.span();
    return new WireReader(this.source, start, this.at);
  }

  /** Goes on with the fields of the message inside; what it returns takes `leave` behind that message. */
  enter(): number {
    const start = this.span();
    const outerEnd = this.end;
    this.end = this.at;
    this.at = start;
    return outerEnd;
  }

  leave(outerEnd: number): void {
    this.at = this.end;
    this.end = outerEnd;
  }

  /** How many bytes of the message are left. */
  get left(): number {
    return this.end - this.at;
  }

  skip(): void {
    if (this.wireType === WIRE_VARINT) this.varint();
    else if (this.wireType === WIRE_LENGTH) this.span();
    else if (this.wireType === WIRE_FIXED64) this.advance(8);
    else if (this.wireType === WIRE_FIXED32) this.advance(4);
    else throw new WireError(`wire type ${this.wireType} is not supported`);
  }

  /** Steps over a length and what it covers; returns where that began. */
  private span(): number {
    this.expect(WIRE_LENGTH);
    const length = this.varint();
    const start = this.at;
    this.advance(length);
    return start;
  }

  private advance(count: number): void {
    if (count > this.end - this.at) throw new WireError('message ends inside a field');
    this.at += count;
  }

  private byte(): number {
    if (this.at >= this.end) throw new WireError('message ends inside a number');
    return this.source[this.at++] ?? 0;
  }

  private varint(): number {
    const first = this.source[this.at] ?? 0;
    if (first < 0x80 && this.at < this.end) {
      this.at++;
      return first;
    }
    let value = 0;
    let scale = 1;
    for (let i = 0; i < VARINT_BYTES_MAX; i++) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    throw new WireError('varint is longer than 10 bytes');
  }

  private expect(wireType: number): void {
    if (this.wireType !== wireType) {
      throw new WireError(`wire type ${this.wireType} where ${wireType} is due`);
    }
  }
}

/** Writes protobuf messages (and raw integers around them) into one growing buffer. */
export class WireWriter {
  private target: Buffer;
  length = 0;

  constructor(sizeHint = 128) {
    this.target = Buffer.allocUnsafe(sizeHint);
  }

  /** The written bytes. The writer must not be used afterwards. */
  finish(): Buffer {
    return this.target.subarray(0, this.length);
  }

  /** Proto3 leaves default values out; `uintAlways` is for members of a oneof, where zero counts. */
  uint(field: number, value: number | bigint): this {
    return value === 0 || value === 0n ? this : this.uintAlways(field, value);
  }

  uintAlways(field: number, value: number | bigint): this {
    this.varint(field * 8 + WIRE_VARINT);
    if (typeof value === 'number' && value >= 0) this.varint(value);
    else this.varintBig(BigInt.asUintN(64, BigInt(value)));
    return this;
  }

  bool(field: number, value: boolean): this {
    return value ? this.uintAlways(field, 1) : this;
  }

  bytes(field: number, value: Buffer): this {
    this.varint(field * 8 + WIRE_LENGTH);
    this.varint(value.length);
    this.raw(value);
    return this;
  }

  string(field: number, value: string): this {
    const size = Buffer.byteLength(value);
    this.varint(field * 8 + WIRE_LENGTH);
    this.varint(size);
    this.reserve(size);
    this.target.write(value, this.length, size, 'utf8');
    this.length += size;
    return this;
  }

  empty(field: number): this {
    this.varint(field * 8 + WIRE_LENGTH);
    this.varint(0);
    return this;
  }

  message(field: number, build: (writer: WireWriter) => void): this {
    this.varint(field * 8 + WIRE_LENGTH);
    this.reserve(1);
    const lengthAt = this.length++;
    const start = this.length;
    build(this);
    const size = this.length - start;
    if (size < 128) {
      this.target[lengthAt] = size;
      return this;
    }
    // The one byte kept free is too small for the length: make room by moving the content up.
    const extra = varintSize(size) - 1;
    this.reserve(extra);
    this.target.copyWithin(start + extra, start, start + size);
    this.length = lengthAt;
    this.varint(size);
    this.length = start + extra + size;
    return this;
  }

  raw(value: Uint8Array): this {
    this.reserve(value.length);
    this.target.set(value, this.length);
    this.length += value.length;
    return this;
  }

  /** Lets `write` fill so many bytes with a value. */
  put<T>(count: number, value: T, write: (target: Buffer, at: number, value: T) => void): this {
    const at = this.gap(count);
    write(this.target, at, value);
    return this;
  }

  /** What was written from `start` on; valid until the next write. */
  view(start: number): Buffer {
    return this.target.subarray(start, this.length);
  }

  /** Leaves `count` bytes for `patch` to fill. */
  gap(count: number): number {
    this.reserve(count);
    const at = this.length;
    this.length += count;
    return at;
  }

  patchUint32(at: number, value: number): void {
    this.target.writeUInt32LE(value, at);
  }

  private reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.target.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.target.length * 2));
    this.target.copy(grown, 0, 0, this.length);
    this.target = grown;
  }

  private varint(value: number): void {
    this.reserve(VARINT_BYTES_MAX);
    this.length = putVarint(this.target, this.length, value);
  }

  private varintBig(value: bigint): void {
    this.reserve(VARINT_BYTES_MAX);
    let rest = value;
    while (rest > 0x7fn) {
      this.target[this.length++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.target[this.length++] = Number(rest);
  }
}

/** Writes a safe, non-negative integer and returns the offset behind it. */
export function putVarint(target: Buffer, offset: number, value: number): number {
  let at = offset;
  let rest = value;
  while (rest > 0x7fffffff) {
    target[at++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  while (rest > 0x7f) {
    target[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  target[at++] = rest;
  return at;
}

/** Bytes that `putVarint` takes. */
export function varintSize(value: number): number {
  let size = 1;
  let rest = value;
  while (rest > 0x7f) {
    rest = Math.floor(rest / 128);
    size++;
  }
  return size;
}
