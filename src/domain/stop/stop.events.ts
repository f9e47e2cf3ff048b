import type { Cause, DomainEvent, Stamp } from '../kernel/event.js';
import type { SplitRatio } from '../kernel/split.js';
import type {
  DecimalText,
  OrderId,
  OrderSide,
  PositionSide,
  StopId,
  UnixMs,
} from '../kernel/units.js';
import type { ExitTimeInForce, StopPlan } from './stop-plan.js';

/** The order that a decision calls for. It may leave once the deciding event is durable. */
export interface ExitOrder {
  readonly orderId: OrderId;
  readonly side: OrderSide;
  readonly quantity: DecimalText;
  readonly type: 'market' | 'limit';
  /** Of a limit order. */
  readonly limitPrice?: DecimalText;
  /** Missing: good till cancelled. */
  readonly timeInForce?: ExitTimeInForce;
  /** The limit is a collar around the market, not the stop's own. */
  readonly isCollared?: true;
  readonly reduceOnly: true;
  /** 1-based number of this exit of its stop. */
  readonly ordinal: number;
  /** 1-based try of this exit. */
  readonly attempt: number;
}

/** The condition of the plan that was met first, or somebody who asked to leave at once. */
export type TriggerBranch = 'stop' | 'target' | 'timeStop' | 'sessionEnd' | 'command';

interface StopStamp extends Stamp {
  readonly stopId: StopId;
}

/** Where the stop stands: exact decimals; null until the first price has been seen. */
export interface StopTrack {
  readonly level: DecimalText | null;
  readonly extreme: DecimalText | null;
  /** How often the level changed after it was first set. */
  readonly trailMoves: number;
  /** Where the limit of the exit stands; only of a plan that has one. */
  readonly limit?: DecimalText | null;
  /** What was measured over bars so far; only of a plan that trails by it. */
  readonly range?: RangeTrack;
  /** The newest price was at the level, and the plan wants a second one. */
  readonly isMarked?: true;
  /** The level was moved to the newest price that may fire: see `LiveStop.isDue`. */
  readonly isDue?: true;
}

/** What a trail that is measured over bars needs to go on: exact, so that a restart continues with the same figures. */
export interface RangeTrack {
  /** Bars that began before are not counted. */
  readonly sinceMs: UnixMs;
  /** The average (of ranges; of `ema` of closes) once there are `period` bars, before that their sum. */
  readonly value: DecimalText;
  readonly bars: number;
  /** Of the newest bar, where ranges are measured; null before the first. */
  readonly close: DecimalText | null;
  /** The bar in progress; null between two. */
  readonly bar: RangeBar | null;
  /** Of `chandelier` and `donchian`: bars that can still be the best or the worst, oldest first. */
  readonly window?: readonly WindowBar[];
}

/** What a bar came to at best (or worst), and how many bars have ended since. */
export interface WindowBar {
  readonly price: DecimalText;
  readonly age: number;
}

export interface RangeBar {
  readonly startMs: UnixMs;
  readonly high: DecimalText;
  readonly low: DecimalText;
  readonly close: DecimalText;
}

/** The fill of an entry that a stop was armed for, or took on. */
export interface CoveredFill {
  readonly orderId: OrderId;
  readonly venueTradeId: string;
}

/** A stop guards a position from here on. Source: command, or a fill of an entry that brought its plan along. */
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
    /** When the session ends that the plan leaves before; only of a plan that does. */
    readonly sessionEndsAtMs?: UnixMs;
    /** Only where a fill armed it. */
    readonly covers?: CoveredFill;
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

/** The break-even trigger was reached and the level went to the entry, better by the offset. Closes the range of moves. */
export type StopMovedToBreakEven = DomainEvent<
  'StopMovedToBreakEven',
  1,
  StopStamp & {
    /** Moves that were not yet recorded when the level went to break-even. */
    readonly moves: number;
    readonly previous: StopTrack;
    readonly track: StopTrack;
    readonly cause: Cause;
  }
>;

/**
 * The instrument was split: the stop guards the same in other units. Closes the range of moves. An average range is measured
 * anew, and the level stays until it is known. Where the level falls between two prices it is the tighter one.
 */
export type StopRestated = DomainEvent<
  'StopRestated',
  1,
  StopStamp & {
    readonly ratio: SplitRatio;
    /** Moves that were not yet recorded. */
    readonly moves: number;
    readonly previousQuantity: DecimalText;
    readonly quantity: DecimalText;
    /** Portions of targets are of this. */
    readonly armedQuantity: DecimalText;
    readonly entryPrice: DecimalText;
    readonly previousPlan: StopPlan;
    readonly plan: StopPlan;
    readonly previous: StopTrack;
    readonly track: StopTrack;
  }
>;

/** A target of the ladder was reached: part of the quantity leaves. Version 2: by the exit policy of the plan. */
export type StopTargetHit = DomainEvent<
  'StopTargetHit',
  1 | 2,
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

/**
 * The guarded quantity follows the position: what is left of it, or what a fill of an entry added to it. The level, the
 * rules and the entry price of the stop stay as they are.
 */
export type StopQuantityAdjusted = DomainEvent<
  'StopQuantityAdjusted',
  1,
  StopStamp & {
    readonly previousQuantity: DecimalText;
    readonly quantity: DecimalText;
    readonly reason: 'position-reduced' | 'position-increased';
    /** Only of what a fill added. */
    readonly covers?: CoveredFill;
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
    readonly sessionEndsAtMs?: UnixMs;
  }
>;

/** A named actor let the stop sleep: until it is resumed it neither moves nor fires, and what it guards is unprotected. */
export type StopSuspended = DomainEvent<
  'StopSuspended',
  1,
  StopStamp & { readonly track: StopTrack }
>;

/** The stop guards again, from the level where it fell asleep; prices in between do not count. */
export type StopResumed = DomainEvent<
  'StopResumed',
  1,
  StopStamp & {
    readonly previous: StopTrack;
    readonly track: StopTrack;
    readonly activated: boolean;
    readonly reference: Cause | null;
  }
>;

/** The time of the plan ran out, and the plan says that the stop then ends without an exit. */
export type StopExpired = DomainEvent<
  'StopExpired',
  1,
  StopStamp & {
    readonly reason: 'timeStop';
    readonly track: StopTrack;
    /** The newest price when the time had run out; null when none had been seen. */
    readonly reference: Cause | null;
  }
>;

/**
 * The stop, its last target or its time was reached: the rest of the quantity leaves. Closes the range of unrecorded
 * moves. Version 2: it leaves by the exit policy of the plan. The cause of a time, or of a command, is the newest price before it; null when none had been seen.
 */
export type StopTriggered = DomainEvent<
  'StopTriggered',
  1 | 2,
  StopStamp & {
    readonly branch: TriggerBranch;
    readonly targetPrice: DecimalText | null;
    /** Moves that were not yet recorded when the stop fired. */
    readonly moves: number;
    readonly previous: StopTrack;
    readonly track: StopTrack;
    readonly cause: Cause | null;
    readonly order: ExitOrder;
  }
>;

/** A named actor took the stop away before it fired. */
export type StopCancelled = DomainEvent<
  'StopCancelled',
  1,
  StopStamp & { readonly reason: 'requested' | 'position-closed'; readonly track: StopTrack }
>;

/** Why an exit waits instead of being sent again and again. */
export type HoldReason =
  'halted' | 'market-closed' | 'price-band' | 'no-broker' | 'locked-by-others';

/** An exit whose next attempt is held back. */
export interface HeldExit {
  readonly ordinal: number;
  /** The attempt that will go on. */
  readonly attempt: number;
  readonly reason: HoldReason;
  /** What waits to leave. */
  readonly quantity: DecimalText;
  /** From then on a print of the market lets it go on. */
  readonly notBeforeMs: UnixMs;
  /** Then it goes on whether or not the market has shown itself. */
  readonly untilMs: UnixMs;
}

/** The venue takes nothing of the instrument now: the exit waits for it, and what it is to close is unprotected. */
export type StopExitHeld = DomainEvent<'StopExitHeld', 1, StopStamp & HeldExit>;

/** The exit goes on with the attempt that was held back. */
export type StopExitReleased = DomainEvent<
  'StopExitReleased',
  1,
  StopStamp & {
    readonly ordinal: number;
    readonly attempt: number;
    readonly quantity: DecimalText;
    readonly reason: 'market-trades' | 'time';
  }
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
  | StopMovedToBreakEven
  | StopTargetHit
  | StopQuantityAdjusted
  | StopAmended
  | StopRestated
  | StopSuspended
  | StopResumed
  | StopTriggered
  | StopCancelled
  | StopExpired
  | StopExitHeld
  | StopExitReleased
  | StopClosed;
