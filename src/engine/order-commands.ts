import type { OrderSide } from '../domain/kernel/units.js';
import type { TimeInForce } from '../domain/order/order-terms.js';
import type { PlanRequest } from '../domain/stop/plan-request.js';
import type { CommandHead } from './command-head.js';

/** Enters the market. What it fills opens a position, or adds to the one that is named. */
export interface PlaceOrder extends CommandHead {
  readonly kind: 'PlaceOrder';
  /** A fresh ULID; the client order id at the venue, too. */
  readonly orderId: string;
  readonly accountId: string;
  readonly instrumentId: string;
  /** An open position on the same side that the order adds to. Missing: it opens one, see `positionIdOf`. */
  readonly positionId?: string;
  readonly side: OrderSide;
  readonly quantity: string;
  readonly type: 'market' | 'limit' | 'stop';
  readonly limitPrice?: string;
  readonly stopPrice?: string;
  readonly timeInForce?: TimeInForce;
  /** Guards each fill from its first moment. Missing: the newest armed stop of the position takes the fill on. */
  readonly plan?: PlanRequest;
}

/** Takes back an entry. What it has filled stays, and stays guarded. */
export interface CancelOrder extends CommandHead {
  readonly kind: 'CancelOrder';
  readonly orderId: string;
}

/** Takes back every entry of an account, or those of one instrument. */
export interface CancelEntries extends CommandHead {
  readonly kind: 'CancelEntries';
  readonly accountId: string;
  readonly instrumentId?: string;
}

/** Lets a position leave at market now: its stops fire, its entries are taken back. */
export interface ClosePosition extends CommandHead {
  readonly kind: 'ClosePosition';
  readonly positionId: string;
}

/** Whether an account may enter. `PullKillSwitch` also takes its entries back and lets its positions leave. */
export interface SteerTrading extends CommandHead {
  readonly kind: 'HaltTrading' | 'ResumeTrading' | 'PullKillSwitch';
  readonly accountId: string;
  readonly reason: string;
}

export type OrderCommand = PlaceOrder | CancelOrder | CancelEntries | ClosePosition | SteerTrading;
