import type { Problem } from '../domain/kernel/decider.js';
import {
  ZERO,
  canonical,
  compare,
  decimal,
  formatDecimal,
  isPositive,
  isZero,
  subtract,
} from '../domain/kernel/decimal.js';
import type { Decimal } from '../domain/kernel/decimal.js';
import type { PriceSource, Stamp } from '../domain/kernel/event.js';
import { FINE_DIGITS_MAX, PRICE_UNITS_MAX, formatUnits } from '../domain/instrument/price-grid.js';
import type { KnownPosition } from '../domain/position/position-state.js';
import { checkPlan } from '../domain/stop/plan-check.js';
import type { PlanRequest } from '../domain/stop/plan-request.js';
import type { StopPlan } from '../domain/stop/stop-plan.js';
import type { KnownStop } from '../domain/stop/stop-state.js';
import { checkQuantity, problem, reject } from './command-check.js';
import type { CommandResult } from './decisions.js';
import type { Desk } from './desk.js';
import type { AmendStop, ArmStop, CancelStop } from './engine-commands.js';
import { LiveStop } from './live-stop.js';
import type { KnownInstrument } from './registry.js';
import { causeOf, sourceOf, trackOf, unitsFor } from './stop-book.js';
import type { StopBook } from './stop-book.js';
import { stopTerms } from './stop-terms.js';
import type { Tick } from './tick.js';
import { portionOf } from './trigger-desk.js';

/** Where a plan meets the market: the newest price that its stop reads. */
interface Market {
  readonly instrument: KnownInstrument;
  readonly source: PriceSource;
  readonly tick: Tick | undefined;
}

/** Arms, amends and cancels stops. `react` is called when a stop must be judged at once at the price just known. */
export class StopCommands {
  constructor(
    private readonly desk: Desk,
    private readonly book: StopBook,
    private readonly settle: {
      /** Forgets or records the moves of a stop that no event holds yet. */
      closeRange: (stop: KnownStop) => void;
      /** Judges a stop at a price already seen, as when it is armed through the market. */
      react: (stopId: string, tick: Tick) => void;
    },
  ) {}

  arm(command: ArmStop): CommandResult {
    const { positionId, stopId } = command;
    const { registry } = this.desk;
    const position = registry.positions.get(positionId);
    if (!position) {
      return reject(
        'invalid',
        problem('POSITION_UNKNOWN', 'positionId', 'must be a known position', positionId),
      );
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
    const instrument = this.instrumentOf(position.stamp);
    const free = this.uncovered(positionId, position);
    const quantityProblems =
      command.quantity === undefined ? [] : checkQuantity('quantity', command.quantity, instrument);
    const checked = this.plan(command.plan, position, instrument);
    const problems = [...quantityProblems, ...checked.problems];
    if (!checked.plan || problems.length > 0) return reject('invalid', ...problems);
    const quantity = command.quantity === undefined ? free : decimal(command.quantity);
    if (isZero(quantity) || compare(quantity, free) > 0) {
      const rule = `must not exceed the open quantity that no stop covers (${formatDecimal(free)})`;
      return reject('conflict', problem('OVER_COVERED', 'quantity', rule, formatDecimal(quantity)));
    }
    const small = smallPortions(checked.plan, quantity, instrument);
    if (small.length > 0) return reject('invalid', ...small);
    this.writeArmed(command, { position, plan: checked.plan, quantity, market: checked.market });
    return { kind: 'accepted', id: stopId, streamId: `stop-${stopId}` };
  }

  private writeArmed(
    { stopId }: ArmStop,
    given: { position: KnownPosition; plan: StopPlan; quantity: Decimal; market: Market },
  ): void {
    const { position, plan, market } = given;
    const { instrument, source, tick } = market;
    const live = new LiveStop(stopTerms(position.side, plan, instrument.grid));
    if (tick) live.seed(live.terms.sign * unitsFor(tick, source));
    this.desk.decide(`stop-${stopId}`, {
      type: 'StopArmed',
      version: 1,
      data: {
        ...this.desk.stamp(position.stamp),
        instrumentVersion: instrument.definition.instrumentVersion,
        stopId,
        side: position.side,
        quantity: formatDecimal(given.quantity),
        entryPrice: position.entryPrice,
        plan,
        track: trackOf(live, instrument.grid.scale),
        activated: live.activated,
        reference: tick ? causeOf(tick, source, instrument) : null,
      },
    });
    this.admit(this.known(stopId), live);
    if (tick) this.settle.react(stopId, tick);
  }

  amend(command: AmendStop): CommandResult {
    const { stopId, expectedRevision } = command;
    const stop = this.desk.registry.stops.get(stopId);
    const refusal = this.refusal(stopId, stop, expectedRevision);
    if (refusal) return refusal;
    const known = this.known(stopId);
    const instrument = this.instrumentOf(known.stamp);
    const position = this.positionOf(known);
    const checked = this.plan(command.plan, position, instrument);
    if (!checked.plan) return reject('invalid', ...checked.problems);
    const small = smallPortions(checked.plan, decimal(known.quantity), instrument);
    if (small.length > 0) return reject('invalid', ...small);
    return this.writeAmended(known, checked.plan, checked.market);
  }

  private writeAmended(stop: KnownStop, plan: StopPlan, market: Market): CommandResult {
    const { stopId } = stop;
    const { instrument, source, tick } = market;
    const live = new LiveStop(stopTerms(stop.side, plan, instrument.grid));
    const before = this.book.get(stopId);
    // The best price since arming is a fact about the market: a new distance is measured from it.
    if (before?.live.activated && before.source === source) live.seed(before.live.extreme);
    const units = tick && live.terms.sign * unitsFor(tick, source);
    if (units !== undefined) live.seed(units);
    if (
      units !== undefined &&
      units <= live.adverseKey &&
      plan.dialect.throughMarket === 'refuse'
    ) {
      const { level } = trackOf(live, instrument.grid.scale);
      const rule =
        'the new level must not be through the market, unless dialect.throughMarket is "fire"';
      return reject('invalid', problem('STOP_THROUGH_MARKET', 'plan', rule, level ?? ''));
    }
    this.settle.closeRange(stop);
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
        track: trackOf(live, instrument.grid.scale),
        activated: live.activated,
        reference: tick ? causeOf(tick, source, instrument) : null,
      },
    });
    this.book.release(stop);
    this.admit(this.known(stopId), live);
    if (tick) this.settle.react(stopId, tick);
    return { kind: 'accepted', id: stopId, streamId: `stop-${stopId}` };
  }

  cancel(command: CancelStop): CommandResult {
    const { stopId, expectedRevision } = command;
    const stop = this.desk.registry.stops.get(stopId);
    const refusal = this.refusal(stopId, stop, expectedRevision);
    if (refusal) return refusal;
    const known = this.known(stopId);
    this.settle.closeRange(known);
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
    this.book.release(known);
    return { kind: 'accepted', id: stopId, streamId: `stop-${stopId}` };
  }

  private admit(stop: KnownStop, live: LiveStop): void {
    this.book.admit(stop, this.book.reserve(stop, live));
  }

  private refusal(
    stopId: string,
    stop: KnownStop | undefined,
    expectedRevision: number | undefined,
  ): CommandResult | undefined {
    if (!stop)
      return reject('not-found', problem('STOP_UNKNOWN', 'stopId', 'must be a known stop', stopId));
    if (stop.status !== 'armed') {
      const code = stop.status === 'triggered' ? 'STOP_TRIGGERED' : 'STOP_CLOSED';
      return reject('conflict', problem(code, 'stopId', 'must be armed', stop.status));
    }
    const revision = this.desk.registry.revisionOf(`stop-${stopId}`);
    if (expectedRevision === undefined || expectedRevision === revision) return undefined;
    const rule = `must be the stop's newest revision ${revision}`;
    return reject('stale', problem('REVISION_STALE', 'If-Match', rule, String(expectedRevision)));
  }

  private plan(
    request: PlanRequest,
    position: KnownPosition,
    instrument: KnownInstrument,
  ): { plan?: StopPlan; market: Market; problems: readonly Problem[] } {
    const triggerBy = request.triggerBy ?? 'last';
    const source = sourceOf({ plan: { triggerBy } as StopPlan, side: position.side });
    const { instrumentId } = position.stamp;
    const tick = this.book.tickFor(instrumentId, source);
    const { scale } = instrument.grid;
    const verdict = checkPlan(request, {
      side: position.side,
      priceTick: instrument.definition.priceTick,
      priceMax: formatUnits(PRICE_UNITS_MAX, scale),
      fineDigitsMax: FINE_DIGITS_MAX,
      reference: tick ? formatUnits(unitsFor(tick, source), scale) : canonical(position.entryPrice),
      referenceName: tick ? 'market' : 'entry price (no market price has been seen yet)',
    });
    const market = { instrument, source, tick };
    return verdict.kind === 'sound'
      ? { plan: this.desk.registry.plans.shared(verdict.plan), market, problems: [] }
      : { market, problems: verdict.problems };
  }

  /** Open quantity less what armed stops guard and what exits in flight will take. */
  private uncovered(positionId: string, position: KnownPosition): Decimal {
    let free = decimal(position.quantity);
    for (const stopId of this.desk.registry.stopsOf.get(positionId) ?? []) {
      const stop = this.desk.registry.stops.get(stopId);
      // An isolated stop: what it guards is not known, so nothing of the position counts as free.
      if (!stop) return ZERO;
      if (stop.status === 'armed') free = subtract(free, decimal(stop.quantity));
      for (const exit of stop.exits)
        free = subtract(free, this.inFlight(exit.orderId, exit.quantity));
    }
    return free;
  }

  private inFlight(orderId: string, quantity: string): Decimal {
    const order = this.desk.registry.orders.get(orderId);
    if (!order) return decimal(quantity);
    if (order.status === 'rejected' || order.status === 'cancelled') return ZERO;
    const rest = subtract(decimal(order.quantity), decimal(order.filledQuantity));
    return isPositive(rest) ? rest : ZERO;
  }

  private known(stopId: string): KnownStop {
    const stop = this.desk.registry.stops.get(stopId);
    if (!stop) throw new Error(`Invariant: a stop of a position is known, found ${stopId}`);
    return stop;
  }

  private positionOf(stop: KnownStop): KnownPosition {
    const position = this.desk.registry.positions.get(stop.stamp.positionId);
    if (!position)
      throw new Error(`Invariant: a stop's position is known, found ${stop.stamp.positionId}`);
    return position;
  }

  private instrumentOf(stamp: Stamp): KnownInstrument {
    const instrument = this.desk.registry.instruments.get(stamp.instrumentId);
    if (!instrument)
      throw new Error(`Invariant: a position's instrument is known, found ${stamp.instrumentId}`);
    return instrument;
  }
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
