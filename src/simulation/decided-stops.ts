import type { Fact } from '../domain/facts.js';
import type { DecimalText, OrderId, PositionSide, StopId, UnixMs } from '../domain/kernel/units.js';
import type { StopPlan } from '../domain/stop/stop-plan.js';
import type { TriggerBranch } from '../domain/stop/stop.events.js';

/** What a venue made of an exit, or what a simulated one did. */
export interface ExitTrade {
  readonly quantity: DecimalText;
  readonly price: DecimalText;
}

/** An exit that was decided: the n-th of its stop. */
export interface DecidedExit {
  readonly branch: TriggerBranch;
  readonly at: UnixMs;
  /** The price that decided it; null when none had been seen. */
  readonly price: DecimalText | null;
  readonly quantity: DecimalText;
  /** In the order of the log, of every attempt; nothing for what was only computed. */
  readonly trades: readonly ExitTrade[];
}

export type StopEnd = 'open' | 'triggered' | 'expired' | 'cancelled';

/** A stop and all that it decided, told in the same words wherever it ran. */
export interface DecidedStop {
  readonly stopId: StopId;
  readonly instrumentId: string;
  readonly side: PositionSide;
  readonly quantity: DecimalText;
  readonly entryPrice: DecimalText;
  readonly plan: StopPlan;
  readonly armedAt: UnixMs;
  readonly end: StopEnd;
  /** What changed it after arming that no price did. */
  readonly changedBy: ReadonlySet<StopChange>;
  readonly exits: readonly DecidedExit[];
}

export type StopChange =
  'StopAmended' | 'StopSuspended' | 'StopQuantityAdjusted' | 'StopRestated' | 'command';

type Noted = { -readonly [Field in keyof DecidedStop]: DecidedStop[Field] } & {
  readonly changedBy: Set<StopChange>;
  readonly exits: (DecidedExit & { readonly trades: ExitTrade[] })[];
};

type FactOf<Type extends Fact['type']> = Extract<Fact, { type: Type }>['data'];

/** The fold of the log that a comparison needs: stops by account, and what they decided. */
export class DecidedStops {
  private readonly byAccount = new Map<string, Map<StopId, Noted>>();
  /** Which exit an order belongs to; several attempts belong to one. */
  private readonly exitOf = new Map<OrderId, { readonly stop: Noted; readonly ordinal: number }>();

  constructor(private readonly accounts: ReadonlySet<string>) {}

  /** The stops of an account, in the order in which they were armed. */
  of(accountId: string): readonly DecidedStop[] {
    return [...(this.byAccount.get(accountId)?.values() ?? [])];
  }

  apply(fact: Fact): void {
    switch (fact.type) {
      case 'StopArmed':
        this.arm(fact.data);
        return;
      case 'StopTargetHit':
        this.noteExit(fact.data, 'target');
        return;
      case 'StopTriggered':
        this.noteExit(fact.data, fact.data.branch);
        this.end(fact.data, 'triggered');
        return;
      case 'StopExpired':
        this.end(fact.data, 'expired');
        return;
      case 'StopCancelled':
        this.end(fact.data, 'cancelled');
        return;
      case 'StopAmended':
      case 'StopSuspended':
      case 'StopRestated':
        this.stopOf(fact.data)?.changedBy.add(fact.type);
        return;
      case 'StopQuantityAdjusted':
        this.noteQuantity(fact.data);
        return;
      case 'OrderPlaced':
        this.noteAttempt(fact.data);
        return;
      case 'OrderPartiallyFilled':
      case 'OrderFilled':
        this.noteTrade(fact.data);
        return;
      default:
        return;
    }
  }

  private arm(armed: FactOf<'StopArmed'>): void {
    const { accountId, stopId, instrumentId, side, quantity, entryPrice, plan, at } = armed;
    if (!this.accounts.has(accountId)) return;
    const stops = this.byAccount.get(accountId) ?? new Map<StopId, Noted>();
    this.byAccount.set(accountId, stops);
    stops.set(stopId, {
      ...{ stopId, instrumentId, side, quantity, entryPrice, plan, armedAt: at },
      ...{ end: 'open', changedBy: new Set(), exits: [] },
    });
  }

  private stopOf(data: { readonly accountId: string; readonly stopId: StopId }): Noted | undefined {
    return this.byAccount.get(data.accountId)?.get(data.stopId);
  }

  private noteExit(
    data: FactOf<'StopTriggered'> | FactOf<'StopTargetHit'>,
    branch: TriggerBranch,
  ): void {
    const stop = this.stopOf(data);
    if (!stop) return;
    const { at, cause, order } = data;
    if (branch === 'command') stop.changedBy.add('command');
    const price = cause?.price ?? null;
    stop.exits.push({ branch, at, price, quantity: order.quantity, trades: [] });
    this.exitOf.set(order.orderId, { stop, ordinal: order.ordinal });
  }

  private end(
    data: FactOf<'StopTriggered'> | FactOf<'StopExpired'> | FactOf<'StopCancelled'>,
    end: StopEnd,
  ): void {
    const stop = this.stopOf(data);
    if (stop) stop.end = end;
  }

  /** What is left after an exit of its own is no change from outside. */
  private noteQuantity(data: FactOf<'StopQuantityAdjusted'>): void {
    const stop = this.stopOf(data);
    if (stop?.exits.length === 0) stop.changedBy.add('StopQuantityAdjusted');
  }

  private noteAttempt(data: FactOf<'OrderPlaced'>): void {
    if (data.stopId === null || 'insures' in data) return;
    const stop = this.stopOf({ accountId: data.accountId, stopId: data.stopId });
    if (stop) this.exitOf.set(data.orderId, { stop, ordinal: data.ordinal });
  }

  private noteTrade({ orderId, quantity, price }: FactOf<'OrderFilled'>): void {
    const exit = this.exitOf.get(orderId);
    exit?.stop.exits[exit.ordinal - 1]?.trades.push({ quantity, price });
  }
}
