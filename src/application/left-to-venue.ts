import type { AccountId, OrderId, StopId } from '../domain/kernel/units.js';
import { isSplitPair } from '../domain/order/order-state.js';
import type { Decision } from '../engine/decisions.js';
import type { Registry } from '../engine/registry.js';
import type { LogReach } from './log-outage.js';

interface ExitDecided {
  readonly accountId: AccountId;
  readonly stopId: StopId;
}

interface Ended {
  readonly orderId: OrderId;
  readonly stopId: StopId | null;
}

export interface LeftToVenueOptions {
  /** By account: a log that is lost for longer leaves its stops to those that rest at the venue. Other accounts: never. */
  readonly afterMs: ReadonlyMap<AccountId, number>;
  readonly monotonicMs: () => number;
  readonly registry: Pick<Registry, 'insuranceOf'>;
  /** Whether an order is being taken back at the venue. */
  readonly isTakenBack: (orderId: OrderId) => boolean;
  /** An exit was decided and waits for the log. */
  readonly onLeft: (stopId: StopId, restingId: OrderId) => void;
  /** What waited leaves: the log is back, or nothing rests at the venue any more. */
  readonly onOver: (stopId: StopId, why: 'log-is-back' | 'nothing-rests') => void;
}

/**
 * Which stops an engine without a log leaves to the venue. Once the log has been lost for as long as their account says,
 * nothing of a stop leaves by our hand (no exit, and no taking back of what rests) while its own stop rests at the venue.
 * One that has none there, or none that is known to rest, is let go as ever: nothing else would guard it.
 *
 *     reached ──lost──► lost ──account's time──► left, stop by stop, as they fire ──log is back──► reached
 *                                                          │ what rests ends, or is a target that trades: it is let go
 */
export class LeftToVenue {
  private lostAtMs: number | undefined;
  private isReached = true;
  private isSeen = true;
  /** With what rests at the venue for it. */
  private readonly left = new Map<StopId, OrderId>();

  constructor(private readonly options: LeftToVenueOptions) {}

  /** What became of appends. */
  onReach(reach: LogReach): void {
    this.isReached = reach === 'reachable';
    this.look();
  }

  /** Whether the log has answered a question: while nothing is appended nothing else tells. */
  onSight(isAnswered: boolean): void {
    this.isSeen = isAnswered;
    this.look();
  }

  /** Sees each decision before it is handed over: what a stop has resting is looked at when it fires, not later. */
  onDecided({ fact }: Decision): void {
    switch (fact.type) {
      case 'StopTriggered':
        // Who asks for a way out is given it.
        if (fact.data.branch !== 'command') this.leave(fact.data);
        return;
      case 'StopTargetHit':
        this.leave(fact.data);
        return;
      case 'OrderCancelled':
      case 'OrderExpired':
      case 'OrderRejected':
        this.takeOver(fact.data);
        return;
      case 'OrderPartiallyFilled':
        // A target that has traded: the venue has ended the stop that rested with it.
        if (this.isPair(fact.data.stopId)) this.takeOver(fact.data);
        return;
      default:
        return;
    }
  }

  /** Whether what the decision orders waits for the log. */
  holds({ fact }: Decision): boolean {
    switch (fact.type) {
      case 'StopTriggered':
      case 'StopTargetHit':
        return this.isLeft(fact.data.stopId);
      case 'OrderPlaced':
      case 'OrderCancelRequested':
        return fact.data.stopId !== null && this.isLeft(fact.data.stopId);
      default:
        return false;
    }
  }

  isLeft(stopId: StopId): boolean {
    return this.left.has(stopId);
  }

  private look(): void {
    if (!this.isReached || !this.isSeen) {
      this.lostAtMs ??= this.options.monotonicMs();
      return;
    }
    this.lostAtMs = undefined;
    const over = [...this.left.keys()];
    this.left.clear();
    for (const stopId of over) this.options.onOver(stopId, 'log-is-back');
  }

  private leave({ accountId, stopId }: ExitDecided): void {
    const afterMs = this.options.afterMs.get(accountId);
    if (afterMs === undefined || this.lostAtMs === undefined || this.left.has(stopId)) return;
    if (this.options.monotonicMs() - this.lostAtMs < afterMs) return;
    const restingId = this.restingOf(stopId);
    if (restingId === undefined) return;
    this.left.set(stopId, restingId);
    this.options.onLeft(stopId, restingId);
  }

  private takeOver({ stopId, orderId }: Ended): void {
    if (stopId === null || this.left.get(stopId) !== orderId) return;
    this.left.delete(stopId);
    this.options.onOver(stopId, 'nothing-rests');
  }

  private isPair(stopId: StopId | null): boolean {
    return stopId !== null && this.options.registry.insuranceOf(stopId)?.targetPrice !== undefined;
  }

  /** An order that the venue has not acknowledged may rest nowhere; of a pair that has traded no stop is left. */
  private restingOf(stopId: StopId): OrderId | undefined {
    const resting = this.options.registry.insuranceOf(stopId);
    if (resting?.status !== 'acked') return undefined;
    if (isSplitPair(resting)) return undefined;
    return this.options.isTakenBack(resting.orderId) ? undefined : resting.orderId;
  }
}
