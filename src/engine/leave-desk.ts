import { isPositive } from '../domain/kernel/decimal.js';
import { STOPLEDGER_DIALECT } from '../domain/stop/dialect.js';
import { compareInputs } from '../domain/kernel/units.js';
import type { InputRef } from '../domain/kernel/units.js';
import type { KnownPosition } from '../domain/position/position-state.js';
import { isSettled } from '../domain/order/order-state.js';
import type { KnownOrder } from '../domain/order/order-state.js';
import type { StopPlan } from '../domain/stop/stop-plan.js';
import type { KnownStop } from '../domain/stop/stop-state.js';
import { checkForm, problem, reject } from './command-check.js';
import type { CommandResult } from './decisions.js';
import type { Desk } from './desk.js';
import type { EntryDesk } from './entry-desk.js';
import { freshStopId } from './fresh-stop-id.js';
import { liveFrom } from './live-track.js';
import type { ClosePosition, SteerTrading } from './order-commands.js';
import type { OrderDesk } from './order-desk.js';
import type { PlanMarket } from './plan-market.js';
import type { StopBook } from './stop-book.js';
import type { StopCommands } from './stop-commands.js';
import type { TriggerDesk } from './trigger-desk.js';

const REASON = /^[\x20-\x7e]{1,200}$/;

/** Lets positions leave because somebody asked, and says which accounts may enter. */
export class LeaveDesk {
  constructor(
    private readonly desk: Desk,
    private readonly room: {
      readonly book: StopBook;
      readonly markets: PlanMarket;
      readonly stops: StopCommands;
      readonly triggers: TriggerDesk;
      readonly orders: OrderDesk;
      readonly entries: EntryDesk;
    },
  ) {}

  close({ positionId }: ClosePosition): CommandResult {
    const position = this.desk.registry.positions.get(positionId);
    if (!position) {
      const rule = 'must be a known position';
      return reject('not-found', problem('POSITION_UNKNOWN', 'positionId', rule, positionId));
    }
    if (position.status === 'closed') {
      return reject(
        'conflict',
        problem('POSITION_CLOSED', 'positionId', 'must be open', positionId),
      );
    }
    if (!this.leave(position)) {
      const rule = 'must not be on its way out already';
      return reject('conflict', problem('POSITION_LEAVING', 'positionId', rule, positionId));
    }
    return { kind: 'accepted', id: positionId, streamId: `position-${positionId}` };
  }

  steer({ kind, accountId, reason }: SteerTrading): CommandResult {
    const { registry, input, at } = this.desk;
    if (!registry.accounts.has(accountId)) {
      const rule = 'must be an open account';
      return reject('not-found', problem('ACCOUNT_UNKNOWN', 'accountId', rule, accountId));
    }
    const problems = checkForm('reason', reason, REASON, 'must be 1 to 200 printable characters');
    if (problems.length > 0) return reject('invalid', ...problems);
    const streamId = `account-${accountId}`;
    const isHalted = registry.halts.has(accountId);
    if (kind === 'ResumeTrading' && !isHalted) {
      return reject('conflict', problem('NOT_HALTED', 'accountId', 'must be halted', accountId));
    }
    this.desk.decide(streamId, {
      type: FACT_OF[kind],
      version: 1,
      data: { accountId, reason, input, at },
    });
    if (kind === 'PullKillSwitch') this.leaveAll(accountId, at);
    return { kind: 'accepted', id: accountId, streamId };
  }

  /** Goes on with what a crash cut short: what was open when the switch was pulled, and the rest of what was to leave. */
  resume(): void {
    for (const [accountId, { killedAtMs }] of this.desk.registry.halts) {
      if (killedAtMs !== null) this.leaveAll(accountId, killedAtMs);
    }
    const left = [...this.desk.registry.stops.odds()].filter(({ leftBy }) => leftBy);
    for (const { stamp, leftBy, status } of left) {
      const position = this.desk.registry.positions.get(stamp.positionId);
      if (position?.status === 'open' && leftBy) {
        this.leaveRest(position, leftBy, status === 'triggered');
      }
    }
  }

  /**
   * One input let all stops fire that the position had, but each is durable by itself. One that was armed by then and
   * is armed still was kept from it; what came in later was not meant.
   */
  private leaveRest(position: KnownPosition, leftBy: InputRef, isUnderWay: boolean): void {
    for (const stop of this.stopsOf(position)) {
      if (stop && compareInputs(stop.stamp.input, leftBy) <= 0) this.fire(stop);
    }
    // An exit that was given up is an alarm: it is not tried again at every start.
    if (isUnderWay) this.leaveUncovered(position);
  }

  private leaveAll(accountId: string, openedUpToMs: number): void {
    this.room.entries.takeBackAll(accountId, 'killed');
    for (const position of [...this.desk.registry.positions.values()]) {
      const { stamp, status } = position;
      if (stamp.accountId !== accountId || status !== 'open' || stamp.at > openedUpToMs) continue;
      this.leave(position);
    }
  }

  /** False when everything of the position is on its way out already. */
  private leave(position: KnownPosition): boolean {
    const stops = this.stopsOf(position);
    let leaves = this.hasten(stops);
    for (const stop of stops) leaves = (stop !== undefined && this.fire(stop)) || leaves;
    return this.leaveUncovered(position) || leaves;
  }

  private stopsOf({ stamp }: KnownPosition): readonly (KnownStop | undefined)[] {
    const { stopsOf, stops } = this.desk.registry;
    return (stopsOf.get(stamp.positionId) ?? []).map((id) => stops.get(id));
  }

  /** False for one that guards nothing (any more). */
  private fire(stop: KnownStop): boolean {
    if (stop.status !== 'armed' && stop.status !== 'suspended') return false;
    this.room.triggers.left(this.room.book.get(stop.stopId) ?? this.awakened(stop));
    return true;
  }

  /** Limit exits that rest are taken back: what they leave goes at market, as the next attempt. */
  private hasten(stops: readonly (KnownStop | undefined)[]): boolean {
    const resting = stops.flatMap((stop) => (stop ? this.restingExitsOf(stop) : []));
    for (const order of resting) this.room.orders.takeBack(order, 'position-leaving');
    return resting.length > 0;
  }

  private restingExitsOf({ stopId, exits }: KnownStop): readonly KnownOrder[] {
    return exits
      .flatMap(({ ordinal }) => this.desk.registry.attemptsOf({ stopId, ordinal }))
      .filter((order) => order.type === 'limit' && !isSettled(order));
  }

  /** What no stop guards leaves through one of its own, so that it has the one trigger and the one order of all exits. */
  private leaveUncovered(position: KnownPosition): boolean {
    const { positionId } = position.stamp;
    const quantity = this.room.stops.uncovered(positionId, position);
    if (!isPositive(quantity)) return false;
    const stopId = freshStopId(this.desk.registry, positionId);
    this.room.stops.guard(stopId, { position, plan: LEAVE_NOW, quantity });
    const armed = this.room.book.get(stopId);
    if (armed) this.room.triggers.left(armed);
    return true;
  }

  private awakened(stop: KnownStop) {
    return this.room.book.reserve(stop, liveFrom(stop, this.room.markets.instrumentOf(stop.stamp)));
  }
}

const FACT_OF = {
  HaltTrading: 'TradingHalted',
  ResumeTrading: 'TradingResumed',
  PullKillSwitch: 'KillSwitchPulled',
} as const;

// Also after a crash between its arming and its trigger: its time has come then.
const LEAVE_NOW: StopPlan = {
  timeStop: { after: 'PT0.001S', unlessInProfit: false },
  triggerBy: 'last',
  dialect: STOPLEDGER_DIALECT,
};
