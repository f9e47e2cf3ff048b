import type { TriggerBy } from './stop-plan.js';

/**
 * A plan as a trader writes it: structure checked at the border, meaning not yet.
 * Prices and distances are decimal text as given; a dialect is a name or single settings over the default.
 */
export interface PlanRequest {
  readonly stop?: string;
  readonly trail?:
    | { readonly amount: string }
    | { readonly percent: string }
    | { readonly bps: string }
    | { readonly ticks: number };
  readonly activation?: string;
  readonly step?: string;
  readonly targets?: readonly { readonly price: string; readonly portion?: string }[];
  readonly triggerBy?: TriggerBy;
  readonly dialect?: string | Readonly<Record<string, string>>;
}
