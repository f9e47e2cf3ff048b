import type { Contract } from '../domain/kernel/contract.js';
import type { Currency, PositionId, UnixMs } from '../domain/kernel/units.js';
import type { KnownPosition } from '../domain/position/position-state.js';
import { Interned } from './interned.js';
import type { InternedEntry } from './interned.js';
import { RowBytes } from './row-bytes.js';
import { StampKinds } from './stamp-kinds.js';
import type { HoldsAll, StampKind } from './stamp-kinds.js';

const NO_FILLS: ReadonlySet<string> = new Set();
const NONE = -1;

/** Where the fields of a position lie in its row. */
const AT = {
  ...{ kind: 0, epoch: 4, revision: 8, firstStop: 12, lastStop: 16, money: 20 },
  ...{ seq: 24, at: 32, quantity: 40, entry: 48 },
  ...{ quantityScale: 56, entryScale: 57, flags: 58 },
} as const;
const WIDTH = 64;

const IS_LONG = 1;
const IS_CLOSED = 2;

export interface Money {
  readonly quoteCurrency: Currency;
  readonly contract?: Contract;
}

/** Positions as they are kept, for a file. */
export interface PositionDump {
  readonly ids: readonly PositionId[];
  readonly rows: Uint8Array;
  readonly rest: {
    readonly kinds: readonly InternedEntry<StampKind>[];
    readonly monies: readonly InternedEntry<Money>[];
    readonly odd: readonly (readonly [row: number, position: PlainPosition])[];
  };
}

/** A position as plain data. */
export type PlainPosition = Omit<KnownPosition, 'venueTradeIds'> & {
  readonly venueTradeIds: readonly string[];
};

export function plainPosition(position: KnownPosition): PlainPosition {
  return { ...position, venueTradeIds: [...position.venueTradeIds] };
}

/** What a row holds, or what makes a position odd: a field that is new does not compile until it is either. */
type HeldField =
  | ('status' | 'stamp' | 'side' | 'quantity' | 'entryPrice' | 'quoteCurrency' | 'contract')
  | ('cost' | 'venueTradeIds' | 'reconciledAtMs');
export type PositionsAreHeld = HoldsAll<HeldField, keyof KnownPosition>;

/** Positions that one book of a venue speaks of. */
type Book = Pick<KnownPosition, 'side'> & {
  readonly stamp: Pick<KnownPosition['stamp'], 'accountId' | 'instrumentId'>;
};

/**
 * Positions by id, in the order in which they came up: what a map of objects would hold, in a tenth of its memory. One
 * that has fills, or was reconciled, is kept as the object it is.
 */
export class PositionTable {
  private readonly rows = new Map<PositionId, number>();
  private readonly ids: PositionId[] = [];
  private readonly bytes = new RowBytes(WIDTH);
  private readonly odd = new Map<number, KnownPosition>();
  private readonly reconciled = new Map<string, UnixMs>();
  private readonly kinds = new StampKinds();
  private readonly monies = new Interned<Money>();

  get size(): number {
    return this.rows.size;
  }

  has(positionId: PositionId): boolean {
    return this.rows.has(positionId);
  }

  get(positionId: PositionId): KnownPosition | undefined {
    const row = this.rows.get(positionId);
    return row === undefined ? undefined : this.at(row);
  }

  keys(): IterableIterator<PositionId> {
    return this.rows.keys();
  }

  *values(): Generator<KnownPosition> {
    for (const row of this.rows.values()) yield this.at(row);
  }

  set(positionId: PositionId, position: KnownPosition): void {
    const row = this.rows.get(positionId) ?? this.add(positionId);
    if (this.pack(row, position)) this.odd.delete(row);
    else this.keepOdd(row, position);
  }

  /** When the venue's book last took something out of positions of this account, instrument and side. */
  reconciledAtMs(book: Book): UnixMs | undefined {
    return this.reconciled.get(bookKey(book));
  }

  /** Whether another position is open in the same book of the venue. Cost: a look at each row, and no object made. */
  hasOpenBeside({ stamp, side }: KnownPosition): boolean {
    const own = this.rowOf(stamp.positionId);
    const isSame = (kind: Book['stamp']) =>
      kind.accountId === stamp.accountId && kind.instrumentId === stamp.instrumentId;
    for (const [row, other] of this.odd) {
      const isOpen = row !== own && other.status === 'open' && other.side === side;
      if (isOpen && isSame(other.stamp)) return true;
    }
    const flags = side === 'long' ? IS_LONG : 0;
    for (let row = 0; row < this.ids.length; row += 1) {
      if (row === own || this.bytes.u8(row, AT.flags) !== flags || this.odd.has(row)) continue;
      if (isSame(this.kinds.kindAt(this.bytes.i32(row, AT.kind)))) return true;
    }
    return false;
  }

  /** The row of a position, which it keeps; -1 for one that is not known. */
  rowOf(positionId: PositionId): number {
    return this.rows.get(positionId) ?? NONE;
  }

  idAt(row: number): PositionId {
    return this.ids[row] ?? '';
  }

  revisionAt(row: number): number {
    return this.bytes.i32(row, AT.revision);
  }

  setRevision(row: number, revision: number): void {
    this.bytes.setI32(row, AT.revision, revision);
  }

  /** Rows of the first and the newest stop; -1 where there is none. */
  stopsAt(row: number): { first: number; last: number } {
    return { first: this.bytes.i32(row, AT.firstStop), last: this.bytes.i32(row, AT.lastStop) };
  }

  addStop(row: number, stopRow: number): void {
    if (this.bytes.i32(row, AT.firstStop) === NONE) this.bytes.setI32(row, AT.firstStop, stopRow);
    this.bytes.setI32(row, AT.lastStop, stopRow);
  }

  dump(): PositionDump {
    const odd = [...this.odd].map(([row, one]) => [row, plainPosition(one)] as const);
    const { kinds, monies, ids, bytes } = this;
    const rest = { kinds: kinds.entries, monies: monies.entries, odd };
    return { ids, rows: bytes.dump(ids.length), rest };
  }

  /** Takes over what another table has dumped. Only into an empty one. */
  load({ ids, rows, rest }: PositionDump): void {
    if (this.bytes.load(rows) !== ids.length) throw new Error('must be a row for each position');
    ids.forEach((positionId, row) => {
      this.ids.push(positionId);
      this.rows.set(positionId, row);
    });
    this.kinds.load(rest.kinds);
    this.monies.load(rest.monies);
    for (const [row, one] of rest.odd) {
      this.keepOdd(row, { ...one, venueTradeIds: new Set(one.venueTradeIds) });
    }
  }

  private keepOdd(row: number, position: KnownPosition): void {
    this.odd.set(row, position);
    const { reconciledAtMs: at } = position;
    if (at === undefined || at <= (this.reconciledAtMs(position) ?? -Infinity)) return;
    this.reconciled.set(bookKey(position), at);
  }

  private add(positionId: PositionId): number {
    const row = this.ids.length;
    this.ids.push(positionId);
    this.rows.set(positionId, row);
    for (const field of [AT.revision, AT.firstStop, AT.lastStop]) {
      this.bytes.setI32(row, field, NONE);
    }
    return row;
  }

  private pack(row: number, position: KnownPosition): boolean {
    const { stamp, side, status, quantity, entryPrice, cost, venueTradeIds } = position;
    if (cost !== undefined || venueTradeIds.size > 0) return false;
    if (position.reconciledAtMs !== undefined) return false;
    if (stamp.positionId !== this.ids[row]) return false;
    const { bytes } = this;
    bytes.setI32(row, AT.kind, this.kinds.numberOf(stamp));
    bytes.setI32(row, AT.epoch, stamp.input.epoch);
    bytes.setI32(row, AT.money, this.moneyOf(position));
    bytes.setF64(row, AT.seq, stamp.input.seq);
    bytes.setF64(row, AT.at, stamp.at);
    const flags = (side === 'long' ? IS_LONG : 0) | (status === 'closed' ? IS_CLOSED : 0);
    bytes.setU8(row, AT.flags, flags);
    return (
      bytes.setDecimal(row, AT.quantity, AT.quantityScale, quantity) &&
      bytes.setDecimal(row, AT.entry, AT.entryScale, entryPrice)
    );
  }

  private moneyOf({ quoteCurrency, contract }: KnownPosition): number {
    const key = contract ? JSON.stringify([quoteCurrency, contract]) : quoteCurrency;
    return this.monies.numberOf(key, () => ({ quoteCurrency, ...(contract && { contract }) }));
  }

  private at(row: number): KnownPosition {
    const odd = this.odd.get(row);
    if (odd) return odd;
    const { bytes } = this;
    const flags = bytes.u8(row, AT.flags);
    const quantity = bytes.decimal(row, AT.quantity, AT.quantityScale);
    const entryPrice = bytes.decimal(row, AT.entry, AT.entryScale);
    if (quantity === null || entryPrice === null)
      throw new Error('Invariant: a position has a quantity and an entry price');
    const stamp = this.kinds.stamp(bytes.i32(row, AT.kind), {
      positionId: this.idAt(row),
      epoch: bytes.i32(row, AT.epoch),
      seq: bytes.f64(row, AT.seq),
      at: bytes.f64(row, AT.at),
    });
    return {
      status: (flags & IS_CLOSED) === 0 ? 'open' : 'closed',
      stamp,
      side: (flags & IS_LONG) === 0 ? 'short' : 'long',
      ...{ quantity, entryPrice },
      ...this.monies.at(bytes.i32(row, AT.money)),
      venueTradeIds: NO_FILLS,
    };
  }
}

function bookKey({ stamp, side }: Book): string {
  return `${stamp.accountId} ${stamp.instrumentId} ${side}`;
}
