import type { PriceKind } from '../domain/feed/feed.events.js';
import type { EngineRecovered } from '../domain/engine-run/engine-run.events.js';
import type {
  AccountId,
  DecimalText,
  InputRef,
  InstrumentId,
  OrderId,
  UnixMs,
} from '../domain/kernel/units.js';
import type { PlanRequest } from '../domain/stop/plan-request.js';
import type { ReportedFill } from '../domain/order/order-state.js';
import type { RefusalKind } from '../domain/order/refusal.js';
import type { EngineCommand } from './engine-commands.js';
import type { Tick } from './tick.js';

/** What a broker, or our asking it, told us about one order. */
export type BrokerReport =
  | {
      readonly kind: 'acked';
      readonly orderId: OrderId;
      readonly venueOrderId: string;
      readonly venueTimeMs: UnixMs;
    }
  | {
      readonly kind: 'rejected';
      readonly orderId: OrderId;
      readonly reason: RefusalKind;
      readonly venueText: string;
    }
  | { readonly kind: 'unknown'; readonly orderId: OrderId; readonly unclear: string }
  | {
      /** We ourselves kept it back: nothing left. */
      readonly kind: 'denied';
      readonly orderId: OrderId;
      readonly reason: string;
      readonly rule: string;
    }
  | {
      readonly kind: 'cancelled' | 'expired';
      readonly orderId: OrderId;
      readonly reason: string;
    }
  | {
      readonly kind: 'fill';
      readonly orderId: OrderId;
      readonly fill: ReportedFill;
      /** Another engine has sent an order of more under this id: what it takes leaves, whether or not it fits ours. */
      readonly byOther?: true;
      /** The order of another engine that has this fill, unknown to the log: an exit of the same stop. */
      readonly byOrder?: OrderId;
    };

/** What a venue holds of an instrument: its own position book, read twice with the same answer. */
export interface VenueHolding {
  readonly accountId: AccountId;
  readonly instrumentId: InstrumentId;
  /** `net` where the venue keeps one position an instrument; `long` and `short` where it keeps both apart. */
  readonly book: 'net' | 'long' | 'short';
  /** Below zero when sold. */
  readonly quantity: DecimalText;
  /** Undefined where the venue does not tell. */
  readonly entryPrice: DecimalText | undefined;
  /** Whether what is found there without our doing becomes a position of ours. */
  readonly adopts: boolean;
  /** Guards what is adopted; undefined: it stays unprotected, and is reported as such. */
  readonly plan: PlanRequest | undefined;
}

export type FeedChange =
  | { readonly change: 'connected'; readonly url: string; readonly recorded: string | null }
  | { readonly change: 'lost'; readonly reason: string }
  | {
      readonly change: 'stale';
      readonly instrumentId: InstrumentId;
      readonly silentMs: number;
      readonly usualMs: number | null;
      /** Missing on tapes of older builds, which did not tell kinds apart. */
      readonly priceKind?: PriceKind | null;
    }
  | {
      readonly change: 'recovered';
      readonly instrumentId: InstrumentId;
      readonly silentMs: number;
      readonly priceKind?: PriceKind | null;
    }
  | {
      readonly change: 'failed-over';
      readonly instrumentId: InstrumentId;
      readonly to: string;
      readonly reason: 'lost' | 'stale' | 'fail-back';
    }
  | { readonly change: 'quality'; readonly counts: Readonly<Record<string, number>> };

/** Everything that enters a partition, in one order. */
export type EngineInput =
  | { readonly kind: 'tick'; readonly tick: Tick }
  | { readonly kind: 'command'; readonly command: EngineCommand }
  | { readonly kind: 'report'; readonly report: BrokerReport }
  | { readonly kind: 'holding'; readonly holding: VenueHolding }
  | { readonly kind: 'feed'; readonly feed: string; readonly change: FeedChange }
  | { readonly kind: 'timer' }
  | { readonly kind: 'started'; readonly build: string }
  | { readonly kind: 'recovered'; readonly found: Omit<EngineRecovered['data'], 'input' | 'at'> }
  /** The log is too far behind, or has caught up. */
  | { readonly kind: 'lag'; readonly isLagging: boolean; readonly queued: number }
  | { readonly kind: 'stopped' };

/** An input with its place in the order and the time that stands for "now" while it is worked on. */
export interface NumberedInput {
  readonly ref: InputRef;
  readonly at: UnixMs;
  readonly input: EngineInput;
}
