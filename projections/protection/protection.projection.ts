import { invariant } from '../../src/domain/kernel/assert.js';
import {
  ZERO,
  add,
  compare,
  decimal,
  formatDecimal,
  isZero,
  multiply,
  subtract,
} from '../../src/domain/kernel/decimal.js';
import type { Decimal } from '../../src/domain/kernel/decimal.js';
import type {
  AccountMode,
  DecimalText,
  PositionSide,
  UnixMs,
} from '../../src/domain/kernel/units.js';
import type { PositionEvent, PositionOpened } from '../../src/domain/position/position.events.js';
import { exitOrderId } from '../../src/domain/stop/stop-state.js';
import type {
  StopActivated,
  StopAmended,
  StopRestated,
  StopArmed,
  StopCancelled,
  StopClosed,
  StopExitHeld,
  StopExitReleased,
  StopExpired,
  StopMovedToBreakEven,
  StopQuantityAdjusted,
  StopResumed,
  StopSuspended,
  StopTargetHit,
  StopTrack,
  StopTrailed,
  StopTriggered,
} from '../../src/domain/stop/stop.events.js';
import { isoTime } from '../projection.js';
import type { Projection } from '../projection.js';

/** An exit under way: what it will take out, until it is filled or its stop is settled. */
export interface ExitUnderWay {
  readonly stopId: string;
  readonly quantity: DecimalText;
}

/**
 * Answers: how much of each position did no stop guard, and for how long? A part is guarded by an armed stop that has a
 * level or by an exit under way. Times are those of the facts.
 * Read by: the API's protection; what goes on uncovered since `uncoveredSince` is added by whoever knows the time.
 */
export interface ProtectionRow {
  readonly positionId: string;
  readonly accountId: string;
  readonly instrumentId: string;
  readonly mode: AccountMode;
  readonly side: PositionSide;
  readonly openQuantity: DecimalText;
  /** Quantity by armed stop that has a level. */
  readonly guardedBy: Readonly<Record<string, DecimalText>>;
  /** Quantity by armed stop that has none: targets or times alone, or it waits for its activation. It guards nothing. */
  readonly withoutLevel: Readonly<Record<string, DecimalText>>;
  /** Quantity by suspended stop: it guards nothing until it is resumed. */
  readonly asleep: Readonly<Record<string, DecimalText>>;
  /** By exit: the id of its orders without the attempt. */
  readonly exiting: Readonly<Record<string, ExitUnderWay>>;
  /** By `guardedBy` and `exiting` together; more than is open while a stop guards what another takes out. */
  readonly coveredQuantity: DecimalText;
  readonly uncoveredQuantity: DecimalText;
  readonly uncoveredSince: string | null;
  /** Sum of uncovered quantity x seconds up to the newest fact. */
  readonly uncoveredQuantitySeconds: DecimalText;
  readonly uncoveredMsMax: number;
  readonly updatedAt: string;
}

type StopFact =
  | StopArmed
  | StopActivated
  | StopTrailed
  | StopMovedToBreakEven
  | StopAmended
  | StopRestated
  | StopTargetHit
  | StopQuantityAdjusted
  | StopSuspended
  | StopResumed
  | StopTriggered
  | StopCancelled
  | StopExpired
  | StopExitHeld
  | StopExitReleased
  | StopClosed;

export const protection: Projection<PositionEvent | StopFact, ProtectionRow> = {
  name: 'protection',
  version: 8,
  key: 'positionId',
  consumes: {
    PositionOpened: true,
    PositionIncreased: true,
    PositionReduced: true,
    PositionReconciled: true,
    PositionRestated: true,
    PositionClosed: true,
    StopArmed: true,
    StopActivated: true,
    StopTrailed: true,
    StopMovedToBreakEven: true,
    StopAmended: true,
    StopRestated: true,
    StopTargetHit: true,
    StopQuantityAdjusted: true,
    StopSuspended: true,
    StopResumed: true,
    StopTriggered: true,
    StopCancelled: true,
    StopExpired: true,
    StopExitHeld: true,
    StopExitReleased: true,
    StopClosed: true,
  },
  // A move of a level guards what it has guarded before; only the first level of a range changes anything.
  keyOf: ({ event }) => (isMere(event) ? [] : event.data.positionId),
  evolve: (row, { event }) => {
    if (event.type === 'PositionOpened') return opened(event);
    invariant(row !== undefined, `a position is opened before anything else, found ${event.type}`);
    const after = changed(row, event);
    const covered = coveredAfter(row, after, event);
    return measured(row, after, { covered, at: event.data.at });
  },
};

function opened({ data }: PositionOpened): ProtectionRow {
  return {
    positionId: data.positionId,
    accountId: data.accountId,
    instrumentId: data.instrumentId,
    mode: data.mode,
    side: data.side,
    openQuantity: data.quantity,
    guardedBy: {},
    withoutLevel: {},
    asleep: {},
    exiting: {},
    coveredQuantity: '0' as DecimalText,
    uncoveredQuantity: data.quantity,
    uncoveredSince: isoTime(data.at),
    uncoveredQuantitySeconds: '0' as DecimalText,
    uncoveredMsMax: 0,
    updatedAt: isoTime(data.at),
  };
}

type Changed = Pick<
  ProtectionRow,
  'openQuantity' | 'guardedBy' | 'withoutLevel' | 'asleep' | 'exiting'
>;

type Later = Exclude<PositionEvent | StopFact, PositionOpened>;

function changed(row: ProtectionRow, event: Later): Changed {
  const { openQuantity, guardedBy, withoutLevel, asleep, exiting } = row;
  const same = { openQuantity, guardedBy, withoutLevel, asleep, exiting };
  switch (event.type) {
    case 'PositionIncreased':
    case 'PositionReconciled':
    case 'PositionRestated':
      return { ...same, openQuantity: event.data.openQuantity };
    case 'PositionReduced':
    case 'PositionClosed': {
      const { orderId, quantity, remainingQuantity } = event.data;
      return {
        ...same,
        openQuantity: remainingQuantity,
        exiting: filled(exiting, orderId, quantity),
      };
    }
    case 'StopArmed':
      return { ...same, ...guarding(row, event.data, event.data.quantity) };
    case 'StopActivated':
    case 'StopTrailed':
    case 'StopMovedToBreakEven':
    case 'StopAmended':
    case 'StopResumed':
      return { ...same, ...guarding(row, event.data, quantityOf(row, event.data.stopId)) };
    case 'StopQuantityAdjusted':
    case 'StopRestated':
      return { ...same, ...resized(row, event.data.stopId, event.data.quantity) };
    case 'StopSuspended': {
      const { stopId } = event.data;
      const quantity = quantityOf(row, stopId);
      return { ...same, ...parted(row, stopId), asleep: { ...asleep, [stopId]: quantity } };
    }
    case 'StopTargetHit': {
      const { stopId, remainingQuantity } = event.data;
      return {
        ...same,
        ...resized(row, stopId, remainingQuantity),
        exiting: decided(exiting, event),
      };
    }
    case 'StopTriggered':
      return { ...same, ...parted(row, event.data.stopId), exiting: decided(exiting, event) };
    case 'StopExitHeld':
      return { ...same, exiting: without(exiting, exitKey(event.data)) };
    case 'StopExitReleased': {
      const { stopId, quantity } = event.data;
      return { ...same, exiting: { ...exiting, [exitKey(event.data)]: { stopId, quantity } } };
    }
    case 'StopCancelled':
    case 'StopExpired':
    case 'StopClosed':
      return { ...same, ...ended(row, event.data.stopId) };
  }
}

function isMere(event: PositionEvent | StopFact): boolean {
  return event.type === 'StopTrailed' && event.data.previous.level !== null;
}

type Stops = Pick<ProtectionRow, 'guardedBy' | 'withoutLevel' | 'asleep'>;

/** A stop stands in one of the three: as armed with a level, as armed without one, or as asleep. */
function parted({ guardedBy, withoutLevel, asleep }: Stops, stopId: string): Stops {
  return {
    guardedBy: without(guardedBy, stopId),
    withoutLevel: without(withoutLevel, stopId),
    asleep: without(asleep, stopId),
  };
}

function quantityOf({ guardedBy, withoutLevel, asleep }: Stops, stopId: string): DecimalText {
  return guardedBy[stopId] ?? withoutLevel[stopId] ?? asleep[stopId] ?? ('0' as DecimalText);
}

/** Armed, where its level says whether it guards. */
function guarding(
  row: Stops,
  { stopId, track }: { readonly stopId: string; readonly track: Pick<StopTrack, 'level'> },
  quantity: DecimalText,
): Stops {
  const others = parted(row, stopId);
  return track.level === null
    ? { ...others, withoutLevel: { ...others.withoutLevel, [stopId]: quantity } }
    : { ...others, guardedBy: { ...others.guardedBy, [stopId]: quantity } };
}

function resized(row: Stops, stopId: string, quantity: DecimalText): Partial<Stops> {
  const { guardedBy, withoutLevel, asleep } = row;
  if (stopId in asleep) return { asleep: { ...asleep, [stopId]: quantity } };
  if (stopId in withoutLevel) return { withoutLevel: { ...withoutLevel, [stopId]: quantity } };
  return { guardedBy: { ...guardedBy, [stopId]: quantity } };
}

function ended(row: ProtectionRow, stopId: string) {
  const others = Object.entries(row.exiting).filter(([, exit]) => exit.stopId !== stopId);
  return { ...parted(row, stopId), exiting: Object.fromEntries(others) };
}

function decided(exiting: ProtectionRow['exiting'], { data }: StopTargetHit | StopTriggered) {
  const { stopId, order } = data;
  return { ...exiting, [keyOf(order.orderId)]: { stopId, quantity: order.quantity } };
}

/** All attempts of an exit are one: its order's id without the two digits of the attempt. */
function keyOf(orderId: string): string {
  return orderId.slice(0, -2);
}

function exitKey({ stopId, ordinal }: (StopExitHeld | StopExitReleased)['data']): string {
  return keyOf(exitOrderId(stopId, ordinal, 1));
}

function filled(exiting: ProtectionRow['exiting'], orderId: string, quantity: DecimalText) {
  const key = keyOf(orderId);
  const exit = exiting[key];
  if (!exit) return exiting;
  const left = subtract(decimal(exit.quantity), decimal(quantity));
  return left.units <= 0n
    ? without(exiting, key)
    : { ...exiting, [key]: { ...exit, quantity: formatDecimal(left) } };
}

/** A fact touches one stop, so that the others need not be added up again: a position may have thousands. */
function coveredAfter(row: ProtectionRow, after: Changed, event: Later): Decimal {
  const covered = decimal(row.coveredQuantity);
  const stopId = stopTouched(row, event);
  if (stopId === undefined) return covered;
  return add(subtract(covered, coveredBy(row, stopId)), coveredBy(after, stopId));
}

function stopTouched({ exiting }: ProtectionRow, { data }: Later): string | undefined {
  if ('stopId' in data) return data.stopId;
  return 'orderId' in data ? exiting[keyOf(data.orderId)]?.stopId : undefined;
}

/** By the stop while it is armed, and by its exits. */
function coveredBy({ guardedBy, exiting }: Changed, stopId: string): Decimal {
  const exits = Object.values(exiting).filter((exit) => exit.stopId === stopId);
  const guarded = decimal(guardedBy[stopId] ?? '0');
  return exits.reduce((sum, { quantity }) => add(sum, decimal(quantity)), guarded);
}

function without<Value>(record: Readonly<Record<string, Value>>, key: string) {
  if (!Object.hasOwn(record, key)) return record;
  return Object.fromEntries(Object.entries(record).filter(([each]) => each !== key));
}

/** Closes the time up to the fact at what was uncovered until then. */
function measured(
  before: ProtectionRow,
  after: Changed,
  { covered, at }: { readonly covered: Decimal; readonly at: UnixMs },
): ProtectionRow {
  const since = before.uncoveredSince === null ? at : Date.parse(before.uncoveredSince);
  const upTo = Math.max(at, Date.parse(before.updatedAt));
  const lasted = upTo - Date.parse(before.updatedAt);
  const spent = multiply(decimal(before.uncoveredQuantity), { units: BigInt(lasted), scale: 3 });
  const open = decimal(after.openQuantity);
  const uncovered = compare(covered, open) >= 0 ? ZERO : subtract(open, covered);
  // Key by key: to spread a row and replace half of it takes fifty times as long.
  return {
    positionId: before.positionId,
    accountId: before.accountId,
    instrumentId: before.instrumentId,
    mode: before.mode,
    side: before.side,
    openQuantity: after.openQuantity,
    guardedBy: after.guardedBy,
    withoutLevel: after.withoutLevel,
    asleep: after.asleep,
    exiting: after.exiting,
    coveredQuantity: formatDecimal(covered),
    uncoveredQuantity: formatDecimal(uncovered),
    uncoveredSince: isZero(uncovered) ? null : (before.uncoveredSince ?? isoTime(at)),
    uncoveredQuantitySeconds: formatDecimal(add(decimal(before.uncoveredQuantitySeconds), spent)),
    uncoveredMsMax: Math.max(before.uncoveredMsMax, upTo - since),
    updatedAt: isoTime(upTo),
  };
}
