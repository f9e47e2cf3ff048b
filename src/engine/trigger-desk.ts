import {
  ZERO,
  add,
  compare,
  decimal,
  floorTo,
  formatDecimal,
  isPositive,
  multiply,
  subtract,
} from '../domain/kernel/decimal.js';
import type { Decimal } from '../domain/kernel/decimal.js';
import type { Cause } from '../domain/kernel/event.js';
import { exitSide } from '../domain/kernel/units.js';
import { exitOrderId } from '../domain/stop/stop-state.js';
import type { KnownStop } from '../domain/stop/stop-state.js';
import type { Target } from '../domain/stop/stop-plan.js';
import type { ExitOrder, TriggerBranch } from '../domain/stop/stop.events.js';
import type { ArmedStop } from './armed-stop.js';
import type { Desk } from './desk.js';
import type { ExitPricing } from './exit-terms.js';
import { armedTrack, limitPriceOf } from './live-track.js';
import type { MoveRecorder } from './move-recorder.js';
import type { OrderDesk } from './order-desk.js';
import { causeOf, sourceIn, tickFor } from './price-source.js';
import type { KnownInstrument } from './registry.js';
import type { StopBook } from './stop-book.js';
import type { Tick } from './tick.js';

/** Writes down what prices and times did to stops: activations, moves, targets, triggers, and the orders these decide. */
export class TriggerDesk {
  constructor(
    private readonly desk: Desk,
    private readonly room: {
      readonly book: StopBook;
      readonly recorder: MoveRecorder;
      readonly pricing: ExitPricing;
      readonly orders: OrderDesk;
    },
  ) {}

  activated(armed: ArmedStop, tick: Tick): void {
    const { stop } = this.subject(armed);
    this.desk.decide(`stop-${stop.stopId}`, {
      type: 'StopActivated',
      version: 1,
      data: {
        ...this.desk.stamp(stop.stamp),
        stopId: stop.stopId,
        reason: stop.plan.activation === undefined ? 'first-price' : 'activation-reached',
        previous: stop.track,
        track: armedTrack(armed),
        cause: this.cause(armed, tick),
      },
    });
  }

  /** Closes the range of moves that no event holds yet. */
  trailed(armed: ArmedStop): void {
    const { stop, instrument } = this.subject(armed);
    const { firstTick, lastTick } = armed;
    if (!firstTick || !lastTick)
      throw new Error('Invariant: pending moves have a first and a last tick');
    this.desk.decide(`stop-${stop.stopId}`, {
      type: 'StopTrailed',
      version: 1,
      data: {
        ...this.desk.stamp(stop.stamp),
        stopId: stop.stopId,
        moves: armed.pendingMoves,
        previous: stop.track,
        track: armedTrack(armed),
        firstCause: causeOf(firstTick, sourceIn(firstTick, armed), instrument),
        cause: causeOf(lastTick, sourceIn(lastTick, armed), instrument),
        branch: 'trail',
      },
    });
  }

  movedToBreakEven(armed: ArmedStop, tick: Tick): void {
    const { stop } = this.subject(armed);
    this.desk.decide(`stop-${stop.stopId}`, {
      type: 'StopMovedToBreakEven',
      version: 1,
      data: {
        ...this.desk.stamp(stop.stamp),
        stopId: stop.stopId,
        moves: armed.pendingMoves,
        previous: stop.track,
        track: armedTrack(armed),
        cause: this.cause(armed, tick),
      },
    });
    this.room.recorder.close(armed);
  }

  /** The level was reached: the whole rest leaves. */
  fired(armed: ArmedStop, tick: Tick): void {
    this.trigger(armed, this.cause(armed, tick), { branch: 'stop', targetPrice: null });
  }

  /** Below 0 when the first stop guards less than the second. */
  compareSizes(one: ArmedStop, other: ArmedStop): number {
    const sizeOf = (armed: ArmedStop): Decimal => decimal(this.subject(armed).stop.quantity);
    return compare(sizeOf(one), sizeOf(other));
  }

  /** The time of the plan has come: the whole rest leaves at market. */
  timedOut(armed: ArmedStop, branch: 'timeStop' | 'sessionEnd'): void {
    this.trigger(armed, this.newestCause(armed), { branch, targetPrice: null });
  }

  /** Somebody asked to leave: the whole rest leaves at market. */
  left(armed: ArmedStop): void {
    this.trigger(armed, this.newestCause(armed), { branch: 'command', targetPrice: null });
  }

  /** The time of the plan has come, and the plan says that nothing leaves. */
  expired(armed: ArmedStop): void {
    const { stop } = this.subject(armed);
    this.closeRange(armed);
    this.desk.decide(`stop-${stop.stopId}`, {
      type: 'StopExpired',
      version: 1,
      data: {
        ...this.desk.stamp(stop.stamp),
        stopId: stop.stopId,
        reason: 'timeStop',
        track: armedTrack(armed),
        reference: this.newestCause(armed),
      },
    });
    this.room.book.release(stop);
  }

  /** One or more targets were reached: each lets its portion leave, the last of a full ladder ends the stop. */
  targetsHit(armed: ArmedStop, tick: Tick, count: number): void {
    this.closeRange(armed);
    for (let left = count; left > 0; left -= 1) {
      const { stop, instrument } = this.subject(armed);
      const target = stop.plan.targets?.[stop.targetsHit];
      if (!target) throw new Error('Invariant: a target that was reached is in the plan');
      const quantity = leavingPart(stop, target.portion, instrument);
      if (endsLadder(stop) || compare(quantity, decimal(stop.quantity)) >= 0) {
        const why = { branch: 'target', targetPrice: target.price } as const;
        this.trigger(armed, this.cause(armed, tick), why);
        return;
      }
      this.partialExit(armed, tick, { target, quantity });
    }
  }

  closeRange(armed: ArmedStop): void {
    if (armed.pendingMoves === 0) return;
    this.trailed(armed);
    this.room.recorder.close(armed);
  }

  private partialExit(
    armed: ArmedStop,
    tick: Tick,
    { target, quantity }: { target: Target; quantity: Decimal },
  ): void {
    const { stop } = this.subject(armed);
    const order = this.exitOf(stop, quantity);
    const index = this.desk.decide(`stop-${stop.stopId}`, {
      type: 'StopTargetHit',
      version: order.isCollared ? 2 : 1,
      data: {
        ...this.desk.stamp(stop.stamp),
        stopId: stop.stopId,
        targetIndex: stop.targetsHit,
        targetPrice: target.price,
        remainingQuantity: formatDecimal(subtract(decimal(stop.quantity), quantity)),
        track: armedTrack(armed),
        cause: this.cause(armed, tick),
        order,
      },
    });
    this.room.orders.place(stop, order, index);
  }

  private trigger(
    armed: ArmedStop,
    cause: Cause | null,
    why: { branch: TriggerBranch; targetPrice: ExitOrder['quantity'] | null },
  ): void {
    const { stop, instrument } = this.subject(armed);
    // Targets and times are reached at a price that is there: only the stop itself may want a limit behind it.
    const limitPrice = why.branch === 'stop' ? limitPriceOf(armed.live, instrument) : undefined;
    const order: ExitOrder =
      limitPrice === undefined
        ? this.exitOf(stop, decimal(stop.quantity), why.branch)
        : { ...atMarket(stop, decimal(stop.quantity)), type: 'limit', limitPrice };
    const index = this.desk.decide(`stop-${stop.stopId}`, {
      type: 'StopTriggered',
      version: order.isCollared ? 2 : 1,
      data: {
        ...this.desk.stamp(stop.stamp),
        stopId: stop.stopId,
        ...why,
        moves: armed.pendingMoves,
        previous: stop.track,
        track: armedTrack(armed),
        cause,
        order,
      },
    });
    this.room.recorder.close(armed);
    this.room.book.release(stop);
    this.room.orders.place(stop, order, index);
    this.room.orders.takeBackEntriesOf(stop.stamp.positionId);
  }

  /** As the plan's exit policy has it. Somebody who asks to leave now leaves at market. */
  private exitOf(stop: KnownStop, quantity: Decimal, branch?: TriggerBranch): ExitOrder {
    const market = atMarket(stop, quantity);
    if (branch === 'command') return market;
    return { ...market, ...this.room.pricing.byPolicy(stop, market.side) };
  }

  private cause(armed: ArmedStop, tick: Tick): Cause {
    return causeOf(tick, sourceIn(tick, armed), this.subject(armed).instrument);
  }

  private newestCause(armed: ArmedStop): Cause | null {
    const { stop, instrument } = this.subject(armed);
    const tick = tickFor(this.room.book.lastOf(stop.stamp.instrumentId), armed.source);
    return tick ? causeOf(tick, armed.source, instrument) : null;
  }

  private subject(armed: ArmedStop): { stop: KnownStop; instrument: KnownInstrument } {
    const stop = this.desk.registry.stops.get(armed.stopId);
    const instrument = stop && this.desk.registry.instruments.get(stop.stamp.instrumentId);
    if (!stop || !instrument)
      throw new Error(`Invariant: an armed stop is known, found ${armed.stopId}`);
    return { stop, instrument };
  }
}

function atMarket(stop: KnownStop, quantity: Decimal): ExitOrder {
  const ordinal = stop.exits.length + 1;
  return {
    orderId: exitOrderId(stop.stopId, ordinal, 1),
    side: exitSide(stop.side),
    quantity: formatDecimal(quantity),
    type: 'market',
    reduceOnly: true,
    ordinal,
    attempt: 1,
  };
}

/** True when the next target is the last and the portions add up to the whole: dust of the lot step goes with it. */
function endsLadder(stop: KnownStop): boolean {
  const targets = stop.plan.targets ?? [];
  if (stop.targetsHit !== targets.length - 1) return false;
  const sum = targets.reduce((total, target) => add(total, decimal(target.portion)), ZERO);
  return compare(sum, decimal('1')) === 0;
}

/** A share too small for the lot step leaves as one step: an entry may have filled less than its plan was made for. */
function leavingPart(
  stop: KnownStop,
  portion: ExitOrder['quantity'],
  instrument: KnownInstrument,
): Decimal {
  const share = portionOf(stop, portion, instrument);
  return isPositive(share) ? share : decimal(instrument.definition.quantityStep);
}

/** A target's share of what was armed, on the lot step. */
export function portionOf(
  stop: Pick<KnownStop, 'armedQuantity'>,
  portion: ExitOrder['quantity'],
  instrument: KnownInstrument,
): Decimal {
  const share = multiply(decimal(stop.armedQuantity), decimal(portion));
  return floorTo(share, decimal(instrument.definition.quantityStep));
}
