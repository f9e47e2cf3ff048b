import type { Problem } from '../domain/kernel/decider.js';
import {
  ZERO,
  compare,
  decimal,
  formatDecimal,
  isPositive,
  isZero,
  larger,
  subtract,
} from '../domain/kernel/decimal.js';
import type { Decimal } from '../domain/kernel/decimal.js';
import type { KnownPosition } from '../domain/position/position-state.js';
import type { StopPlan } from '../domain/stop/stop-plan.js';
import type { KnownStop } from '../domain/stop/stop-state.js';
import type { CoveredFill } from '../domain/stop/stop.events.js';
import { takeOver } from './amended-stop.js';
import { checkQuantity, problem, reject } from './command-check.js';
import type { ArmTrial, CommandResult } from './decisions.js';
import type { Desk } from './desk.js';
import type {
  AmendStop,
  ArmStop,
  CancelStop,
  CommandRejected,
  ResumeStop,
  SuspendStop,
} from './engine-commands.js';
import { spokenFor } from './exit-progress.js';
import { LiveStop } from './live-stop.js';
import { armedTrack, liveFrom, termsOf, trackOf, wouldFire } from './live-track.js';
import type { JudgedPlan, PlanMarket } from './plan-market.js';
import { BarMeter } from './bar-meter.js';
import type { KnownInstrument } from './registry.js';
import type { StopBook } from './stop-book.js';
import type { StopClock } from './stop-clock.js';
import type { Tick } from './tick.js';
import { portionOf } from './trigger-desk.js';

/** What the commands need of the rest of the engine. */
export interface CommandRoom {
  readonly book: StopBook;
  readonly clock: StopClock;
  /** Records the moves of a stop that no event holds yet. */
  readonly closeRange: (stop: KnownStop) => void;
  /** Judges a stop at a price already seen, as when it is armed through the market. */
  readonly react: (stopId: string, tick: Tick) => void;
}

/** A stop that may be armed as it was asked for. */
interface SoundArm {
  readonly kind: 'sound';
  readonly position: KnownPosition;
  readonly plan: StopPlan;
  readonly quantity: Decimal;
  readonly judged: Pick<JudgedPlan, 'market' | 'sessionEndsAtMs'>;
}

const THROUGH_MARKET =
  'the level must not be through the market, unless dialect.throughMarket is "fire"';

/** Arms, amends, suspends, resumes and cancels stops. */
export class StopCommands {
  constructor(
    private readonly desk: Desk,
    private readonly room: CommandRoom,
    private readonly markets: PlanMarket,
  ) {}

  arm(command: ArmStop): CommandResult {
    const judged = this.judge(command);
    if (judged.kind === 'rejected') return judged;
    this.writeArmed(command.stopId, judged);
    return accepted(command.stopId);
  }

  /** Arms nothing: what arming would come to at the prices of now. */
  try(command: ArmStop): ArmTrial | CommandRejected {
    const judged = this.judge(command);
    if (judged.kind === 'rejected') return judged;
    const { plan, position, quantity } = judged;
    const { market } = judged.judged;
    const { live, isJudged } = this.begun(judged);
    const check = isJudged ? this.markets.checkPrice(live, market) : undefined;
    const [track, activated] = [trackOf(live), live.activated];
    return {
      kind: 'would-arm',
      quantity: formatDecimal(quantity),
      ...{ plan, track, activated },
      firesNow: check !== undefined && wouldFire(live, check),
      reference: this.markets.referenceOf(this.markets.marketOf(plan, position)),
    };
  }

  private judge(command: ArmStop): SoundArm | CommandRejected {
    const { positionId, stopId } = command;
    const { registry } = this.desk;
    const position = registry.positions.get(positionId);
    if (!position) {
      const rule = 'must be a known position';
      return reject('invalid', problem('POSITION_UNKNOWN', 'positionId', rule, positionId));
    }
    if (position.status === 'closed') {
      return reject(
        'conflict',
        problem('POSITION_CLOSED', 'positionId', 'must be open', positionId),
      );
    }
    if (registry.stops.has(stopId)) {
      return reject('conflict', problem('STOP_EXISTS', 'stopId', 'must be new', stopId));
    }
    const instrument = this.markets.instrumentOf(position.stamp);
    const free = this.uncovered(positionId, position);
    const quantityProblems =
      command.quantity === undefined ? [] : checkQuantity('quantity', command.quantity, instrument);
    const judged = this.markets.judge(command.plan, { ...position, armedAtMs: undefined });
    const problems = [...quantityProblems, ...judged.problems];
    if (!judged.plan || problems.length > 0) return reject('invalid', ...problems);
    if (command.quantity === undefined && isZero(free)) {
      const rule = 'must have an open quantity that no stop covers';
      return reject('conflict', problem('OVER_COVERED', 'positionId', rule, positionId));
    }
    const quantity = command.quantity === undefined ? free : decimal(command.quantity);
    if (isZero(quantity) || compare(quantity, free) > 0) {
      const rule = `must not exceed the open quantity that no stop covers (${formatDecimal(free)})`;
      return reject('conflict', problem('OVER_COVERED', 'quantity', rule, formatDecimal(quantity)));
    }
    const small = smallPortions(judged.plan, quantity, instrument);
    if (small.length > 0) return reject('invalid', ...small);
    return { kind: 'sound', position, plan: judged.plan, quantity, judged };
  }

  /**
   * Arms a stop by a plan that needs no judging: that of an entry was judged when the order was placed, and what came in
   * is guarded whatever the market has done since. Returns the index of the decision.
   */
  guard(
    stopId: string,
    given: {
      readonly position: KnownPosition;
      readonly plan: StopPlan;
      readonly quantity: Decimal;
      readonly covers?: CoveredFill;
      readonly after?: number | undefined;
    },
  ): number {
    const { position, plan } = given;
    const market = this.markets.marketOf(plan, position);
    const sessionEndsAtMs = this.markets.sessionEndOf(market.instrument);
    return this.writeArmed(stopId, { ...given, judged: { market, sessionEndsAtMs } });
  }

  private begun({ position, plan, judged }: Pick<SoundArm, 'position' | 'plan' | 'judged'>): {
    live: LiveStop;
    isJudged: boolean;
  } {
    const { side, entryPrice } = position;
    const live = new LiveStop(termsOf({ plan, side, entryPrice }, judged.market.instrument));
    this.measure(live);
    const isJudged = this.markets.begin(live, plan, position);
    // Where a stop begins is no move, even if two prices had a say in it.
    live.moves = 0;
    return { live, isJudged };
  }

  private writeArmed(
    stopId: string,
    given: Omit<SoundArm, 'kind'> & {
      readonly covers?: CoveredFill;
      readonly after?: number | undefined;
    },
  ): number {
    const { position, plan, judged, covers } = given;
    const { market, sessionEndsAtMs } = judged;
    const { side, entryPrice } = position;
    const { live, isJudged } = this.begun(given);
    const index = this.desk.decide(
      `stop-${stopId}`,
      {
        type: 'StopArmed',
        version: 1,
        data: {
          ...this.desk.stamp(position.stamp),
          instrumentVersion: market.instrument.definition.instrumentVersion,
          stopId,
          side,
          quantity: formatDecimal(given.quantity),
          entryPrice,
          plan,
          track: trackOf(live),
          activated: live.activated,
          reference: this.markets.referenceOf(market),
          ...(plan.sessionEnd && sessionEndsAtMs !== null && { sessionEndsAtMs }),
          ...(covers && { covers }),
        },
      },
      given.after,
    );
    this.admit(stopId, live);
    if (isJudged && market.tick) this.room.react(stopId, market.tick);
    return index;
  }

  amend(command: AmendStop): CommandResult {
    const { stopId, expectedRevision } = command;
    const refusal = this.refusal(stopId, ['armed'], expectedRevision);
    if (refusal) return refusal;
    const known = this.known(stopId);
    const armedAtMs = known.stamp.at;
    const judged = this.markets.judge(command.plan, { ...known, armedAtMs });
    if (!judged.plan) return reject('invalid', ...judged.problems);
    const small = smallPortions(judged.plan, decimal(known.quantity), judged.market.instrument);
    if (small.length > 0) return reject('invalid', ...small);
    return this.writeAmended(known, judged.plan, judged);
  }

  private writeAmended(stop: KnownStop, plan: StopPlan, judged: JudgedPlan): CommandResult {
    const { stopId } = stop;
    const { market, sessionEndsAtMs } = judged;
    const live = new LiveStop(termsOf({ ...stop, plan }, market.instrument));
    const before = this.room.book.get(stopId);
    const standing = before?.source === market.source ? before.live : undefined;
    this.measure(live, standing);
    // The best price since arming is a fact about the market: a new distance is measured from it.
    if (standing) takeOver(standing, live);
    const isJudged = this.markets.begin(live, plan, stop);
    const refusal = this.throughMarket(live, plan, judged);
    if (refusal) return refusal;
    this.room.closeRange(stop);
    const previous = this.known(stopId);
    live.moves = previous.track.trailMoves;
    this.desk.decide(`stop-${stopId}`, {
      type: 'StopAmended',
      version: 1,
      data: {
        ...this.desk.stamp(stop.stamp),
        stopId,
        previousPlan: previous.plan,
        plan,
        previous: previous.track,
        track: trackOf(live),
        activated: live.activated,
        reference: this.markets.referenceOf(market),
        ...(plan.sessionEnd && sessionEndsAtMs !== null && { sessionEndsAtMs }),
      },
    });
    this.dismiss(stop);
    this.admit(stopId, live);
    if (isJudged && market.tick) this.room.react(stopId, market.tick);
    return accepted(stopId);
  }

  suspend({ stopId, expectedRevision }: SuspendStop): CommandResult {
    const refusal = this.refusal(stopId, ['armed'], expectedRevision);
    if (refusal) return refusal;
    const stop = this.known(stopId);
    const armed = this.room.book.get(stopId);
    this.room.closeRange(stop);
    // Best prices that moved nothing are known to the live stop alone.
    const track = armed ? armedTrack(armed) : stop.track;
    this.desk.decide(`stop-${stopId}`, {
      type: 'StopSuspended',
      version: 1,
      data: { ...this.desk.stamp(stop.stamp), stopId, track },
    });
    this.dismiss(stop);
    return accepted(stopId);
  }

  resume({ stopId, expectedRevision }: ResumeStop): CommandResult {
    const refusal = this.refusal(stopId, ['suspended'], expectedRevision);
    if (refusal) return refusal;
    const stop = this.known(stopId);
    const market = this.markets.marketOf(stop.plan, stop);
    const live = liveFrom(stop, market.instrument);
    this.measure(live, live);
    const isJudged = this.markets.begin(live, stop.plan, stop);
    const through = this.throughMarket(live, stop.plan, { market });
    if (through) return through;
    this.desk.decide(`stop-${stopId}`, {
      type: 'StopResumed',
      version: 1,
      data: {
        ...this.desk.stamp(stop.stamp),
        stopId,
        previous: stop.track,
        track: trackOf(live),
        activated: live.activated,
        reference: this.markets.referenceOf(market),
      },
    });
    // A time that passed while the stop slept is judged now: the clock looks at the facts of before.
    this.admit(stopId, live, stop);
    if (isJudged && market.tick) this.room.react(stopId, market.tick);
    this.room.clock.onTime(this.desk.at, 'exact');
    return accepted(stopId);
  }

  cancel({ stopId, expectedRevision }: CancelStop): CommandResult {
    const refusal = this.refusal(stopId, ['armed', 'suspended'], expectedRevision);
    if (refusal) return refusal;
    const known = this.known(stopId);
    this.room.closeRange(known);
    this.desk.decide(`stop-${stopId}`, {
      type: 'StopCancelled',
      version: 1,
      data: {
        ...this.desk.stamp(known.stamp),
        stopId,
        reason: 'requested',
        track: this.known(stopId).track,
      },
    });
    this.dismiss(known);
    return accepted(stopId);
  }

  /** Bars are counted from now on; what is measured in the same way over bars of the same kind goes on. */
  private measure(live: LiveStop, before?: LiveStop): void {
    const { bars } = live.terms;
    if (!bars) return;
    const { meter } = before ?? {};
    live.meter = meter?.isOf(bars)
      ? meter.moved(bars, this.desk.at)
      : new BarMeter(bars, this.desk.at);
  }

  private throughMarket(
    live: LiveStop,
    plan: StopPlan,
    { market }: Pick<JudgedPlan, 'market'>,
  ): CommandResult | undefined {
    const check = this.markets.checkPrice(live, market);
    if (plan.dialect.throughMarket !== 'refuse') return undefined;
    if (check === undefined || check > live.firingPrice) return undefined;
    const level = trackOf(live).level ?? '';
    return reject('invalid', problem('STOP_THROUGH_MARKET', 'plan', THROUGH_MARKET, level));
  }

  private admit(stopId: string, live: LiveStop, timed?: KnownStop): void {
    const stop = this.known(stopId);
    const armed = this.room.book.reserve(stop, live);
    this.room.book.admit(stop, armed);
    this.room.clock.watch(timed ?? stop, armed);
  }

  private dismiss(stop: KnownStop): void {
    const armed = this.room.book.get(stop.stopId);
    if (armed) this.room.clock.forget(armed);
    this.room.book.release(stop);
  }

  private refusal(
    stopId: string,
    allowed: readonly KnownStop['status'][],
    expectedRevision: number | undefined,
  ): CommandResult | undefined {
    const stop = this.desk.registry.stops.get(stopId);
    if (!stop)
      return reject('not-found', problem('STOP_UNKNOWN', 'stopId', 'must be a known stop', stopId));
    if (!allowed.includes(stop.status)) {
      const rule = `must be ${allowed.join(' or ')}`;
      return reject('conflict', problem(REFUSED_AS[stop.status], 'stopId', rule, stop.status));
    }
    if (expectedRevision === undefined) return undefined;
    const revision = this.desk.registry.revisionOf(`stop-${stopId}`);
    // Where it stands now is no news to whoever wants it changed: a stop that trails fast would be out of their reach.
    const oldest = revision - stop.movesSince;
    if (expectedRevision >= oldest && expectedRevision <= revision) return undefined;
    const rule = `must be the stop's newest revision ${revision}, or one since which it has only trailed`;
    return reject('stale', problem('REVISION_STALE', 'If-Match', rule, String(expectedRevision)));
  }

  /** Open quantity less what stops guard (or would guard again) and what exits in flight will take. */
  uncovered(positionId: string, position: KnownPosition): Decimal {
    const { registry } = this.desk;
    const { held, leaving, isWhole } = registry.sums.of(positionId);
    // What an isolated stop guards is not known, so nothing of the position counts as free.
    if (!isWhole) return ZERO;
    let free = subtract(decimal(position.quantity), held);
    for (const stopId of leaving) {
      const stop = this.known(stopId);
      for (const exit of stop.exits) free = subtract(free, spokenFor(registry, stop, exit));
    }
    // The venue's book may have less than an exit that waits will take out.
    return larger(free, ZERO);
  }

  private known(stopId: string): KnownStop {
    const stop = this.desk.registry.stops.get(stopId);
    if (!stop) throw new Error(`Invariant: a stop of a position is known, found ${stopId}`);
    return stop;
  }
}

const REFUSED_AS: Readonly<Record<KnownStop['status'], string>> = {
  armed: 'STOP_ARMED',
  suspended: 'STOP_SUSPENDED',
  triggered: 'STOP_TRIGGERED',
  closed: 'STOP_CLOSED',
  cancelled: 'STOP_CLOSED',
  expired: 'STOP_CLOSED',
};

function accepted(stopId: string): CommandResult {
  return { kind: 'accepted', id: stopId, streamId: `stop-${stopId}` };
}

/** Problems of targets whose share of the quantity is less than one lot step. */
function smallPortions(plan: StopPlan, quantity: Decimal, instrument: KnownInstrument): Problem[] {
  return (plan.targets ?? []).flatMap((target, index) => {
    const share = portionOf({ armedQuantity: formatDecimal(quantity) }, target.portion, instrument);
    if (isPositive(share)) return [];
    const rule = `must come to at least one quantity step of ${formatDecimal(quantity)}`;
    return [problem('PORTION_TOO_SMALL', `plan.targets.${index}.portion`, rule, target.portion)];
  });
}
