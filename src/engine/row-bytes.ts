import type { DecimalText } from '../domain/kernel/units.js';

const CHUNK_BITS = 10;
const ROWS_A_CHUNK = 1 << CHUNK_BITS;
/** In place of a scale: there is no value. */
const NOTHING = 255;
// Beyond 15 digits not every number is an integer of its own.
const PLAIN = /^-?(?:0|[1-9]\d*)(?:\.\d*[1-9])?$/;
const DIGITS_MAX = 15;

/**
 * Rows of a fixed width, one behind the other: an object of twenty fields costs ten times its bytes, and a million of
 * them cost every garbage collection. Rows come in chunks, so that growing copies nothing.
 */
export class RowBytes {
  private readonly chunks: DataView[] = [];

  constructor(private readonly width: number) {}

  i32(row: number, at: number): number {
    return this.chunkOf(row).getInt32(this.offset(row) + at, true);
  }

  setI32(row: number, at: number, value: number): void {
    this.chunkOf(row).setInt32(this.offset(row) + at, value, true);
  }

  f64(row: number, at: number): number {
    return this.chunkOf(row).getFloat64(this.offset(row) + at, true);
  }

  setF64(row: number, at: number, value: number): void {
    this.chunkOf(row).setFloat64(this.offset(row) + at, value, true);
  }

  u16(row: number, at: number): number {
    return this.chunkOf(row).getUint16(this.offset(row) + at, true);
  }

  setU16(row: number, at: number, value: number): void {
    this.chunkOf(row).setUint16(this.offset(row) + at, value, true);
  }

  u8(row: number, at: number): number {
    return this.chunkOf(row).getUint8(this.offset(row) + at);
  }

  setU8(row: number, at: number, value: number): void {
    this.chunkOf(row).setUint8(this.offset(row) + at, value);
  }

  /** Units at `at` and their scale at `scaleAt`. False for text that would not come back as it was. */
  setDecimal(row: number, at: number, scaleAt: number, text: string | null): boolean {
    if (text === null) {
      this.setU8(row, scaleAt, NOTHING);
      return true;
    }
    const point = text.indexOf('.');
    const scale = point < 0 ? 0 : text.length - point - 1;
    if (text.length > DIGITS_MAX || !PLAIN.test(text) || text === '-0') return false;
    const units = point < 0 ? text : text.slice(0, point) + text.slice(point + 1);
    this.setF64(row, at, Number(units));
    this.setU8(row, scaleAt, scale);
    return true;
  }

  /** Whether a decimal is so many units of 10^-scale; NaN is none. False where digits would be lost. */
  holdsDecimal(
    row: number,
    at: number,
    scaleAt: number,
    [units, scale]: readonly [units: number, scale: number],
  ): boolean {
    const held = this.u8(row, scaleAt);
    if (held === NOTHING || Number.isNaN(units)) return held === NOTHING && Number.isNaN(units);
    return held <= scale && this.f64(row, at) * 10 ** (scale - held) === units;
  }

  decimal(row: number, at: number, scaleAt: number): DecimalText | null {
    const scale = this.u8(row, scaleAt);
    if (scale === NOTHING) return null;
    const units = this.f64(row, at);
    if (scale === 0) return String(units) as DecimalText;
    const digits = String(Math.abs(units)).padStart(scale + 1, '0');
    const point = digits.length - scale;
    const sign = units < 0 ? '-' : '';
    return `${sign}${digits.slice(0, point)}.${digits.slice(point)}` as DecimalText;
  }

  /** The first rows as one run of bytes; a copy. */
  dump(count: number): Uint8Array {
    const all = new Uint8Array(count * this.width);
    for (let row = 0; row < count; row += ROWS_A_CHUNK) {
      const rows = Math.min(ROWS_A_CHUNK, count - row);
      const { buffer } = this.chunkOf(row);
      all.set(new Uint8Array(buffer as ArrayBuffer, 0, rows * this.width), row * this.width);
    }
    return all;
  }

  /** Takes over what `dump` gave. Returns how many rows that were. */
  load(dumped: Uint8Array): number {
    const count = dumped.length / this.width;
    if (!Number.isInteger(count)) throw new Error(`must be rows of ${this.width} bytes`);
    for (let row = 0; row < count; row += ROWS_A_CHUNK) {
      const rows = dumped.subarray(row * this.width, (row + ROWS_A_CHUNK) * this.width);
      new Uint8Array(this.chunkOf(row).buffer as ArrayBuffer).set(rows);
    }
    return count;
  }

  get bytesHeld(): number {
    return this.chunks.length * ROWS_A_CHUNK * this.width;
  }

  private chunkOf(row: number): DataView {
    const place = row >> CHUNK_BITS;
    return (this.chunks[place] ??= new DataView(new ArrayBuffer(ROWS_A_CHUNK * this.width)));
  }

  private offset(row: number): number {
    return (row & (ROWS_A_CHUNK - 1)) * this.width;
  }
}
