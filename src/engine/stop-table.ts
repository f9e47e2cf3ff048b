import type { InstrumentId, StopId } from '../domain/kernel/units.js';
import type { KnownStop, StopStatus } from '../domain/stop/stop-state.js';
import type { StopPlan } from '../domain/stop/stop-plan.js';
import type { StopTrack } from '../domain/stop/stop.events.js';
import type { ArmedStop } from './armed-stop.js';
import type { PositionTable } from './position-table.js';
import type { InternedEntry } from './interned.js';
import { RowBytes } from './row-bytes.js';
import { StampKinds } from './stamp-kinds.js';
import type { HoldsAll, StampKind } from './stamp-kinds.js';

const NO_EXITS: KnownStop['exits'] = [];
const NONE = -1;
const STATUSES = ['armed', 'suspended', 'triggered', 'closed', 'cancelled', 'expired'] as const;

/** Where the fields of a stop lie in its row. */
const AT = {
  ...{ kind: 0, position: 4, next: 8, revision: 12, epoch: 16, lastEpoch: 20, moves: 24 },
  ...{ flags: 28, status: 29, isJoined: 30 },
  ...{ seq: 32, at: 40, lastSeq: 48, lastAt: 56, sessionEnds: 64 },
  ...{ entry: 72, quantity: 80, armedQuantity: 88, level: 96, extreme: 104, limit: 112 },
  ...{ entryScale: 120, quantityScale: 121, armedScale: 122, levelScale: 123 },
  ...{ extremeScale: 124, limitScale: 125, movesSince: 126 },
} as const;
const WIDTH = 128;
const U16_MAX = 65_535;

const IS_LONG = 1;
const IS_ACTIVATED = 2;
const HAS_LIMIT = 4;

/** Stops as they are kept, for a file. */
export interface StopDump {
  readonly ids: readonly StopId[];
  readonly rows: Uint8Array;
  /** For each row the place of its plan among `rest.plans`. */
  readonly planPlaces: Uint32Array;
  readonly rest: {
    readonly plans: readonly StopPlan[];
    readonly kinds: readonly InternedEntry<StampKind>[];
    readonly odd: readonly (readonly [row: number, stop: KnownStop])[];
    /** Rows of stops that were forgotten. */
    readonly gone: readonly number[];
  };
}

/** What a row holds, or what makes a stop odd: a field that is new in a stop does not compile until it is either. */
type HeldField =
  | ('status' | 'stopId' | 'stamp' | 'side' | 'entryPrice' | 'quantity' | 'armedQuantity' | 'plan')
  | ('track' | 'activated' | 'sessionEndsAtMs' | 'entryOrderId' | 'targetsHit' | 'exits')
  | ('heldExits' | 'leftBy' | 'movesSince' | 'lastInput' | 'lastAtMs');
type HeldTrack = 'level' | 'extreme' | 'trailMoves' | 'limit' | 'range' | 'isMarked' | 'isDue';
export type StopsAreHeld = HoldsAll<HeldField, keyof KnownStop>;
export type TracksAreHeld = HoldsAll<HeldTrack, keyof StopTrack>;

/**
 * Stops by id, in the order of arming: what a map of objects would hold, in a tenth of its memory. One that has exits,
 * measures a range or waits for a second price is kept as the object it is.
 */
export class StopTable {
  private readonly rows = new Map<StopId, number>();
  private readonly ids: StopId[] = [];
  private readonly plans: StopPlan[] = [];
  private readonly bytes = new RowBytes(WIDTH);
  private readonly odd = new Map<number, KnownStop>();
  private readonly kinds = new StampKinds();

  constructor(private readonly positions: PositionTable) {}

  get size(): number {
    return this.rows.size;
  }

  has(stopId: StopId): boolean {
    return this.rows.has(stopId);
  }

  get(stopId: StopId): KnownStop | undefined {
    const row = this.rows.get(stopId);
    return row === undefined ? undefined : this.at(row);
  }

  keys(): IterableIterator<StopId> {
    return this.rows.keys();
  }

  *values(): Generator<KnownStop> {
    for (const row of this.rows.values()) yield this.at(row);
  }

  /** Those of these statuses. Cost: what a row holds is made an object for each that fits, and for no other. */
  *where(...statuses: readonly StopStatus[]): Generator<KnownStop> {
    for (const row of this.rows.values()) {
      if (statuses.includes(this.statusAt(row))) yield this.at(row);
    }
  }

  /** Those that have exits, and others of which a row cannot hold everything; in the order of arming. */
  *odds(): Generator<KnownStop> {
    for (const row of [...this.odd.keys()].sort((a, b) => a - b)) yield this.at(row);
  }

  /** Stops whose plan is of this kind. */
  *idsWith(fits: (plan: StopPlan) => boolean): Generator<StopId> {
    for (const [stopId, row] of this.rows) {
      const plan = this.plans[row];
      if (plan && fits(plan)) yield stopId;
    }
  }

  /** What guards, or sleeps, on each instrument: every plan once. */
  *plansOpen(): Generator<readonly [InstrumentId, StopPlan]> {
    const told = new Map<StopPlan, Set<InstrumentId>>();
    for (const row of this.rows.values()) {
      const status = this.statusAt(row);
      const plan = this.plans[row];
      if (!plan || (status !== 'armed' && status !== 'suspended')) continue;
      const odd = this.odd.get(row);
      const { instrumentId } = odd?.stamp ?? this.kinds.kindAt(this.bytes.i32(row, AT.kind));
      const instruments = told.get(plan) ?? new Set();
      if (instruments.has(instrumentId)) continue;
      told.set(plan, instruments.add(instrumentId));
      yield [instrumentId, plan];
    }
  }

  set(stopId: StopId, stop: KnownStop): void {
    const row = this.rows.get(stopId) ?? this.add(stopId);
    this.plans[row] = stop.plan;
    if (this.pack(row, stop)) this.odd.delete(row);
    else this.odd.set(row, stop);
  }

  /** Forgets a stop. That its position once had it is still known. */
  delete(stopId: StopId): void {
    const row = this.rows.get(stopId);
    if (row === undefined) return;
    this.rows.delete(stopId);
    this.odd.delete(row);
  }

  rowOf(stopId: StopId): number {
    return this.rows.get(stopId) ?? NONE;
  }

  revisionAt(row: number): number {
    return this.bytes.i32(row, AT.revision);
  }

  setRevision(row: number, revision: number): void {
    this.bytes.setI32(row, AT.revision, revision);
  }

  /** Notes a stop as the newest of a position that is known. */
  join(stopId: StopId, positionRow: number): void {
    const row = this.rowOf(stopId);
    if (this.bytes.u8(row, AT.isJoined) === 1) return;
    this.bytes.setU8(row, AT.isJoined, 1);
    const { last } = this.positions.stopsAt(positionRow);
    if (last !== NONE) this.bytes.setI32(last, AT.next, row);
    this.positions.addStop(positionRow, row);
  }

  /** Stops of a position in the order of arming, those that were forgotten too. */
  idsOf(positionRow: number): readonly StopId[] {
    const found: StopId[] = [];
    const { first } = this.positions.stopsAt(positionRow);
    for (let row = first; row !== NONE; row = this.bytes.i32(row, AT.next)) {
      found.push(this.ids[row] ?? '');
    }
    return found;
  }

  dump(): StopDump {
    const { ids, bytes, kinds } = this;
    const places = new Map<StopPlan, number>();
    const planPlaces = Uint32Array.from(this.plans, (plan) => {
      const place = places.get(plan) ?? places.size;
      places.set(plan, place);
      return place;
    });
    const gone = ids.flatMap((stopId, row) => (this.rows.get(stopId) === row ? [] : [row]));
    const rest = { plans: [...places.keys()], kinds: kinds.entries, odd: [...this.odd], gone };
    return { ids, rows: bytes.dump(ids.length), planPlaces, rest };
  }

  /** Takes over what another table has dumped; `shared` finds the plan that others have too. Only into an empty one. */
  load({ ids, rows, planPlaces, rest }: StopDump, shared: (plan: StopPlan) => StopPlan): void {
    const count = this.bytes.load(rows);
    if (count !== ids.length || count !== planPlaces.length)
      throw new Error('must be a row and a plan for each stop');
    const plans = rest.plans.map(shared);
    const gone = new Set(rest.gone);
    ids.forEach((stopId, row) => {
      this.ids.push(stopId);
      const plan = plans[planPlaces[row] ?? NONE];
      if (!plan) throw new Error('must be a plan for each stop');
      this.plans.push(plan);
      if (!gone.has(row)) this.rows.set(stopId, row);
    });
    this.kinds.load(rest.kinds);
    for (const [row, one] of rest.odd) this.odd.set(row, { ...one, plan: shared(one.plan) });
  }

  /**
   * Whether an armed stop stands where its row says, with nothing that waits. No allocation; false where telling would
   * take more than its numbers.
   */
  standsAt(row: number, { live, movesBefore, pendingMoves }: ArmedStop): boolean {
    const { bytes } = this;
    const plan = this.plans[row];
    if (!plan || this.odd.has(row) || plan.timeStop || plan.sessionEnd) return false;
    if (pendingMoves > 0 || live.meter || live.isMarked || live.isDue || live.nextTarget > 0) {
      return false;
    }
    const { sign, scale, fineDigits } = live.terms;
    return (
      ((bytes.u8(row, AT.flags) & IS_ACTIVATED) !== 0) === live.activated &&
      bytes.i32(row, AT.moves) === live.moves + movesBefore &&
      bytes.holdsDecimal(row, AT.level, AT.levelScale, [sign * live.level, scale + fineDigits]) &&
      bytes.holdsDecimal(row, AT.extreme, AT.extremeScale, [sign * live.extreme, scale])
    );
  }

  /** The stop of a row; undefined for one that was forgotten. */
  ofRow(row: number): KnownStop | undefined {
    const isKnown = this.rows.size === this.ids.length ? row < this.ids.length : this.isKept(row);
    return isKnown ? this.at(row) : undefined;
  }

  private isKept(row: number): boolean {
    return this.rows.get(this.ids[row] ?? '') === row;
  }

  private add(stopId: StopId): number {
    const row = this.ids.length;
    this.ids.push(stopId);
    this.rows.set(stopId, row);
    this.bytes.setI32(row, AT.revision, NONE);
    this.bytes.setI32(row, AT.next, NONE);
    return row;
  }

  private pack(row: number, stop: KnownStop): boolean {
    if (isOdd(stop) || stop.stopId !== this.ids[row]) return false;
    const { bytes } = this;
    const { stamp, lastInput, track } = stop;
    const kind = this.kinds.numberOf(stamp);
    const position = this.positions.rowOf(stamp.positionId);
    if (position === NONE || lastInput.partition !== stamp.input.partition) return false;
    bytes.setI32(row, AT.kind, kind);
    bytes.setI32(row, AT.position, position);
    bytes.setI32(row, AT.epoch, stamp.input.epoch);
    bytes.setI32(row, AT.lastEpoch, lastInput.epoch);
    bytes.setI32(row, AT.moves, track.trailMoves);
    bytes.setU16(row, AT.movesSince, stop.movesSince);
    bytes.setF64(row, AT.seq, stamp.input.seq);
    bytes.setF64(row, AT.at, stamp.at);
    bytes.setF64(row, AT.lastSeq, lastInput.seq);
    bytes.setF64(row, AT.lastAt, stop.lastAtMs);
    bytes.setF64(row, AT.sessionEnds, stop.sessionEndsAtMs ?? NaN);
    bytes.setU8(row, AT.flags, flagsOf(stop));
    bytes.setU8(row, AT.status, STATUSES.indexOf(stop.status));
    return (
      bytes.setDecimal(row, AT.entry, AT.entryScale, stop.entryPrice) &&
      bytes.setDecimal(row, AT.quantity, AT.quantityScale, stop.quantity) &&
      bytes.setDecimal(row, AT.armedQuantity, AT.armedScale, stop.armedQuantity) &&
      bytes.setDecimal(row, AT.level, AT.levelScale, track.level) &&
      bytes.setDecimal(row, AT.extreme, AT.extremeScale, track.extreme) &&
      bytes.setDecimal(row, AT.limit, AT.limitScale, track.limit ?? null)
    );
  }

  private statusAt(row: number): StopStatus {
    return this.odd.get(row)?.status ?? (STATUSES[this.bytes.u8(row, AT.status)] as StopStatus);
  }

  private at(row: number): KnownStop {
    const odd = this.odd.get(row);
    if (odd) return odd;
    const { bytes } = this;
    const kind = bytes.i32(row, AT.kind);
    const flags = bytes.u8(row, AT.flags);
    const entryPrice = bytes.decimal(row, AT.entry, AT.entryScale);
    const quantity = bytes.decimal(row, AT.quantity, AT.quantityScale);
    const armedQuantity = bytes.decimal(row, AT.armedQuantity, AT.armedScale);
    const plan = this.plans[row];
    if (entryPrice === null || quantity === null || armedQuantity === null || !plan)
      throw new Error('Invariant: a stop has an entry price, a quantity and a plan');
    const sessionEndsAtMs = bytes.f64(row, AT.sessionEnds);
    return {
      status: this.statusAt(row),
      stopId: this.ids[row] ?? '',
      stamp: this.kinds.stamp(kind, {
        positionId: this.positions.idAt(bytes.i32(row, AT.position)),
        epoch: bytes.i32(row, AT.epoch),
        seq: bytes.f64(row, AT.seq),
        at: bytes.f64(row, AT.at),
      }),
      side: (flags & IS_LONG) === 0 ? 'short' : 'long',
      entryPrice,
      quantity,
      armedQuantity,
      plan,
      track: this.trackAt(row, flags),
      activated: (flags & IS_ACTIVATED) !== 0,
      sessionEndsAtMs: Number.isNaN(sessionEndsAtMs) ? null : sessionEndsAtMs,
      entryOrderId: null,
      targetsHit: 0,
      exits: NO_EXITS,
      movesSince: bytes.u16(row, AT.movesSince),
      lastInput: {
        partition: this.kinds.partitionOf(kind),
        epoch: bytes.i32(row, AT.lastEpoch),
        seq: bytes.f64(row, AT.lastSeq),
      },
      lastAtMs: bytes.f64(row, AT.lastAt),
    };
  }

  private trackAt(row: number, flags: number): StopTrack {
    const { bytes } = this;
    return {
      level: bytes.decimal(row, AT.level, AT.levelScale),
      extreme: bytes.decimal(row, AT.extreme, AT.extremeScale),
      trailMoves: bytes.i32(row, AT.moves),
      ...((flags & HAS_LIMIT) !== 0 && { limit: bytes.decimal(row, AT.limit, AT.limitScale) }),
    };
  }
}

function isOdd(stop: KnownStop): boolean {
  const { exits, heldExits, leftBy, targetsHit, entryOrderId, track } = stop;
  if (heldExits !== undefined || leftBy !== undefined) return true;
  if (exits.length > 0 || targetsHit > 0 || entryOrderId !== null) return true;
  if (stop.movesSince > U16_MAX) return true;
  return track.range !== undefined || track.isMarked === true || track.isDue === true;
}

function flagsOf({ side, activated, track }: KnownStop): number {
  return (
    (side === 'long' ? IS_LONG : 0) |
    (activated ? IS_ACTIVATED : 0) |
    (track.limit === undefined ? 0 : HAS_LIMIT)
  );
}
