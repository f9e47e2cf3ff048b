import type { Fold } from '../kernel/decider.js';
import { add, compare, decimal, formatDecimal, subtract } from '../kernel/decimal.js';
import type { Stamp } from '../kernel/event.js';
import type {
  DecimalText,
  InputRef,
  OrderId,
  PositionSide,
  StopId,
  UnixMs,
} from '../kernel/units.js';
import type { StopPlan } from './stop-plan.js';
import type { ExitOrder, HeldExit, StopEvent, StopTrack } from './stop.events.js';

export type StopStatus = 'armed' | 'suspended' | 'triggered' | 'closed' | 'cancelled' | 'expired';

export interface KnownStop {
  readonly status: StopStatus;
  readonly stopId: StopId;
  readonly stamp: Stamp;
  readonly side: PositionSide;
  readonly entryPrice: DecimalText;
  /** What the stop still guards: what was armed less its partial exits. */
  readonly quantity: DecimalText;
  /** What was armed: portions of targets are of this. */
  readonly armedQuantity: DecimalText;
  readonly plan: StopPlan;
  readonly track: StopTrack;
  readonly activated: boolean;
  /** When the session ends that the plan leaves before; null when it does not. */
  readonly sessionEndsAtMs: UnixMs | null;
  /** The entry whose fills it was armed for; null when a command armed it. */
  readonly entryOrderId: OrderId | null;
  /** Targets reached so far: the next one is `plan.targets[targetsHit]`. */
  readonly targetsHit: number;
  /** Exits decided so far, oldest first. */
  readonly exits: readonly ExitOrder[];
  /** Exits that wait for their market; missing: none. */
  readonly heldExits?: readonly HeldExit[];
  /** The input by which somebody let its position leave, which fired it; missing: nobody did. */
  readonly leftBy?: InputRef;
  /** Moves recorded since anything else happened to it: who has seen that much has seen all but where it stands. */
  readonly movesSince: number;
  /** The input behind the newest event: inputs up to it are already in this state. */
  readonly lastInput: InputRef;
  /** Its input time. */
  readonly lastAtMs: UnixMs;
}

const NO_EXITS: readonly ExitOrder[] = [];

export type StopState = { readonly status: 'absent' } | KnownStop;

/** Client order id: the stop's ULID, exit ordinal and attempt in base 36. 31 characters. */
export function exitOrderId(stopId: StopId, ordinal: number, attempt: number): OrderId {
  const two = (value: number): string => value.toString(36).padStart(2, '0');
  return `${stopId}-${two(ordinal)}${two(attempt)}`;
}

/** The stop whose exit an order is by its id; of an entry's id it is no stop. */
export function stopIdOf(orderId: OrderId): StopId {
  return orderId.slice(0, -5);
}

/** Whether an order is a later attempt of the same exit than the other. */
export function isLaterAttempt(orderId: OrderId, than: OrderId): boolean {
  const exit = orderId.slice(0, -2);
  return exit === than.slice(0, -2) && orderId.slice(-2) > than.slice(-2);
}

/** Whether an order is of another exit of the same stop than the other. */
export function isOtherExit(orderId: OrderId, than: OrderId): boolean {
  const isOfStop = orderId.slice(0, -4) === than.slice(0, -4);
  return isOfStop && orderId.slice(0, -2) !== than.slice(0, -2);
}

function known(state: StopState): KnownStop {
  if (state.status === 'absent') throw new Error('Invariant: a stop stream begins with StopArmed');
  return state;
}

function happened({ input, at }: Stamp): Pick<KnownStop, 'movesSince' | 'lastInput' | 'lastAtMs'> {
  return { movesSince: 0, lastInput: input, lastAtMs: at };
}

function evolve(before: StopState, event: StopEvent): StopState {
  if (event.type === 'StopArmed') return armed(event.data);
  const state = { ...known(before), ...happened(event.data) };
  switch (event.type) {
    case 'StopActivated':
      return { ...state, activated: true, track: event.data.track };
    case 'StopTrailed':
      return { ...state, track: event.data.track, movesSince: known(before).movesSince + 1 };
    case 'StopMovedToBreakEven':
      return { ...state, track: event.data.track };
    case 'StopTargetHit':
      return {
        ...state,
        track: event.data.track,
        quantity: event.data.remainingQuantity,
        targetsHit: event.data.targetIndex + 1,
        exits: [...state.exits, event.data.order],
      };
    case 'StopQuantityAdjusted':
      return { ...state, ...adjusted(state, event.data.quantity) };
    case 'StopAmended':
      return {
        ...state,
        plan: event.data.plan,
        track: event.data.track,
        activated: event.data.activated,
        sessionEndsAtMs: event.data.sessionEndsAtMs ?? null,
        armedQuantity: state.quantity,
        targetsHit: 0,
      };
    case 'StopRestated': {
      const { instrumentVersion, quantity, armedQuantity, entryPrice, plan, track } = event.data;
      const stamp = { ...state.stamp, instrumentVersion };
      return { ...state, stamp, quantity, armedQuantity, entryPrice, plan, track };
    }
    case 'StopSuspended':
      return { ...state, status: 'suspended', track: event.data.track };
    case 'StopResumed':
      return {
        ...state,
        status: 'armed',
        track: event.data.track,
        activated: event.data.activated,
      };
    case 'StopTriggered':
      return {
        ...state,
        status: 'triggered',
        ...(event.data.branch === 'command' && { leftBy: event.data.input }),
        track: event.data.track,
        quantity: formatDecimal(
          subtract(decimal(state.quantity), decimal(event.data.order.quantity)),
        ),
        exits: [...state.exits, event.data.order],
      };
    case 'StopCancelled':
      return { ...state, status: 'cancelled', track: event.data.track };
    case 'StopExpired':
      return { ...state, status: 'expired', track: event.data.track };
    case 'StopExitHeld': {
      const { ordinal, attempt, reason, quantity, notBeforeMs, untilMs } = event.data;
      const held = { ordinal, attempt, reason, quantity, notBeforeMs, untilMs };
      return { ...state, heldExits: [...heldWithout(state, ordinal), held] };
    }
    case 'StopExitReleased':
      return { ...state, heldExits: heldWithout(state, event.data.ordinal) };
    case 'StopClosed':
      return { ...state, status: 'closed', track: event.data.track };
  }
}

function heldWithout({ heldExits = [] }: KnownStop, ordinal: number): readonly HeldExit[] {
  return heldExits.filter((held) => held.ordinal !== ordinal);
}

/** Portions of targets are of all that ever came in, so that what is added counts there too. */
function adjusted({ quantity, armedQuantity }: KnownStop, wanted: DecimalText) {
  const added = subtract(decimal(wanted), decimal(quantity));
  if (compare(added, decimal('0')) <= 0) return { quantity: wanted };
  return { quantity: wanted, armedQuantity: formatDecimal(add(decimal(armedQuantity), added)) };
}

function armed(data: (StopEvent & { type: 'StopArmed' })['data']): KnownStop {
  const { accountId, instrumentId, instrumentVersion, positionId, mode, rules, input, at } = data;
  return {
    status: 'armed',
    stopId: data.stopId,
    stamp: { accountId, instrumentId, instrumentVersion, positionId, mode, rules, input, at },
    side: data.side,
    entryPrice: data.entryPrice,
    quantity: data.quantity,
    armedQuantity: data.quantity,
    plan: data.plan,
    track: data.track,
    activated: data.activated,
    sessionEndsAtMs: data.sessionEndsAtMs ?? null,
    entryOrderId: data.covers?.orderId ?? null,
    targetsHit: 0,
    exits: NO_EXITS,
    movesSince: 0,
    lastInput: data.input,
    lastAtMs: data.at,
  };
}

export const stopFold: Fold<StopState, StopEvent> = { initialState: { status: 'absent' }, evolve };
