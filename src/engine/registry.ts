import type { Fact } from '../domain/facts.js';
import type { AccountOpened } from '../domain/account/account.events.js';
import type {
  InstrumentAmended,
  InstrumentDefined,
} from '../domain/instrument/instrument.events.js';
import type { Stamp } from '../domain/kernel/event.js';
import { priceGrid } from '../domain/instrument/price-grid.js';
import type { PriceGrid } from '../domain/instrument/price-grid.js';
import { decimal } from '../domain/kernel/decimal.js';
import type { Decimal } from '../domain/kernel/decimal.js';
import type { SplitRatio } from '../domain/kernel/split.js';
import type { DecimalText, InputRef } from '../domain/kernel/units.js';
import { isExit, isSettled, orderFold } from '../domain/order/order-state.js';
import type { KnownOrder } from '../domain/order/order-state.js';
import type { OrderEvent } from '../domain/order/order.events.js';
import { positionFold } from '../domain/position/position-state.js';
import type { KnownPosition } from '../domain/position/position-state.js';
import type { PositionEvent } from '../domain/position/position.events.js';
import { exitOrderId, stopFold, stopIdOf } from '../domain/stop/stop-state.js';
import type { KnownStop } from '../domain/stop/stop-state.js';
import type { StopEvent } from '../domain/stop/stop.events.js';
import { OrderTable } from './order-table.js';
import { PlanPool } from './plan-pool.js';
import { PositionTable, plainPosition } from './position-table.js';
import type { PlainPosition } from './position-table.js';
import { StopSums } from './stop-sums.js';
import { StopTable } from './stop-table.js';
import { StopsOf } from './stops-of.js';

/** The newest split of an instrument: what was stamped with an earlier version is in units of before. */
export interface KnownSplit {
  readonly input: InputRef;
  readonly ratio: SplitRatio;
  readonly instrumentVersion: number;
  readonly previousTick: DecimalText;
}

export type InstrumentDefinition = InstrumentDefined['data'] & { readonly split?: KnownSplit };

export interface KnownInstrument {
  readonly definition: InstrumentDefinition;
  readonly grid: PriceGrid;
}

/** Why an account must not enter; killed, when the kill switch was pulled. */
export interface TradingHalt {
  readonly reason: string;
  readonly killedAtMs: number | null;
}

/** A registry as plain data. */
export interface RegistrySnapshot {
  readonly instruments: readonly InstrumentDefinition[];
  readonly accounts: readonly AccountOpened['data'][];
  readonly positions: readonly PlainPosition[];
  readonly stops: readonly KnownStop[];
  readonly orders: readonly KnownOrder[];
  readonly cashEntries: readonly string[];
  readonly halts: readonly (readonly [accountId: string, halt: TradingHalt])[];
  readonly stopsOf: readonly (readonly [positionId: string, stopIds: readonly string[]])[];
  readonly entriesOf: readonly (readonly [positionId: string, orderIds: readonly string[]])[];
  readonly guardedFills: readonly string[];
  readonly insurances: readonly (readonly [stopId: string, orderId: string])[];
  readonly revisions: readonly (readonly [streamId: string, revision: number])[];
}

/** A registry without its tables. */
export type RegistryRest = Omit<
  RegistrySnapshot,
  'positions' | 'stops' | 'stopsOf' | 'revisions'
> & {
  readonly strays: readonly (readonly [positionId: string, stopIds: readonly string[]])[];
  readonly otherRevisions: readonly (readonly [streamId: string, revision: number])[];
};

/** Everything the engine knows from facts alone: a fold of the log, by aggregate. */
export class Registry {
  readonly instruments = new Map<string, KnownInstrument>();
  readonly accounts = new Map<string, AccountOpened['data']>();
  readonly positions = new PositionTable();
  readonly stops = new StopTable(this.positions);
  readonly orders = new OrderTable();
  /** `<account>/<entry>` of every movement of cash that was booked. */
  readonly cashEntries = new Set<string>();
  /** Why an account must not enter; missing: it may. */
  readonly halts = new Map<string, TradingHalt>();
  /** Stops of a position, in the order of arming. */
  readonly stopsOf = new StopsOf(this.positions, this.stops);
  readonly sums = new StopSums(this);
  /** Entries of a position that may still fill. */
  readonly entriesOf = new Map<string, Set<string>>();
  /** `<order>/<venue trade id>` of every fill of an entry whose protection was decided. */
  readonly guardedFills = new Set<string>();
  /** The newest stop at the venue of each stop that has one. */
  private readonly insurances = new Map<string, string>();
  readonly plans = new PlanPool();
  /** Those that no table keeps with what it knows of the stream. */
  private readonly revisions = new Map<string, number>();

  /** 0-based revision of the newest event of a stream; -1 when it has none. */
  revisionOf(streamId: string): number {
    const [table, row] = this.placeOf(streamId);
    const kept = row < 0 ? -1 : table.revisionAt(row);
    return kept < 0 ? (this.revisions.get(streamId) ?? -1) : kept;
  }

  /** Forgets a stop that cannot be trusted: what its position has is not known from here on. */
  dropStop(stopId: string): void {
    const streamId = `stop-${stopId}`;
    const revision = this.revisionOf(streamId);
    this.sums.forget(this.stops.get(stopId)?.stamp.positionId ?? '');
    this.stops.delete(stopId);
    if (revision >= 0) this.revisions.set(streamId, revision);
  }

  /** The orders of an exit, one for each attempt. Empty when none was noted yet. */
  attemptsOf({ stopId, ordinal }: { stopId: string; ordinal: number }): readonly KnownOrder[] {
    const found: KnownOrder[] = [];
    for (let attempt = 1; ; attempt += 1) {
      const order = this.orders.get(exitOrderId(stopId, ordinal, attempt));
      if (!order) return found;
      found.push(order);
    }
  }

  /** The newest order that rests, or has rested, at the venue behind a stop. */
  insuranceOf(stopId: string): KnownOrder | undefined {
    return this.orders.get(this.insurances.get(stopId) ?? '');
  }

  /** The order that rests at the venue behind the stop of an exit; undefined when none does. */
  restingInsuranceFor(exitId: string): KnownOrder | undefined {
    const stopId = this.orders.get(exitId)?.stopId;
    const resting = this.insuranceOf(stopId ?? '');
    return resting && !isSettled(resting) ? resting : undefined;
  }

  /** Whether what an order takes too much would be taken from another position: the venue knows their sum alone. */
  sharesBook(orderId: string): boolean {
    const { positionId } = this.orders.get(orderId)?.stamp ?? {};
    const position = this.positions.get(positionId ?? '');
    return position !== undefined && this.positions.hasOpenBeside(position);
  }

  /** What an order is of, also where another engine has sent it for a stop that is known. */
  instrumentOf(orderId: string): string | undefined {
    const { stamp } = this.orders.get(orderId) ?? this.stops.get(stopIdOf(orderId)) ?? {};
    return stamp?.instrumentId;
  }

  /** The position that an order is about; undefined where nothing is known of it. */
  positionOf(orderId: string): KnownPosition | undefined {
    const { positionId } = this.orders.get(orderId)?.stamp ?? {};
    return positionId === undefined ? undefined : this.positions.get(positionId);
  }

  /** What the newest stop at the venue of a stop has filled. */
  insuredFills(stopId: string): Decimal {
    return decimal(this.insuranceOf(stopId)?.filledQuantity ?? '0');
  }

  /** Everything that the facts came to, in the order in which it came up. */
  snapshot(): RegistrySnapshot {
    return {
      ...this.commonSnapshot(),
      positions: [...this.positions.values()].map(plainPosition),
      stops: [...this.stops.values()],
      stopsOf: [...this.stopsOf.entries()],
      revisions: [...this.allRevisions()],
    };
  }

  /** The same without what the tables hold, which can be dumped as they are. */
  restSnapshot(): RegistryRest {
    return {
      ...this.commonSnapshot(),
      strays: [...this.stopsOf.strayEntries()],
      otherRevisions: [...this.revisions],
    };
  }

  private commonSnapshot(): Omit<RegistryRest, 'strays' | 'otherRevisions'> {
    return {
      instruments: [...this.instruments.values()].map(({ definition }) => definition),
      accounts: [...this.accounts.values()],
      orders: [...this.orders.values()],
      cashEntries: [...this.cashEntries],
      halts: [...this.halts],
      entriesOf: [...this.entriesOf].map(([positionId, ids]) => [positionId, [...ids]]),
      guardedFills: [...this.guardedFills],
      insurances: [...this.insurances],
    };
  }

  /** Takes over what another registry had come to. Only into an empty one. */
  takeOver(found: RegistrySnapshot): void {
    this.takeOverRest({ ...found, strays: [], otherRevisions: [] });
    for (const one of found.positions) {
      const venueTradeIds = new Set(one.venueTradeIds);
      this.positions.set(one.stamp.positionId, { ...one, venueTradeIds });
    }
    for (const one of found.stops) {
      this.stops.set(one.stopId, { ...one, plan: this.plans.shared(one.plan) });
    }
    for (const [positionId, stopIds] of found.stopsOf) {
      for (const stopId of stopIds) this.stopsOf.add(positionId, stopId);
    }
    for (const [streamId, revision] of found.revisions) this.noteRevision(streamId, revision);
  }

  /** Takes over what the tables do not hold. Only into an empty one. */
  takeOverRest(found: RegistryRest): void {
    for (const one of found.instruments) this.define(one);
    for (const one of found.accounts) this.accounts.set(one.accountId, one);
    for (const one of found.orders) this.orders.set(one.orderId, one);
    for (const [stopId, orderId] of found.insurances) this.insurances.set(stopId, orderId);
    for (const entry of found.cashEntries) this.cashEntries.add(entry);
    for (const [accountId, halt] of found.halts) this.halts.set(accountId, halt);
    for (const [positionId, ids] of found.entriesOf) this.entriesOf.set(positionId, new Set(ids));
    for (const fill of found.guardedFills) this.guardedFills.add(fill);
    for (const [positionId, stopIds] of found.strays) this.stopsOf.addStrays(positionId, stopIds);
    for (const [streamId, revision] of found.otherRevisions) {
      this.revisions.set(streamId, revision);
    }
  }

  private amend({ data }: InstrumentAmended): void {
    const { instrumentId, instrumentVersion, ratio, previous, priceTick, quantityStep } = data;
    const known = this.instruments.get(instrumentId);
    if (!known) throw new Error('Invariant: an instrument is defined before it is split');
    const { input, at } = data;
    const split = { input, ratio, instrumentVersion, previousTick: previous.priceTick };
    const changed = { instrumentVersion, priceTick, quantityStep, input, at };
    this.define({ ...known.definition, ...changed, split });
  }

  /** Whether something was stamped before the newest split of its instrument, and so counts in units of before. */
  isOfBefore({ instrumentId, instrumentVersion }: Stamp): boolean {
    const { split } = this.instruments.get(instrumentId)?.definition ?? {};
    return split !== undefined && instrumentVersion < split.instrumentVersion;
  }

  private define(definition: InstrumentDefinition): void {
    const grid = priceGrid(definition.priceTick, definition.priceBands);
    this.instruments.set(definition.instrumentId, { definition, grid });
  }

  apply(streamId: string, fact: Fact, revision: number): void {
    try {
      this.fold(fact);
    } finally {
      this.noteRevision(streamId, revision);
    }
  }

  private fold(fact: Fact): void {
    switch (fact.type) {
      case 'InstrumentDefined': {
        const { split } = this.instruments.get(fact.data.instrumentId)?.definition ?? {};
        this.define({ ...fact.data, ...(split && { split }) });
        return;
      }
      case 'InstrumentAmended':
        this.amend(fact);
        return;
      case 'AccountOpened':
        this.accounts.set(fact.data.accountId, fact.data);
        return;
      case 'CashMoved':
        this.cashEntries.add(`${fact.data.accountId}/${fact.data.entryId}`);
        return;
      case 'TradingHalted':
      case 'KillSwitchPulled': {
        const { accountId, reason, at } = fact.data;
        this.halts.set(accountId, {
          reason,
          killedAtMs: fact.type === 'KillSwitchPulled' ? at : null,
        });
        return;
      }
      case 'TradingResumed':
        this.halts.delete(fact.data.accountId);
        return;
      case 'CostBasisChosen':
      case 'ConversionRateStated':
      case 'FeedConnected':
      case 'FeedLost':
      case 'FeedStale':
      case 'FeedRecovered':
      case 'FeedFailedOver':
      case 'FeedQualityReported':
      case 'EngineStarted':
      case 'EngineRecovered':
      case 'EngineLagged':
      case 'EngineStopped':
        return;
      default:
        this.applyTrade(fact);
    }
  }

  private applyTrade(fact: StopEvent | OrderEvent | PositionEvent): void {
    if ('orderId' in fact.data && !fact.type.startsWith('Position')) {
      const event = fact as OrderEvent;
      const before = this.orders.get(event.data.orderId) ?? orderFold.initialState;
      const after = orderFold.evolve(before, event);
      if (after.status === 'absent') return;
      this.orders.set(event.data.orderId, after);
      if (!isExit(after)) this.noteEntry(after);
      else if (event.type === 'OrderPlaced') this.noteInsurance(after);
      return;
    }
    if ('stopId' in fact.data) {
      this.applyStop(fact as StopEvent);
      return;
    }
    const event = fact as PositionEvent;
    const before = this.positions.get(event.data.positionId) ?? positionFold.initialState;
    const after = positionFold.evolve(before, event);
    if (after.status !== 'absent') this.positions.set(event.data.positionId, after);
  }

  private noteInsurance({ orderId, stopId, insures }: KnownOrder): void {
    if (insures && stopId !== null) this.insurances.set(stopId, orderId);
  }

  private noteEntry(entry: KnownOrder): void {
    const { orderId, stamp } = entry;
    const open = this.entriesOf.get(stamp.positionId);
    if (!isSettled(entry)) {
      if (open) open.add(orderId);
      else this.entriesOf.set(stamp.positionId, new Set([orderId]));
    } else if (open?.delete(orderId) === true && open.size === 0) {
      this.entriesOf.delete(stamp.positionId);
    }
  }

  private applyStop(event: StopEvent): void {
    const { stopId, positionId } = event.data;
    if ('covers' in event.data) {
      const { orderId, venueTradeId } = event.data.covers;
      this.guardedFills.add(`${orderId}/${venueTradeId}`);
    }
    const before = this.stops.get(stopId);
    const after = stopFold.evolve(before ?? stopFold.initialState, event);
    if (after.status === 'absent') return;
    const plan = this.plans.shared(after.plan);
    this.stops.set(stopId, plan === after.plan ? after : { ...after, plan });
    if (event.type === 'StopArmed') this.stopsOf.add(positionId, stopId);
    this.sums.onChange(before, after);
  }

  private placeOf(streamId: string): readonly [StopTable | PositionTable, row: number] {
    if (streamId.startsWith('stop-')) return [this.stops, this.stops.rowOf(streamId.slice(5))];
    if (!streamId.startsWith('position-')) return [this.positions, -1];
    return [this.positions, this.positions.rowOf(streamId.slice(9))];
  }

  private noteRevision(streamId: string, revision: number): void {
    const [table, row] = this.placeOf(streamId);
    if (row < 0) this.revisions.set(streamId, revision);
    else table.setRevision(row, revision);
  }

  private *allRevisions(): Generator<readonly [streamId: string, revision: number]> {
    yield* this.revisions;
    for (const id of this.positions.keys())
      yield [`position-${id}`, this.revisionOf(`position-${id}`)];
    for (const id of this.stops.keys()) yield [`stop-${id}`, this.revisionOf(`stop-${id}`)];
  }
}
