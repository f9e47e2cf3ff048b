import type { Problem } from '../domain/kernel/decider.js';
import { canonical, decimal, isPositive, smaller } from '../domain/kernel/decimal.js';
import { positionIdOf } from '../domain/kernel/derived-id.js';
import { exitSide } from '../domain/kernel/units.js';
import type { AccountMode, PositionSide } from '../domain/kernel/units.js';
import { isExit, isSettled } from '../domain/order/order-state.js';
import type { KnownOrder } from '../domain/order/order-state.js';
import type { CancelReason, OrderFill } from '../domain/order/order.events.js';
import { increaseBy } from '../domain/position/position-state.js';
import type { StopPlan } from '../domain/stop/stop-plan.js';
import type { KnownStop } from '../domain/stop/stop-state.js';
import { checkForm, checkQuantity, problem, reject } from './command-check.js';
import type { CommandResult } from './decisions.js';
import type { Desk } from './desk.js';
import { checkTerms } from './entry-check.js';
import { freshStopId } from './fresh-stop-id.js';
import type { CancelEntries, CancelOrder, PlaceOrder } from './order-commands.js';
import type { OrderDesk } from './order-desk.js';
import type { PlanMarket } from './plan-market.js';
import type { KnownInstrument } from './registry.js';
import type { StopCommands } from './stop-commands.js';
import type { StopSizes } from './stop-sizes.js';

const ULID = /^[0-9A-HJKMNP-TV-Z]{26}$/;

/** What an order is about, once it was looked up. */
interface Subject {
  readonly instrument: KnownInstrument;
  readonly mode: AccountMode;
}

/**
 * Lets accounts enter, and follows what entries fill:
 *
 *     OrderPlaced ─► fill ─► PositionOpened | PositionIncreased ─► StopArmed | StopQuantityAdjusted
 *
 * Each fill is guarded in the step that brings it in. What adds to a position that a stop of the same entry guards joins
 * that stop, at its level: it only ever ratchets.
 */
export class EntryDesk {
  constructor(
    private readonly desk: Desk,
    private readonly room: {
      readonly markets: PlanMarket;
      readonly stops: StopCommands;
      readonly sizes: StopSizes;
      readonly orders: OrderDesk;
    },
  ) {}

  place(command: PlaceOrder): CommandResult {
    const { orderId, accountId, instrumentId } = command;
    const { registry } = this.desk;
    const account = registry.accounts.get(accountId);
    const instrument = registry.instruments.get(instrumentId);
    const problems = checkForm('orderId', orderId, ULID, 'must be a ULID');
    if (!account) {
      const rule = 'must be an open account';
      problems.push(problem('ACCOUNT_UNKNOWN', 'accountId', rule, accountId));
    }
    if (!instrument) {
      const rule = 'must be a defined instrument';
      problems.push(problem('INSTRUMENT_UNKNOWN', 'instrumentId', rule, instrumentId));
      return reject('invalid', ...problems);
    }
    const last = this.room.markets.lastPriceOf(instrumentId);
    problems.push(...checkQuantity('quantity', command.quantity, instrument));
    problems.push(...checkTerms(command, instrument, last));
    if (!account || problems.length > 0) return reject('invalid', ...problems);
    const refusal = this.refusal(command);
    if (refusal) return refusal;
    const subject = { instrument, mode: account.mode };
    const judged = this.judge(command, subject);
    if (judged.problems.length > 0) return reject('invalid', ...judged.problems);
    this.writePlaced(command, subject, judged.plan ?? null);
    return { kind: 'accepted', id: orderId, streamId: `order-${orderId}` };
  }

  cancel({ orderId }: CancelOrder): CommandResult {
    const order = this.desk.registry.orders.get(orderId);
    if (!order) {
      const rule = 'must be a known order';
      return reject('not-found', problem('ORDER_UNKNOWN', 'orderId', rule, orderId));
    }
    if (isExit(order)) {
      const rule = 'must be an entry: an exit is never taken back without another in its place';
      return reject('conflict', problem('ORDER_IS_EXIT', 'orderId', rule, orderId));
    }
    if (isSettled(order)) {
      const rule = 'must still be open';
      return reject('conflict', problem('ORDER_SETTLED', 'orderId', rule, order.status));
    }
    this.room.orders.takeBack(order, 'requested');
    return { kind: 'accepted', id: orderId, streamId: `order-${orderId}` };
  }

  cancelAll({ accountId, instrumentId }: CancelEntries): CommandResult {
    if (!this.desk.registry.accounts.has(accountId)) {
      const rule = 'must be an open account';
      return reject('not-found', problem('ACCOUNT_UNKNOWN', 'accountId', rule, accountId));
    }
    this.takeBackAll(accountId, 'requested', instrumentId);
    return { kind: 'accepted', id: accountId, streamId: `account-${accountId}` };
  }

  takeBackAll(accountId: string, reason: CancelReason, instrumentId?: string): void {
    const { registry } = this.desk;
    for (const orderId of [...registry.entriesOf.values()].flatMap((open) => [...open])) {
      const order = registry.orders.get(orderId);
      if (order?.stamp.accountId !== accountId) continue;
      if (instrumentId !== undefined && order.stamp.instrumentId !== instrumentId) continue;
      this.room.orders.takeBack(order, reason);
    }
  }

  /** Adds what a crash kept from following the fills of an entry. `after` is the decision that they must wait for. */
  followUp(order: KnownOrder, after?: number): void {
    let newest = after;
    for (const fill of order.fills) {
      newest = this.bringIn(order, fill, newest);
      newest = this.guard(order, fill, newest);
    }
  }

  private refusal({ accountId, instrumentId, positionId, orderId, side }: PlaceOrder) {
    const { registry } = this.desk;
    const halt = registry.halts.get(accountId);
    if (halt !== undefined) {
      const rule = `must not be halted (${halt.reason})`;
      return reject('conflict', problem('TRADING_HALTED', 'accountId', rule, accountId));
    }
    if (registry.orders.has(orderId)) {
      return reject('conflict', problem('ORDER_EXISTS', 'orderId', 'must be new', orderId));
    }
    if (positionId === undefined) return undefined;
    const position = registry.positions.get(positionId);
    if (!position) {
      const rule = 'must be a known position';
      return reject('invalid', problem('POSITION_UNKNOWN', 'positionId', rule, positionId));
    }
    const { stamp } = position;
    if (stamp.accountId !== accountId || stamp.instrumentId !== instrumentId) {
      const rule = 'must be a position of the same account and instrument';
      return reject('conflict', problem('POSITION_DIFFERS', 'positionId', rule, positionId));
    }
    if (position.status === 'closed') {
      return reject(
        'conflict',
        problem('POSITION_CLOSED', 'positionId', 'must be open', positionId),
      );
    }
    if (side !== exitSide(position.side)) return undefined;
    const rule = `must add to the ${position.side} position: it is closed by its stops, or by being closed`;
    return reject('conflict', problem('WOULD_REDUCE', 'side', rule, side));
  }

  /** Judges the plan at the price at which the order would fill. */
  private judge(
    command: PlaceOrder,
    subject: Subject,
  ): { readonly plan?: StopPlan; readonly problems: readonly Problem[] } {
    const { plan, limitPrice, stopPrice, instrumentId } = command;
    if (!plan) return { problems: [] };
    const asked = limitPrice ?? stopPrice ?? this.room.markets.lastPriceOf(instrumentId);
    if (asked === undefined) {
      const rule = 'cannot be judged for a market order before a price of the instrument was seen';
      return { problems: [problem('NO_PRICE', 'plan', rule, '')] };
    }
    const price = canonical(asked);
    return this.room.markets.judge(plan, {
      stamp: this.stampOf(command, subject),
      side: sideOf(command),
      entryPrice: price,
      armedAtMs: undefined,
      assumedPrice: price,
    });
  }

  private writePlaced(command: PlaceOrder, subject: Subject, protection: StopPlan | null): void {
    const { orderId, side, type, limitPrice, stopPrice, timeInForce } = command;
    this.desk.decide(`order-${orderId}`, {
      type: 'OrderPlaced',
      version: 2,
      data: {
        ...this.stampOf(command, subject),
        orderId,
        stopId: null,
        ...{ side, type, quantity: canonical(command.quantity) },
        ...(limitPrice !== undefined && { limitPrice: canonical(limitPrice) }),
        ...(stopPrice !== undefined && { stopPrice: canonical(stopPrice) }),
        ...(timeInForce !== undefined && { timeInForce }),
        reduceOnly: false,
        protection,
      },
    });
  }

  private stampOf(
    { accountId, instrumentId, orderId, ...asked }: PlaceOrder,
    { instrument, mode }: Subject,
  ): KnownOrder['stamp'] {
    const positionId = asked.positionId ?? positionIdOf(orderId);
    const { instrumentVersion } = instrument.definition;
    const { rules, input, at } = this.desk;
    return { accountId, instrumentId, instrumentVersion, positionId, mode, rules, input, at };
  }

  private bringIn(order: KnownOrder, fill: OrderFill, after?: number): number | undefined {
    const { positionId } = order.stamp;
    const position = this.desk.registry.positions.get(positionId);
    if (!position) return this.open(order, fill, after);
    const { orderId } = order;
    const { venueTradeId, quantity, price, feeAmount, feeCurrency } = fill;
    const brought = { orderId, venueTradeId, quantity, price, feeAmount, feeCurrency };
    const increase = increaseBy(position, brought);
    if (!increase) return after;
    return this.desk.decide(
      `position-${positionId}`,
      {
        type: 'PositionIncreased',
        version: 1,
        data: { ...this.desk.stamp(position.stamp), ...increase },
      },
      after,
    );
  }

  private open(order: KnownOrder, fill: OrderFill, after?: number): number {
    const { stamp, orderId, side } = order;
    const { quoteCurrency, contract } = this.room.markets.instrumentOf(stamp).definition;
    const { venueTradeId, feeAmount, feeCurrency } = fill;
    return this.desk.decide(
      `position-${stamp.positionId}`,
      {
        type: 'PositionOpened',
        version: 3,
        data: {
          ...this.desk.stamp(stamp),
          origin: 'fill',
          side: sideOf({ side }),
          quantity: fill.quantity,
          entryPrice: fill.price,
          quoteCurrency,
          ...(contract && { contract }),
          fill: { orderId, venueTradeId, feeAmount, feeCurrency },
        },
      },
      after,
    );
  }

  private guard(order: KnownOrder, fill: OrderFill, after?: number): number | undefined {
    const { registry } = this.desk;
    const { orderId } = order;
    const { positionId } = order.stamp;
    const { venueTradeId } = fill;
    const position = registry.positions.get(positionId);
    if (!position || registry.guardedFills.has(`${orderId}/${venueTradeId}`)) return after;
    const quantity = smaller(
      this.room.stops.uncovered(positionId, position),
      decimal(fill.quantity),
    );
    if (!isPositive(quantity)) return after;
    const covers = { orderId, venueTradeId };
    const joined = this.guardOf(order);
    if (joined) return this.room.sizes.extend(joined, { quantity, covers, after });
    if (!order.protection) return after;
    return this.room.stops.guard(freshStopId(registry, positionId), {
      ...{ position, plan: order.protection, quantity, covers, after },
    });
  }

  /** The stop that takes a fill on: that of the same entry, or the newest one where the entry brought none along. */
  private guardOf(order: KnownOrder): KnownStop | undefined {
    const { registry } = this.desk;
    const armed = (registry.stopsOf.get(order.stamp.positionId) ?? [])
      .map((stopId) => registry.stops.get(stopId))
      .filter((stop) => stop?.status === 'armed');
    return order.protection
      ? armed.findLast((stop) => stop?.entryOrderId === order.orderId)
      : armed.at(-1);
  }
}

function sideOf({ side }: Pick<KnownOrder, 'side'>): PositionSide {
  return side === 'buy' ? 'long' : 'short';
}
