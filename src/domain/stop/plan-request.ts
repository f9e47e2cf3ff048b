import type { MeasuredForm } from './measured-trail.js';
import type { ExitTimeInForce, TriggerBy } from './stop-plan.js';

export type PlainDistanceRequest =
  | { readonly amount: string }
  | { readonly percent: string }
  | { readonly bps: string }
  | { readonly ticks: number };

export type TrailRequest = PlainDistanceRequest | MeasuredForm<string>;

/**
 * A plan as a trader writes it: structure checked at the border, meaning not yet.
 * Prices and distances are decimal text as given; a dialect is a name or single settings over the default.
 */
export interface PlanRequest {
  readonly stop?: string;
  readonly trail?: TrailRequest;
  readonly tighten?: {
    readonly from: string;
    readonly touch?: 'inclusive' | 'strict';
    readonly trail: PlainDistanceRequest;
  };
  readonly activation?: string;
  readonly step?: string;
  readonly breakEven?: { readonly trigger: string; readonly offset?: string };
  readonly targets?: readonly { readonly price: string; readonly portion?: string }[];
  readonly limit?: {
    readonly offset?: string | PlainDistanceRequest;
    readonly price?: string;
    readonly unfilledAfter?: string;
    readonly then?: 'market' | 'keep';
  };
  readonly exit?: {
    readonly type: 'market' | 'limit';
    readonly collar?: PlainDistanceRequest;
    readonly timeInForce?: ExitTimeInForce;
    readonly unfilledAfter?: string;
  };
  readonly insurance?: {
    readonly margin: PlainDistanceRequest;
    readonly step?: PlainDistanceRequest;
    readonly withTarget?: boolean;
  };
  readonly timeStop?: {
    readonly after: string;
    readonly unlessInProfit?: boolean;
    readonly then?: 'exit' | 'expire';
  };
  readonly sessionEnd?: { readonly before: string };
  readonly triggerBy?: TriggerBy;
  readonly confirm?: 'single' | 'double';
  readonly dialect?: string | Readonly<Record<string, string>>;
}
