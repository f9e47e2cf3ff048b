import type { DecimalText } from '../kernel/units.js';
import type { Dialect } from './dialect.js';
import type { MeasuredForm } from './measured-trail.js';

/** A distance that depends on prices alone. Exactly one of the forms. */
export type PlainDistance =
  | { readonly amount: DecimalText }
  | { readonly percent: DecimalText }
  | { readonly bps: DecimalText }
  | { readonly ticks: number };

/**
 * Measured over whole bars of `interval` (an ISO 8601 duration), built from ticks: the level is known after `period` of
 * them and changes when one has ended. Exactly one of the forms:
 *
 *     atr         multiple x Wilder's average true range behind the best price
 *     chandelier  as far behind the best price of the newest `period` bars
 *     donchian    at the worst price of the newest `period` bars: the lowest low for a long, the highest high for a short
 *     ema         at the exponential average of the closes
 */
export type MeasuredTrail = MeasuredForm<DecimalText>;

/** How far the stop stays behind the market. Exactly one of the forms. */
export type TrailDistance = PlainDistance | MeasuredTrail;

/** A partial exit at `price` of `portion` (0..1] of the quantity the stop was armed for. */
export interface Target {
  readonly price: DecimalText;
  readonly portion: DecimalText;
}

/** Once a price is at (or, `strict`, beyond) `from`, the stop follows at this closer distance. */
export interface Tightening {
  readonly from: DecimalText;
  readonly touch: 'inclusive' | 'strict';
  readonly trail: PlainDistance;
}

/** When the price has reached `trigger`, the stop moves to the entry, better by `offset` (may be negative). */
export interface BreakEven {
  readonly trigger: DecimalText;
  readonly offset: DecimalText;
}

/**
 * The exit is a limit order. Its price is `price`, or `offset` worse than the stop (by dialect: than the basis), or the
 * better of the two. What is not filled `unfilledAfter` (an ISO 8601 duration) leaves at market, or is kept.
 */
export interface LimitExit {
  readonly offset?: PlainDistance;
  readonly price?: DecimalText;
  readonly unfilledAfter?: string;
  readonly then: 'market' | 'keep';
}

export type ExitTimeInForce = 'gtc' | 'day' | 'ioc' | 'fok';

/**
 * How what the stop lets go leaves where no `limit` says otherwise. `limit`: at most `collar` worse than the newest price;
 * what has not filled `unfilledAfter` (an ISO 8601 duration) leaves at market. Missing in a plan: at market.
 */
export type ExitPolicy =
  | { readonly type: 'market' }
  | {
      readonly type: 'limit';
      readonly collar: PlainDistance;
      readonly timeInForce: ExitTimeInForce;
      readonly unfilledAfter: string;
    };

/**
 * A reduce-only stop rests at the venue, `margin` behind the engine's own, for the time when the engine is away. It moves
 * when it is `step` behind where it should be.
 */
export interface Insurance {
  readonly margin: PlainDistance;
  readonly step: PlainDistance;
  /** The plan's one target rests there with it: the venue lets one of both trade. */
  readonly withTarget?: true;
}

/** The whole rest leaves `after` (an ISO 8601 duration) from arming; or only unless it is in profit then. */
export interface TimeStop {
  readonly after: string;
  readonly unlessInProfit: boolean;
  /** `exit` by default. `expire`: the stop ends and nothing is sent. */
  readonly then?: 'exit' | 'expire';
}

/** The whole rest leaves `before` (an ISO 8601 duration) the end of the instrument's trading session. */
export interface SessionEnd {
  readonly before: string;
}

export type TriggerBy = 'last' | 'bidAsk' | 'mid' | 'mark';

/** What a stop will do, whole: nothing of it is read later from configuration. */
export interface StopPlan {
  readonly stop?: DecimalText;
  readonly trail?: TrailDistance;
  readonly tighten?: Tightening;
  readonly activation?: DecimalText;
  readonly step?: DecimalText;
  readonly breakEven?: BreakEven;
  readonly targets?: readonly Target[];
  readonly limit?: LimitExit;
  readonly exit?: ExitPolicy;
  readonly insurance?: Insurance;
  readonly timeStop?: TimeStop;
  readonly sessionEnd?: SessionEnd;
  readonly triggerBy: TriggerBy;
  /** `double`: two consecutive prices must be at the stop. Single where it is not given. */
  readonly confirm?: 'single' | 'double';
  readonly dialect: Dialect;
}
