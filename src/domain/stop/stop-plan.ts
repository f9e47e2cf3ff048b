import type { DecimalText } from '../kernel/units.js';

/** How far the stop stays behind the best price. Exactly one of the forms. */
export type TrailDistance =
  | { readonly amount: DecimalText }
  | { readonly percent: DecimalText }
  | { readonly bps: DecimalText }
  | { readonly ticks: number };

/** A partial exit at `price` of `portion` (0..1] of the quantity the stop was armed for. */
export interface Target {
  readonly price: DecimalText;
  readonly portion: DecimalText;
}

/**
 * How the finer points are settled. Written whole into the event that arms the stop.
 * `throughMarket`: what happens to a stop that the market has already passed when it is armed.
 */
export interface Dialect {
  readonly name: string;
  readonly touch: 'inclusive' | 'strict';
  readonly order: 'move-then-check' | 'check-then-move';
  readonly percentOf: 'extreme';
  readonly rounding: 'tighter' | 'looser' | 'nearest' | 'none';
  readonly throughMarket: 'fire' | 'refuse';
}

export type TriggerBy = 'last' | 'bidAsk';

/** What a stop will do, whole: nothing of it is read later from configuration. */
export interface StopPlan {
  readonly stop?: DecimalText;
  readonly trail?: TrailDistance;
  readonly activation?: DecimalText;
  readonly step?: DecimalText;
  readonly targets?: readonly Target[];
  readonly triggerBy: TriggerBy;
  readonly dialect: Dialect;
}

export const STOPLEDGER_DIALECT: Dialect = {
  name: 'stopledger',
  touch: 'inclusive',
  order: 'move-then-check',
  percentOf: 'extreme',
  rounding: 'tighter',
  throughMarket: 'fire',
};
