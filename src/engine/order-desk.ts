import { formatDecimal, isPositive } from '../domain/kernel/decimal.js';
import { tradesFrom } from '../domain/instrument/trading-hours.js';
import { durationMs } from '../domain/kernel/duration.js';
import type { PositionId } from '../domain/kernel/units.js';
import { isExit, isSettled } from '../domain/order/order-state.js';
import type { KnownExit, KnownOrder } from '../domain/order/order-state.js';
import type { CancelReason } from '../domain/order/order.events.js';
import { exitOrderId } from '../domain/stop/stop-state.js';
import type { KnownStop } from '../domain/stop/stop-state.js';
import type { ExitOrder } from '../domain/stop/stop.events.js';
import { Deadlines } from './deadlines.js';
import type { Desk } from './desk.js';
import { rungOf } from './exit-ladder.js';
import type { NextStep, Rung } from './exit-ladder.js';
import type { ExitPricing } from './exit-terms.js';
import { leavingRest, stepOf } from './exit-progress.js';
import { HeldExits } from './held-exits.js';
import type { StopClosing } from './stop-closing.js';

type Exit = Pick<ExitOrder, 'ordinal'>;

/**
 * Places exits and sees them through: one that has not filled in time is taken back, what an order left is sent again as
 * the ladder says, and what the venue takes nothing of is held until it does.
 */
export class OrderDesk {
  private readonly unfilled = new Deadlines<string>();
  private readonly retries = new Deadlines<{ readonly stopId: string; readonly ordinal: number }>();
  private readonly held: HeldExits;
  private nextNumber = 0;

  constructor(
    private readonly desk: Desk,
    private readonly pricing: ExitPricing,
    private readonly closing: StopClosing,
  ) {
    this.held = new HeldExits(desk);
  }

  get dueAtMs(): number {
    return Math.min(this.unfilled.dueAtMs, this.retries.dueAtMs, this.held.dueAtMs);
  }

  /** Exits whose last attempt is settled, and whose next one waits for its time. */
  get waiting(): number {
    return this.retries.size + this.held.waiting;
  }

  /** Writes down that an exit is sent. Only once the fact at index `after` is durable may it really leave. */
  place(stop: KnownStop, order: ExitOrder, after?: number): number {
    const { orderId, side, quantity, type, limitPrice, reduceOnly, ordinal, attempt } = order;
    const { timeInForce, isCollared } = order;
    const index = this.desk.decide(
      `order-${orderId}`,
      {
        type: 'OrderPlaced',
        version: isCollared ? 3 : 1,
        data: {
          ...this.desk.stamp(stop.stamp),
          orderId,
          stopId: stop.stopId,
          ...{ side, quantity, type },
          ...(limitPrice !== undefined && { limitPrice }),
          ...(timeInForce !== undefined && { timeInForce }),
          ...(isCollared && { isCollared }),
          ...{ reduceOnly, ordinal, attempt },
        },
      },
      after,
    );
    this.watchOrder(orderId);
    return index;
  }

  /** Waits for the times of all that is under way: after a restart, or a snapshot. */
  watchAll(): void {
    const { orders, stops } = this.desk.registry;
    for (const orderId of orders.keys()) this.watchOrder(orderId);
    for (const stop of stops.odds()) {
      for (const exit of stop.exits) this.watchExit(stop, exit);
    }
  }

  /** Does what is due at this input time. */
  onTime(atMs: number): void {
    this.unfilled.take(atMs, (orderId) => {
      const order = this.desk.registry.orders.get(orderId);
      if (order) this.takeBack(order, 'unfilled-in-time');
    });
    this.retries.take(atMs, ({ stopId, ordinal }) => {
      const stop = this.desk.registry.stops.get(stopId);
      if (stop) this.closing.close(stopId, this.proceed(stop, { ordinal }));
    });
    this.held.onTime(atMs, (stop, exit, index) => this.goOn(stop, exit, index));
  }

  /** Whether an exit waits for its market to trade. */
  get awaitsPrint(): boolean {
    return this.held.count > 0;
  }

  /** A print of the market: what waited for it goes on. Costs nothing while nothing waits. */
  onPrint(instrumentId: string, atMs: number): void {
    if (this.held.count === 0) return;
    this.held.onPrint(instrumentId, atMs, (stop, exit, index) => this.goOn(stop, exit, index));
  }

  /** Asks the venue to take an order back, unless it was asked already or has nothing to take back. */
  takeBack(order: KnownOrder, reason: CancelReason): void {
    if (isSettled(order) || order.isCancelRequested) return;
    const { orderId, stopId, stamp } = order;
    this.desk.decide(`order-${orderId}`, {
      type: 'OrderCancelRequested',
      version: 1,
      data: { ...this.desk.stamp(stamp), orderId, stopId, reason },
    });
  }

  /** Nothing more is to come into a position that leaves. */
  takeBackEntriesOf(positionId: PositionId): void {
    const { orders, entriesOf } = this.desk.registry;
    for (const orderId of [...(entriesOf.get(positionId) ?? [])]) {
      const order = orders.get(orderId);
      if (order) this.takeBack(order, 'position-leaving');
    }
  }

  /** Takes the next step of an exit, if it is time. Returns the index of the newest decision, or what came in. */
  proceed(stop: KnownStop, exit: Exit, after?: number): number | undefined {
    const step = stepOf(this.desk.registry, stop, exit);
    switch (step.kind) {
      case 'send':
        if (step.atMs <= this.desk.at) return this.send(stop, exit, step.rung, after) ?? after;
        this.retryAt(stop, exit, step.atMs);
        return after;
      case 'hold':
        return this.hold(stop, exit, step, after);
      default:
        return after;
    }
  }

  private hold(
    stop: KnownStop,
    { ordinal }: Exit,
    step: NextStep & { kind: 'hold' },
    after?: number,
  ): number | undefined {
    const last = this.lastOf(stop, ordinal);
    const quantity = last && leavingRest(this.desk.registry, last);
    if (!last || !quantity || !isPositive(quantity)) return after;
    const { reason, notBeforeMs } = step;
    const untilMs = reason === 'market-closed' ? this.opensAtMs(stop, step.untilMs) : step.untilMs;
    return this.held.hold(
      stop,
      {
        ...{ ordinal, attempt: last.attempt + 1, reason, notBeforeMs, untilMs },
        quantity: formatDecimal(quantity),
      },
      after,
    );
  }

  /** The opening by the calendar, or the later of it and the next probe where it has just been refused. */
  private opensAtMs({ stamp }: KnownStop, probeAtMs: number): number {
    const hours = this.desk.registry.instruments.get(stamp.instrumentId)?.definition.tradingHours;
    const opens = hours && tradesFrom(hours, this.desk.at);
    return opens === undefined || opens <= this.desk.at ? probeAtMs : opens;
  }

  /** A held exit goes on as its last attempt did. */
  private goOn(stop: KnownStop, exit: Exit, after: number): void {
    const last = this.lastOf(stop, exit.ordinal);
    const newest = last && this.send(stop, exit, rungOf(last), after);
    this.closing.close(stop.stopId, newest ?? after);
  }

  /** Undefined when nothing is left that may leave. */
  private send(stop: KnownStop, { ordinal }: Exit, rung: Rung, after?: number) {
    const last = this.lastOf(stop, ordinal);
    const quantity = last && leavingRest(this.desk.registry, last);
    if (!last || !quantity || !isPositive(quantity)) return undefined;
    const attempt = last.attempt + 1;
    const exit: ExitOrder = {
      orderId: exitOrderId(stop.stopId, ordinal, attempt),
      side: last.side,
      quantity: formatDecimal(quantity),
      ...this.pricing.onRung(stop, rung, last),
      reduceOnly: true,
      ...{ ordinal, attempt },
    };
    return this.place(stop, exit, after);
  }

  private lastOf({ stopId }: KnownStop, ordinal: number): KnownExit | undefined {
    const last = this.desk.registry.attemptsOf({ stopId, ordinal }).at(-1);
    return last && isExit(last) ? last : undefined;
  }

  /** Waits for the time of an order that the plan of its stop lets fill only so long. */
  private watchOrder(orderId: string): void {
    const order = this.desk.registry.orders.get(orderId);
    if (!order || !isExit(order)) return;
    if (order.type !== 'limit' || isSettled(order) || order.isCancelRequested) return;
    const plan = this.desk.registry.stops.get(order.stopId)?.plan;
    const unfilledAfter = order.isCollared ? collarTime(plan?.exit) : limitTime(plan?.limit);
    if (unfilledAfter === undefined) return;
    this.unfilled.set(this.nextNumber, order.stamp.at + durationMs(unfilledAfter), orderId);
    this.nextNumber += 1;
  }

  private watchExit(stop: KnownStop, exit: Exit): void {
    const step = stepOf(this.desk.registry, stop, exit);
    if (step.kind === 'held') this.held.watch(stop, step.held);
    if (step.kind === 'send') this.retryAt(stop, exit, step.atMs);
  }

  private retryAt({ stopId }: KnownStop, { ordinal }: Exit, atMs: number): void {
    this.retries.set(this.nextNumber, atMs, { stopId, ordinal });
    this.nextNumber += 1;
  }
}

type Plan = KnownStop['plan'];

function limitTime(limit: Plan['limit']): string | undefined {
  return limit?.then === 'market' ? limit.unfilledAfter : undefined;
}

function collarTime(exit: Plan['exit']): string | undefined {
  return exit?.type === 'limit' ? exit.unfilledAfter : undefined;
}
