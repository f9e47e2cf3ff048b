import type { Cause, DomainEvent, Stamp } from '../kernel/event.js';
import type { DecimalText, OrderId, OrderSide, PositionSide, StopId } from '../kernel/units.js';
import type { StopPlan } from './stop-plan.js';

/** The order that a decision calls for. It may leave once the deciding event is durable. */
export interface ExitOrder {
  readonly orderId: OrderId;
  readonly side: OrderSide;
  readonly quantity: DecimalText;
  readonly type: 'market';
  readonly reduceOnly: true;
  /** 1-based number of this exit of its stop. */
  readonly ordinal: number;
  /** 1-based try of this exit. */
  readonly attempt: number;
}

interface StopStamp extends Stamp {
  readonly stopId: StopId;
}

/** Where the stop stands: exact decimals; null until the first price has been seen. */
export interface StopTrack {
  readonly level: DecimalText | null;
  readonly extreme: DecimalText | null;
  /** How often the level changed after it was first set. */
  readonly trailMoves: number;
}

/** A stop guards a position from here on. Source: command. */
export type StopArmed = DomainEvent<
  'StopArmed',
  1,
  StopStamp & {
    readonly side: PositionSide;
    readonly quantity: DecimalText;
    readonly entryPrice: DecimalText;
    readonly plan: StopPlan;
    readonly track: StopTrack;
    readonly activated: boolean;
    /** The price known when the stop was armed; null when no price had been seen. */
    readonly reference: Cause | null;
  }
>;

/** Trailing begins: the activation price was reached, or the first price after arming was seen. */
export type StopActivated = DomainEvent<
  'StopActivated',
  1,
  StopStamp & {
    readonly reason: 'activation-reached' | 'first-price';
    readonly previous: StopTrack;
    readonly track: StopTrack;
    readonly cause: Cause;
  }
>;

/** The level moved, once or (merged by the recording rule) several times between two prices. */
export type StopTrailed = DomainEvent<
  'StopTrailed',
  1,
  StopStamp & {
    readonly moves: number;
    readonly previous: StopTrack;
    readonly track: StopTrack;
    /** The price that made the first of the merged moves. */
    readonly firstCause: Cause;
    /** The price that made the last of the merged moves. */
    readonly cause: Cause;
    readonly branch: 'trail';
  }
>;

/** A target of the ladder was reached: part of the quantity leaves. */
export type StopTargetHit = DomainEvent<
  'StopTargetHit',
  1,
  StopStamp & {
    /** 0-based place in `plan.targets`. */
    readonly targetIndex: number;
    readonly targetPrice: DecimalText;
    readonly remainingQuantity: DecimalText;
    readonly track: StopTrack;
    readonly cause: Cause;
    readonly order: ExitOrder;
  }
>;

/** The guarded quantity follows what is left of the position. */
export type StopQuantityAdjusted = DomainEvent<
  'StopQuantityAdjusted',
  1,
  StopStamp & {
    readonly previousQuantity: DecimalText;
    readonly quantity: DecimalText;
    readonly reason: 'position-reduced';
  }
>;

/** A named actor replaced the plan: the only way a stop may loosen. */
export type StopAmended = DomainEvent<
  'StopAmended',
  1,
  StopStamp & {
    readonly previousPlan: StopPlan;
    readonly plan: StopPlan;
    readonly previous: StopTrack;
    readonly track: StopTrack;
    readonly activated: boolean;
    readonly reference: Cause | null;
  }
>;

/** The stop (or its last target) was hit: the rest of the quantity leaves. Closes the range of unrecorded moves. */
export type StopTriggered = DomainEvent<
  'StopTriggered',
  1,
  StopStamp & {
    readonly branch: 'stop' | 'target';
    readonly targetPrice: DecimalText | null;
    /** Moves that were not yet recorded when the stop fired. */
    readonly moves: number;
    readonly previous: StopTrack;
    readonly track: StopTrack;
    readonly cause: Cause;
    readonly order: ExitOrder;
  }
>;

/** A named actor took the stop away before it fired. */
export type StopCancelled = DomainEvent<
  'StopCancelled',
  1,
  StopStamp & { readonly reason: 'requested' | 'position-closed'; readonly track: StopTrack }
>;

/** Every exit of the stop is settled. */
export type StopClosed = DomainEvent<
  'StopClosed',
  1,
  StopStamp & {
    readonly track: StopTrack;
    readonly exitQuantity: DecimalText;
    /** What was not filled: more than nothing when the venue refused an exit. */
    readonly unfilledQuantity: DecimalText;
  }
>;

export type StopEvent =
  | StopArmed
  | StopActivated
  | StopTrailed
  | StopTargetHit
  | StopQuantityAdjusted
  | StopAmended
  | StopTriggered
  | StopCancelled
  | StopClosed;
