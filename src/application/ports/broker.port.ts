import type { ReportedFill } from '../../domain/order/order-state.js';
import type {
  AccountId,
  DecimalText,
  InstrumentId,
  OrderId,
  OrderSide,
  UnixMs,
} from '../../domain/kernel/units.js';

/** An order as it leaves the house. `orderId` is the client order id: at most 32 of `[A-Za-z0-9_-]`. */
export interface OrderTicket {
  readonly orderId: OrderId;
  readonly accountId: AccountId;
  readonly instrumentId: InstrumentId;
  readonly side: OrderSide;
  readonly quantity: DecimalText;
  readonly type: 'market' | 'limit';
  /** Of a limit order. */
  readonly limitPrice?: DecimalText;
  readonly reduceOnly: true;
}

/**
 * What we know once the call returns. `refused` needs the venue's own word about this very order. All else (timeout,
 * dropped socket, 5xx, throttling, unreadable reply, an id that the venue knows already) is `unknown`: the order may be
 * live, so it is looked up before anything else is done.
 */
export type SubmitOutcome =
  | { readonly kind: 'acknowledged'; readonly venueOrderId: string; readonly venueTimeMs: UnixMs }
  | { readonly kind: 'refused'; readonly reason: string; readonly venueText: string }
  | {
      readonly kind: 'unknown';
      readonly cause: string;
      /** The venue's own word on when to come again. */
      readonly retryAfterMs?: number | undefined;
    };

/** `absent` is the venue's own word that it has no such order. */
export type LookUpOutcome =
  | {
      readonly kind: 'found';
      readonly venueOrderId: string;
      readonly venueTimeMs: UnixMs;
      readonly fills: readonly ReportedFill[];
    }
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'unknown';
      readonly cause: string;
      readonly retryAfterMs?: number | undefined;
    };

/** At most `permits` calls in any span of `perMs`, of which `reservedForExits` are for exits alone. */
export interface RateLimitTerms {
  readonly name: string;
  readonly permits: number;
  readonly perMs: number;
  readonly reservedForExits: number;
}

export interface FillReport {
  readonly orderId: OrderId;
  readonly fill: ReportedFill;
}

/**
 * What we know once a cancellation returns. `cancelled` is told after every fill that the order had; `ended` means that
 * the venue has nothing to take back: the order's fills say what became of it. All else is `unknown`.
 */
export type CancelOutcome =
  | { readonly kind: 'cancelled'; readonly reason: string }
  | { readonly kind: 'ended' }
  | { readonly kind: 'unknown'; readonly cause: string };

/** A venue as one account sees it. No call throws for what a venue or a network may do. */
export interface Broker {
  /** How long the venue may still take in an order that was sent: "absent" counts only after this. */
  readonly receiveWindowMs: number;
  /** How the venue counts our calls. Missing: it does not. */
  readonly rateLimits?: readonly RateLimitTerms[];
  submit(ticket: OrderTicket): Promise<SubmitOutcome>;
  /** Takes an order back. The same order may be asked for more than once. */
  cancel(orderId: OrderId): Promise<CancelOutcome>;
  lookUpByClientOrderId(orderId: OrderId): Promise<LookUpOutcome>;
  /** Calls back for every fill from here on; a fill may be told more than once. */
  onFill(handler: (report: FillReport) => void): void;
  close(): Promise<void>;
}
