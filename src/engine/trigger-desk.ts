import {
  ZERO,
  add,
  compare,
  decimal,
  floorTo,
  formatDecimal,
  multiply,
  subtract,
} from '../domain/kernel/decimal.js';
import type { Decimal } from '../domain/kernel/decimal.js';
import { exitSide } from '../domain/kernel/units.js';
import { exitOrderId } from '../domain/stop/stop-state.js';
import type { KnownStop } from '../domain/stop/stop-state.js';
import type { Target } from '../domain/stop/stop-plan.js';
import type { ExitOrder } from '../domain/stop/stop.events.js';
import type { ArmedStop } from './armed-stop.js';
import type { Desk } from './desk.js';
import type { MoveRecorder } from './move-recorder.js';
import type { KnownInstrument } from './registry.js';
import { causeOf, trackOf } from './stop-book.js';
import type { StopBook } from './stop-book.js';
import type { Tick } from './tick.js';

/** Writes down what prices did to stops: activations, moves, targets, triggers, and the orders these decide. */
export class TriggerDesk {
  constructor(
    private readonly desk: Desk,
    private readonly book: StopBook,
    private readonly recorder: MoveRecorder,
  ) {}

  activated(armed: ArmedStop, tick: Tick): void {
    const { stop, instrument } = this.subject(armed);
    this.desk.decide(`stop-${stop.stopId}`, {
      type: 'StopActivated',
      version: 1,
      data: {
        ...this.desk.stamp(stop.stamp),
        stopId: stop.stopId,
        reason: stop.plan.activation === undefined ? 'first-price' : 'activation-reached',
        previous: stop.track,
        track: trackOf(armed.live, instrument.grid.scale),
        cause: causeOf(tick, armed.source, instrument),
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
        track: trackOf(armed.live, instrument.grid.scale),
        firstCause: causeOf(firstTick, armed.source, instrument),
        cause: causeOf(lastTick, armed.source, instrument),
        branch: 'trail',
      },
    });
  }

  /** The level was reached: the whole rest leaves. */
  fired(armed: ArmedStop, tick: Tick): void {
    const { stop } = this.subject(armed);
    this.trigger(armed, tick, {
      branch: 'stop',
      targetPrice: null,
      quantity: decimal(stop.quantity),
    });
  }

  /** One or more targets were reached: each lets its portion leave, the last of a full ladder ends the stop. */
  targetsHit(armed: ArmedStop, tick: Tick, count: number): void {
    if (armed.pendingMoves > 0) {
      this.trailed(armed);
      this.recorder.close(armed);
    }
    for (let left = count; left > 0; left -= 1) {
      const { stop, instrument } = this.subject(armed);
      const target = stop.plan.targets?.[stop.targetsHit];
      if (!target) throw new Error('Invariant: a target that was reached is in the plan');
      const quantity = portionOf(stop, target.portion, instrument);
      if (endsLadder(stop) || compare(quantity, decimal(stop.quantity)) >= 0) {
        const whole = { branch: 'target', targetPrice: target.price } as const;
        this.trigger(armed, tick, { ...whole, quantity: decimal(stop.quantity) });
        return;
      }
      this.partialExit(armed, tick, { target, quantity });
    }
  }

  private partialExit(
    armed: ArmedStop,
    tick: Tick,
    { target, quantity }: { target: Target; quantity: Decimal },
  ): void {
    const { stop, instrument } = this.subject(armed);
    const order = this.exitOf(stop, quantity);
    const index = this.desk.decide(`stop-${stop.stopId}`, {
      type: 'StopTargetHit',
      version: 1,
      data: {
        ...this.desk.stamp(stop.stamp),
        stopId: stop.stopId,
        targetIndex: stop.targetsHit,
        targetPrice: target.price,
        remainingQuantity: formatDecimal(subtract(decimal(stop.quantity), quantity)),
        track: trackOf(armed.live, instrument.grid.scale),
        cause: causeOf(tick, armed.source, instrument),
        order,
      },
    });
    this.placeOrder(stop, order, index);
  }

  private trigger(
    armed: ArmedStop,
    tick: Tick,
    why: {
      branch: 'stop' | 'target';
      targetPrice: ExitOrder['quantity'] | null;
      quantity: Decimal;
    },
  ): void {
    const { stop, instrument } = this.subject(armed);
    const order = this.exitOf(stop, why.quantity);
    const index = this.desk.decide(`stop-${stop.stopId}`, {
      type: 'StopTriggered',
      version: 1,
      data: {
        ...this.desk.stamp(stop.stamp),
        stopId: stop.stopId,
        branch: why.branch,
        targetPrice: why.targetPrice,
        moves: armed.pendingMoves,
        previous: stop.track,
        track: trackOf(armed.live, instrument.grid.scale),
        cause: causeOf(tick, armed.source, instrument),
        order,
      },
    });
    this.recorder.close(armed);
    this.book.release(stop);
    this.placeOrder(stop, order, index);
  }

  /** Writes down that an exit is sent. Only once the fact at index `after` is durable may it really leave. */
  placeOrder(stop: KnownStop, order: ExitOrder, after?: number): void {
    const { orderId, side, quantity, type, reduceOnly, ordinal, attempt } = order;
    this.desk.decide(
      `order-${orderId}`,
      {
        type: 'OrderPlaced',
        version: 1,
        data: {
          ...this.desk.stamp(stop.stamp),
          orderId,
          stopId: stop.stopId,
          side,
          quantity,
          type,
          reduceOnly,
          ordinal,
          attempt,
        },
      },
      after,
    );
  }

  private exitOf(stop: KnownStop, quantity: Decimal): ExitOrder {
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

  private subject(armed: ArmedStop): { stop: KnownStop; instrument: KnownInstrument } {
    const stop = this.desk.registry.stops.get(armed.stopId);
    const instrument = stop && this.desk.registry.instruments.get(stop.stamp.instrumentId);
    if (!stop || !instrument)
      throw new Error(`Invariant: an armed stop is known, found ${armed.stopId}`);
    return { stop, instrument };
  }
}

/** True when the next target is the last and the portions add up to the whole: dust of the lot step goes with it. */
function endsLadder(stop: KnownStop): boolean {
  const targets = stop.plan.targets ?? [];
  if (stop.targetsHit !== targets.length - 1) return false;
  const sum = targets.reduce((total, target) => add(total, decimal(target.portion)), ZERO);
  return compare(sum, decimal('1')) === 0;
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
