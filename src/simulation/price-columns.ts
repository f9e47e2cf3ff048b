import { markFeed } from '../engine/price-source.js';
import type { Tick } from '../engine/tick.js';

/** What a row of prices tells. */
export const PRICE_KIND = { trade: 0, quote: 1, mark: 2 } as const;

export type PriceKind = (typeof PRICE_KIND)[keyof typeof PRICE_KIND];

const NUMBER_BYTES = Float64Array.BYTES_PER_ELEMENT;
const BYTES_OF_ROW = 3 * NUMBER_BYTES + 1;
const ROWS_AT_FIRST = 16_384;
const FEED = 'sweep';
const MARK_FEED = markFeed(FEED);

/** Rows of prices as one block of memory: what is handed from one thread to another without a copy. */
export interface PriceMemory {
  readonly bytes: SharedArrayBuffer;
  readonly count: number;
}

/**
 * The prices of one instrument that may decide, in their order, as columns: a row is one price, and no object is made
 * for any of them until the engine is to see it.
 *
 *     atMs      input time, never falling
 *     units     price of a trade, bid of a book, mark; units of the instrument's price scale
 *     askUnits  ask of a book; NaN in `units` or here is an empty side
 *
 * Several threads may read one block; only one may append, and only before the others begin.
 */
export class PriceColumns {
  atMs: Float64Array;
  units: Float64Array;
  askUnits: Float64Array;
  kind: Uint8Array;
  private capacity: number;

  constructor(private block: PriceMemory = { bytes: blockOf(ROWS_AT_FIRST), count: 0 }) {
    this.capacity = Math.floor(block.bytes.byteLength / BYTES_OF_ROW);
    const of = (column: number): Float64Array =>
      new Float64Array(block.bytes, column * this.capacity * NUMBER_BYTES, this.capacity);
    this.atMs = of(0);
    this.units = of(1);
    this.askUnits = of(2);
    this.kind = new Uint8Array(block.bytes, 3 * this.capacity * NUMBER_BYTES, this.capacity);
  }

  get count(): number {
    return this.block.count;
  }

  /** The same memory up to a row. */
  first(rows: number): PriceColumns {
    return new PriceColumns({ ...this.block, count: Math.min(rows, this.count) });
  }

  /** For `new PriceColumns` on another thread. */
  get memory(): PriceMemory {
    return this.block;
  }

  /** Appends one price. Its time is that of the input, or of the one before where that is later. */
  add(kind: PriceKind, atMs: number, units: number, askUnits: number): void {
    const row = this.count;
    if (row === this.capacity) this.grow();
    this.kind[row] = kind;
    this.atMs[row] = row === 0 ? atMs : Math.max(atMs, this.atMs[row - 1] ?? atMs);
    this.units[row] = units;
    this.askUnits[row] = askUnits;
    this.block = { ...this.block, count: row + 1 };
  }

  /** A row as the engine sees it. Its id is its place, from 0. Cost: one object, written out and not put together. */
  tick(row: number, instrumentId: string): Tick {
    const atMs = this.atMs[row] ?? NaN;
    if (this.kind[row] === PRICE_KIND.trade) {
      return {
        kind: 'trade',
        instrumentId,
        feed: FEED,
        priceUnits: this.units[row] ?? NaN,
        size: '0',
        tradeId: String(row),
        venueTimeMs: atMs,
        receivedAtMs: atMs,
        verdict: 'good',
      };
    }
    return {
      kind: 'quote',
      instrumentId,
      feed: this.kind[row] === PRICE_KIND.mark ? MARK_FEED : FEED,
      bidUnits: this.units[row] ?? NaN,
      askUnits: this.askUnits[row] ?? NaN,
      bidSize: '0',
      askSize: '0',
      sequence: String(row),
      venueTimeMs: atMs,
      receivedAtMs: atMs,
      verdict: 'good',
    };
  }

  private grow(): void {
    const wider = new PriceColumns({ bytes: blockOf(2 * this.capacity), count: this.count });
    wider.atMs.set(this.atMs);
    wider.units.set(this.units);
    wider.askUnits.set(this.askUnits);
    wider.kind.set(this.kind);
    Object.assign(this, wider);
  }
}

function blockOf(rows: number): SharedArrayBuffer {
  return new SharedArrayBuffer(rows * BYTES_OF_ROW);
}
